"""Row groups: order, bytes and hash of a file that is written beside the work."""

from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import transforms.sources.rowgroups as rowgroups_module
from transforms.sources.rowgroups import RowGroups

SCHEMA = pa.schema([("source", pa.string()), ("n", pa.int64()), ("text", pa.string())])


def numbers(start: int, end: int) -> pa.Table:
    return pa.table({"n": pa.array(range(start, end))})


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RowGroups:
    monkeypatch.setattr(rowgroups_module, "_GROUP_ROWS", 3)
    monkeypatch.setattr(rowgroups_module, "_GROUP_ROWS_OF_TABLES", 25)
    monkeypatch.setattr(rowgroups_module, "_PIECE", 7)
    return RowGroups(tmp_path / "rows.parquet", SCHEMA, {"source": "s"})


def test_columns_and_rows_come_in_the_order_of_the_calls(groups: RowGroups) -> None:
    for start in range(0, 100, 10):
        groups.add_table(numbers(start, start + 10))
    groups.close()
    file = pq.ParquetFile(groups.path)
    assert [file.metadata.row_group(n).num_rows for n in range(4)] == [30, 30, 30, 10]
    assert file.read().to_pylist() == [{"source": "s", "n": n, "text": None} for n in range(100)]
    assert groups.rows == 100


def test_rows_one_by_one_follow_the_columns_before_them(groups: RowGroups) -> None:
    groups.add_table(numbers(0, 30))
    for n in range(30, 37):
        groups.add({"n": n, "text": str(n)})
    groups.close()
    assert pq.read_table(groups.path)["n"].to_pylist() == list(range(37))


def test_the_hash_is_that_of_the_file(groups: RowGroups) -> None:
    groups.add_table(numbers(0, 60))
    groups.add({"n": 60})
    groups.close()
    assert groups.sha256 == sha256(groups.path.read_bytes()).hexdigest()


def test_what_goes_wrong_while_a_row_group_is_written_is_told(tmp_path: Path) -> None:
    groups = RowGroups(tmp_path / "absent" / "rows.parquet", SCHEMA, {"source": "s"})
    groups.add_table(numbers(0, 300_000))
    with pytest.raises(FileNotFoundError):
        groups.close()
