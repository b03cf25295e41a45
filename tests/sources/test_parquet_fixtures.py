"""The Parquet files of cases are what their tables.json says, which people can read."""

import runpy
from pathlib import Path

import pyarrow.parquet as pq
import pytest

WRITER = Path(__file__).parents[1] / "fixtures" / "write_parquet.py"
TABLES = list(runpy.run_path(str(WRITER))["tables"]())


@pytest.mark.parametrize(
    ("path", "rows"), TABLES, ids=[f"{p.parts[-4]}-{p.parts[-3]}-{p.name}" for p, _ in TABLES]
)
def test_a_parquet_fixture_holds_its_tables_json(path: Path, rows: object) -> None:
    assert pq.read_table(path).equals(rows), f"run: python {WRITER.name}"
