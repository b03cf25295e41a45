"""A publish: what readers find, what a second one changes, what is refused."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.lake import given
from transforms.errors import Conflict, LakeError
from transforms.lake import cut, delta, log
from transforms.lake.candidate import CandidateFile, TableCommit, path_in_table, sha256_of
from transforms.lake.ledger import LEDGER
from transforms.lake.storage import Storage
from transforms.lake.verify import verify

TABLE = given.TABLES[0]


def publish_one(
    storage: Storage, files: list[CandidateFile], raw: str = "raw", **options: object
) -> delta.Published:
    arguments = {
        "schema": given.SCHEMA,
        "partition_by": given.PARTITION_BY,
        "replace": [f.partition for f in files],
        "app_id": "list/0",
        "raw_sha256": raw,
        "metadata": {},
    } | options
    return delta.publish(storage, TABLE, files, **arguments)


def test_a_batch_is_visible_in_all_tables_and_its_replay_is_nothing_new(any_lake: Storage) -> None:
    first = given.publish(any_lake, 1)
    assert first.is_new
    assert given.seen(any_lake) == {0: 1, 1: 1}
    again = given.publish(any_lake, 1)
    assert not again.is_new
    assert again.cut == first.cut == dict.fromkeys(given.TABLES, 0)
    assert again.ledger_version == first.ledger_version
    assert verify(any_lake) == []


@pytest.mark.parametrize("folder", ["my lake", 'it\'s "mine"', "Übersicht", "#1"])
def test_a_lake_may_lie_in_any_folder(tmp_path: Path, folder: str) -> None:
    lake = Storage(str(tmp_path / folder))
    given.publish(lake, 1)
    assert given.seen(lake) == {0: 1, 1: 1}
    assert verify(lake) == []


def test_another_generation_replaces_its_days_and_leaves_the_others(any_lake: Storage) -> None:
    given.publish(any_lake, 1, days=(0, 1, 2))
    given.publish(any_lake, 2, days=(1,))
    assert given.seen(any_lake) == {0: 1, 1: 2, 2: 1}
    assert verify(any_lake) == []


def test_many_snapshots_are_one_commit_per_table(lake: Storage) -> None:
    days = range(40)
    given.publish(lake, 1, days)
    given.publish(lake, 2, days)
    assert given.seen(lake) == dict.fromkeys(days, 2)
    assert [log.head(lake, table) for table in given.TABLES] == [1, 1, 1]


def test_a_snapshot_without_rows_clears_the_old_ones(any_lake: Storage) -> None:
    given.publish(any_lake, 1, days=(0, 1))
    empty = [
        TableCommit(table, (), given.SCHEMA, given.PARTITION_BY, [_partition(1)])
        for table in given.TABLES
    ]
    done = cut.publish_batch(any_lake, empty, given.record("list/1", "raw empty"))
    assert done.is_new
    assert given.seen(any_lake) == {0: 1}


def test_a_first_batch_without_rows_makes_the_table(lake: Storage) -> None:
    commits = [TableCommit(TABLE, (), given.SCHEMA, given.PARTITION_BY, [_partition(0)])]
    done = cut.publish_batch(lake, commits, given.record("list/0", "raw"))
    assert done.cut == {TABLE: 0}
    assert cut.served(lake)[TABLE] == []


def test_every_reader_reads_partition_columns_from_the_file(lake: Storage) -> None:
    given.publish(lake, 1)
    expected = [("list", date(2022, 1, 1), r) for r in range(4)]
    assert (
        given.read_rows(lake, cut.served(lake)[TABLE], "source, snapshot_date, row")[:4] == expected
    )
    table = DeltaTable(lake.uri(log.folder(TABLE))).to_pyarrow_table()
    assert table.column("snapshot_date").type == pa.date32()
    assert sorted(set(table.column("source").to_pylist())) == ["list"]
    assert table.num_rows == 8


@pytest.mark.parametrize(
    "value", ["a b", "ü", "a/b", "a%20b", "..", "a=b", "日本", "x\\y", "'", None]
)
def test_odd_partition_values_are_published_replaced_and_read(
    lake: Storage, value: str | None
) -> None:
    schema = pa.schema([("source", pa.string()), ("generation", pa.int64())])

    def publish(generation: int) -> None:
        path = lake.scratch() / f"{generation}.parquet"
        pq.write_table(pa.table({"source": [value], "generation": [generation]}, schema), path)
        partition = {"source": value}
        file = CandidateFile(path, 1, sha256_of(path), partition)
        delta.publish(
            lake, TABLE, [file], schema=schema, partition_by=["source"], replace=[partition],
            app_id="odd", raw_sha256=str(generation), metadata={},
        )  # fmt: skip

    publish(1)
    publish(2)
    assert given.read_rows(lake, delta.files(lake, TABLE), "source, generation") == [(value, 2)]
    rows = DeltaTable(lake.uri(log.folder(TABLE))).to_pyarrow_table().to_pylist()
    assert rows == [{"source": value, "generation": 2}]
    assert verify(lake) == []


def test_files_that_another_writer_added_are_replaced_too(lake: Storage) -> None:
    rows = pa.table({"source": ["a b", "ü"], "generation": pa.array([1, 2], pa.int64())})
    write_deltalake(lake.uri(log.folder(TABLE)), rows, partition_by=["source"])
    delta.publish(
        lake, TABLE, [], schema=rows.schema, partition_by=["source"], replace=[{"source": "a b"}],
        app_id="x", raw_sha256="r", metadata={},
    )  # fmt: skip
    found = DeltaTable(lake.uri(log.folder(TABLE))).to_pyarrow_table().to_pylist()
    assert found == [{"source": "ü", "generation": 2}]


def test_the_same_input_gives_the_same_names(lake: Storage, tmp_path: object) -> None:
    other = Storage(f"{tmp_path}/other")
    names = []
    for storage in (lake, other):
        given.publish(storage, 3)
        served = cut.served(storage)[TABLE]
        names.append([f.removeprefix(storage.uri()) for f in served])
    assert names[0] == names[1]


def test_a_replay_after_a_rollback_publishes_again(any_lake: Storage) -> None:
    given.publish(any_lake, 1)
    given.publish(any_lake, 2)
    for table in given.TABLES:
        cut.rollback(any_lake, table, 0)
    assert given.seen(any_lake) == {0: 1, 1: 1}
    assert given.publish(any_lake, 2).is_new
    assert given.seen(any_lake) == {0: 2, 1: 2}
    assert verify(any_lake) == []


def test_a_replay_that_was_replaced_meanwhile_publishes_again(lake: Storage) -> None:
    given.publish(lake, 1, days=(0, 1))
    given.publish(lake, 2, days=(1,))
    assert given.publish(lake, 1, days=(0, 1)).is_new
    assert given.seen(lake) == {0: 1, 1: 1}


def test_a_rollback_is_a_version_of_its_own_and_a_row_of_the_ledger(lake: Storage) -> None:
    for generation in (1, 2):
        given.publish(lake, generation)
    done = cut.rollback(lake, TABLE, 0)
    assert done.cut[TABLE] == 2
    assert given.generations(lake, cut.served(lake)[TABLE]) == {0: 1, 1: 1}
    last = given.read_rows(lake, cut.served(lake)[LEDGER], "recorded_at, status, versions")[-1]
    assert last[1] == "rolled_back"
    assert json.loads(last[2]) == done.cut


@pytest.mark.parametrize(
    ("table", "version", "named"),
    [
        (TABLE, 1, "is at version 1"),
        (TABLE, -1, r"published before \(0\)"),
        ("staged.unknown", 0, "staged.unknown"),
        (LEDGER, 0, LEDGER),
    ],
)
def test_a_rollback_that_cannot_be_is_refused(
    lake: Storage, table: str, version: int, named: str
) -> None:
    given.publish(lake, 1)
    given.publish(lake, 2)
    with pytest.raises(LakeError, match=named):
        cut.rollback(lake, table, version)
    assert given.seen(lake) == {0: 2, 1: 2}


def test_a_judgement_on_an_older_cut_is_asked_again_under_the_lock(lake: Storage) -> None:
    given.publish(lake, 1)
    asked: list[dict[str, int]] = []

    def refuse(base: dict[str, int]) -> None:
        asked.append(dict(base))
        raise Conflict("judged against another cut")

    with pytest.raises(Conflict):
        given.publish(lake, 2, before_commit=refuse)
    assert asked == [dict.fromkeys(given.TABLES, 0)]
    assert given.seen(lake) == {0: 1, 1: 1}


def test_a_new_column_widens_the_table_and_a_changed_type_is_refused(lake: Storage) -> None:
    publish_one(lake, [given.candidate(lake, 1, 0)])
    wide = given.SCHEMA.append(pa.field("remarks", pa.string()))
    publish_one(lake, [_with_schema(lake, wide, day=1)], "wide", schema=wide)
    rows = DeltaTable(lake.uri(log.folder(TABLE))).to_pyarrow_table()
    assert sorted(rows.column("remarks").to_pylist(), key=str) == ["", None, None, None, None]
    other = pa.schema([f.with_type(pa.string()) if f.name == "row" else f for f in given.SCHEMA])
    with pytest.raises(LakeError, match="column row is"):
        publish_one(lake, [_with_schema(lake, other, day=2)], "other", schema=other)
    # Where nothing of the old rows is kept, nothing can be misread.
    publish_one(lake, [_with_schema(lake, other, day=2)], "all", schema=other, replace=[{}])
    assert DeltaTable(lake.uri(log.folder(TABLE))).to_pyarrow_table().schema.names == other.names
    assert verify(lake) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rows": 9}, "holds 4 rows, not 9"),
        ({"sha256": "0" * 64}, "sha256 is"),
        ({"sha256": "nonsense"}, "no sha256"),
        ({"partition": {"source": "list"}}, "lacks or invents"),
        ({"partition": {"source": "x", "snapshot_date": "2022-01-01"}}, "its partition is 'x'"),
        ({"partition": {"source": None, "snapshot_date": "2022-01-01"}}, "its partition is None"),
    ],
)
def test_a_candidate_that_is_not_what_it_says_is_refused(
    lake: Storage, change: dict[str, object], named: str
) -> None:
    file = dataclasses.replace(given.candidate(lake, 1), **change)
    with pytest.raises(LakeError, match=named):
        publish_one(lake, [file], replace=[])
    assert log.head(lake, TABLE) is None


def test_a_candidate_that_is_gone_torn_or_given_twice_is_refused(lake: Storage) -> None:
    file = given.candidate(lake, 1)
    with pytest.raises(LakeError, match="given twice"):
        publish_one(lake, [file, file])
    torn = file.path.with_name("torn.parquet")
    torn.write_bytes(file.path.read_bytes()[:-9])
    with pytest.raises(LakeError, match="no Parquet file"):
        publish_one(lake, [dataclasses.replace(file, path=torn, sha256=sha256_of(torn))])
    file.path.unlink()
    with pytest.raises(LakeError, match="the file is gone"):
        publish_one(lake, [file])
    assert log.head(lake, TABLE) is None


def test_a_leftover_under_the_final_name_does_not_pass_for_the_candidate(lake: Storage) -> None:
    file = given.candidate(lake, 1)
    rel = f"{log.folder(TABLE)}/{path_in_table(file, given.PARTITION_BY)}"
    lake.write_bytes(rel, b"")  # what a power cut leaves of a file that was never synced
    publish_one(lake, [file])
    assert given.generations(lake, delta.files(lake, TABLE)) == {0: 1}


@pytest.mark.parametrize(
    "rel", ["../x", "/etc/passwd", "a/../../x", "a//b", "", "a\0b", ".", "a/\n"]
)
def test_names_that_leave_the_lake_are_refused(any_lake: Storage, rel: str) -> None:
    with pytest.raises(LakeError):
        any_lake.write_bytes(rel, b"x")
    with pytest.raises(LakeError):
        any_lake.read_bytes(rel)


def _partition(day: int) -> dict[str, str]:
    return {"source": "list", "snapshot_date": date(2022, 1, 1 + day).isoformat()}


def _with_schema(lake: Storage, schema: pa.Schema, day: int) -> CandidateFile:
    partition = _partition(day)
    values = {
        "source": "list",
        "snapshot_date": date.fromisoformat(partition["snapshot_date"]),
        "generation": 1,
        "row": 0 if schema.field("row").type == pa.int64() else "0",
    }
    path = lake.scratch() / f"{len(schema)}-{day}.parquet"
    row = {f.name: [values.get(f.name, "")] for f in schema}
    pq.write_table(pa.table(row, schema=schema), path)
    return CandidateFile(path, 1, sha256_of(path), partition)
