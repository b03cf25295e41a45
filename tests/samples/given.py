"""The bundled samples as their tests read them."""

import csv
from pathlib import Path

from tests.conftest import ROOT

SAMPLES = ROOT / "samples"
ETL = SAMPLES / "transfers" / "ethereum_etl"
TORNADO = "39796"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truth(name: str) -> list[dict[str, str]]:
    return table(SAMPLES / "truth" / f"{name}.csv")
