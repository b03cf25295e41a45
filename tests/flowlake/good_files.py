"""A good file of each source, and the options it needs.

From the samples where they hold one, else a case of the source's own fixtures: a new source is
given what is hostile without a word here.
"""

import json
from pathlib import Path

from tests.conftest import ROOT
from transforms.sources import registry

SAMPLES = ROOT / "samples"
_SAMPLED = {
    "ofac_sdn": "sanctions/ofac_sdn/sdn_2025-08-27/sdn.csv",
    "ofac_cons": "sanctions/ofac_cons/cons_advanced_2025-08-27.xml",
    "ethereum_etl": "transfers/ethereum_etl/token_transfers.csv",
    "mapped_csv": "transfers/mapped_csv/otc_ledger_2025-09.csv",
    "tagpack": "labels/tagpack/tornado_cash.yaml",
    "prices_csv": "prices/prices_csv/prices_2025.csv",
    "gdelt_gkg": "news/gdelt_gkg/20250827160000.gkg.csv.zip",
    "articles": "news/articles/01_four_designated.txt",
}


def _of_fixtures(source: str) -> tuple[Path, dict[str, str]]:
    """The only file of a case that is taken, and the case's options."""
    for case in sorted((ROOT / "tests/fixtures" / source).iterdir()):
        given = sorted((case / "input").iterdir()) if (case / "expected.jsonl").exists() else []
        if len(given) == 1:
            path = case / "options.json"
            options = json.loads(path.read_text("utf-8")) if path.exists() else {}
            options.pop("date", None)
            return given[0], {
                k: str(case / v) if (case / v).is_file() else v for k, v in options.items()
            }
    raise LookupError(f"{source}: no fixture case of one file that is taken")


GOOD: dict[str, Path] = {}
OPTIONS = {"mapped_csv": {"mapping": str(SAMPLES / "transfers/mapped_csv/otc_ledger.toml")}}
for _name in registry.names():
    if _name in _SAMPLED:
        GOOD[_name] = SAMPLES / _SAMPLED[_name]
    else:
        GOOD[_name], OPTIONS[_name] = _of_fixtures(_name)

HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Request blocked</title></head><body>403</body></html>\n"
)


def given(folder: Path, name: str, body: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name
