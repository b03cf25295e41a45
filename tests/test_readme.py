"""README and data dictionary say what is declared: ``python tests/test_readme.py --write``."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from transforms.schemas import TABLES  # noqa: E402 run as a script, too
from transforms.sources.registry import sources_of  # noqa: E402

README = ROOT / "README.md"
DICTIONARY = ROOT / "docs" / "tables.md"


def sources() -> str:
    rows = [
        f"| `{s.name}` | [{s.publisher}]({s.page}) | {s.format} | {s.licence} |"
        for s in sources_of()
    ]
    return "\n".join(["| source | publisher | format | licence |", "|---|---|---|---|", *rows])


def tables() -> str:
    """The data dictionary, from the schemas."""
    parts = ["# Tables\n\nFrom `transforms/schemas`, by `python tests/test_readme.py --write`.\n"]
    for t in TABLES.values():
        parts.append(f"## {t.name}\n\n{t.comment}\n\n| column | type | meaning |\n|---|---|---|")
        for c in t.columns:
            marks = "".join(
                [" **key**" if c.name in t.key else "", " required" if c.name in t.required else ""]
            )
            parts.append(f"| `{c.name}` | {c.kind.duckdb}{marks} | {c.meaning.replace('|', '/')} |")
        parts.append("")
    return "\n".join(parts)


def readme(text: str) -> str:
    return re.sub(
        r"(<!-- sources: [^>]*-->\n).*?(<!-- /sources -->)",
        lambda m: f"{m[1]}{sources()}\n{m[2]}",
        text,
        flags=re.DOTALL,
    )


def test_the_readme_lists_the_sources_there_are() -> None:
    text = README.read_text("utf-8")
    assert text == readme(text), "run: python tests/test_readme.py --write"


def test_the_data_dictionary_is_what_the_schemas_say() -> None:
    assert DICTIONARY.read_text("utf-8") == tables(), "run: python tests/test_readme.py --write"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
    DICTIONARY.write_text(tables(), "utf-8")
