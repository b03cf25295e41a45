"""Parquet through a source: fixtures people can read, archives, and the same rows as CSV."""

import io
import runpy
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from transforms.clean.amounts import MAX_UINT256

WRITER = Path(__file__).parents[1] / "fixtures" / "write_parquet.py"
TABLES = list(runpy.run_path(str(WRITER))["tables"]())


@pytest.mark.parametrize(
    ("path", "rows"), TABLES, ids=[f"{p.parts[-4]}-{p.parts[-3]}-{p.name}" for p, _ in TABLES]
)
def test_a_parquet_fixture_holds_its_tables_json(path: Path, rows: object) -> None:
    assert pq.read_table(path).equals(rows), f"run: python {WRITER.name}"


def exported(values: list[str]) -> pa.Table:
    size = len(values)
    return pa.table(
        {
            "token_address": [f"0x{1:040x}"] * size,
            "from_address": [f"0x{2:040x}"] * size,
            "to_address": [f"0x{3:040x}"] * size,
            "value": values,
            "transaction_hash": [f"0x{n // 3:064x}" for n in range(size)],
            "log_index": list(range(size)),
            "block_number": [6] * size,
        }
    )


def test_parquet_in_an_archive_is_read(tmp_path: Path, stage: Callable[..., Any]) -> None:
    part = io.BytesIO()
    pq.write_table(exported([str(MAX_UINT256)]), part)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        packed.writestr("a/1.parquet", part.getvalue())
        packed.writestr("a/2.parquet", part.getvalue())
    found = stage("ethereum_etl", tmp_path / "export.zip").rows("staged.transfers")
    assert [r["value"] for r in found] == [str(MAX_UINT256)] * 2


def test_parquet_and_csv_of_one_export_give_the_same_rows(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    values = [str(n * 7**n) if n % 9 else "1e5" for n in range(90)]
    pq.write_table(exported(values), tmp_path / "t.parquet", row_group_size=11)
    quoting = pa_csv.WriteOptions(quoting_style="none")
    pa_csv.write_csv(exported(values), tmp_path / "t.csv", write_options=quoting)
    found = {}
    for name in ("t.parquet", "t.csv"):
        staged = stage("ethereum_etl", tmp_path / name)
        candidate = staged.candidate
        assert candidate.rows_read == candidate.rows_staged + candidate.rows_rejected == 90
        found[name] = [
            {k: v for k, v in r.items() if k not in ("raw_sha256", "batch", "record_id")}
            for r in staged.rows("staged.transfers")
        ]
    assert found["t.parquet"] == found["t.csv"]
