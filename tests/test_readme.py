"""The README's tables are what the declarations say; ``python tests/test_readme.py --write``."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from transforms.schemas import TABLES  # noqa: E402 run as a script, too
from transforms.sources.registry import sources_of  # noqa: E402

README = ROOT / "README.md"


def sources() -> str:
    rows = [
        f"| `{s.name}` | [{s.publisher}]({s.page}) | {s.format} | {s.licence} |"
        for s in sources_of()
    ]
    return "\n".join(["| source | publisher | format | licence |", "|---|---|---|---|", *rows])


def tables() -> str:
    rows = [f"| `{t.name}` | {t.grain} |" for t in TABLES.values()]
    return "\n".join(["| table | one row per |", "|---|---|", *rows])


def written(text: str) -> str:
    for name, block in (("sources", sources()), ("tables", tables())):
        text = re.sub(
            rf"(<!-- {name}: [^>]*-->\n).*?(<!-- /{name} -->)",
            lambda m, b=block: f"{m[1]}{b}\n{m[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def test_the_readme_lists_the_sources_and_tables_there_are() -> None:
    text = README.read_text("utf-8")
    assert text == written(text), "run: python tests/test_readme.py --write"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    README.write_text(written(README.read_text("utf-8")), "utf-8")
