"""Batches whose wholeness can be seen: every row carries the generation that wrote it.

A generation ``g`` writes ``rows_of(g)`` rows for each of its days into each of three tables.
Whoever reads must find, for a day, one generation in all three, with all of its rows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.engine.duckdb import connect, open_s3
from transforms.lake.candidate import CandidateFile, TableCommit
from transforms.lake.cut import BatchPublished, publish_batch, served
from transforms.lake.ledger import LEDGER, Record
from transforms.lake.storage import Storage

TABLES = ("staged.parties", "staged.names", "staged.wallets")
SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("snapshot_date", pa.date32()),
        ("generation", pa.int64()),
        ("row", pa.int64()),
        ("name", pa.string()),
    ]
)
PARTITION_BY = ("source", "snapshot_date")
SOURCE = "list"
FIRST_DAY = date(2022, 1, 1)


def rows_of(generation: int) -> int:
    """Rows a generation has per day and table: another number each time."""
    return 3 + generation % 5


def candidate(
    storage: Storage, generation: int, day: int = 0, *, salt: str = "", rows: int | None = None
) -> CandidateFile:
    """A finished candidate file of one day."""
    count = rows_of(generation) if rows is None else rows
    when = FIRST_DAY + timedelta(day)
    table = pa.table(
        {
            "source": [SOURCE] * count,
            "snapshot_date": [when] * count,
            "generation": [generation] * count,
            "row": list(range(count)),
            "name": [f"party {row} {salt}" for row in range(count)],
        },
        schema=SCHEMA,
    )
    folder = storage.scratch() / "run-test"
    folder.mkdir(exist_ok=True)
    path = folder / f"{generation}-{day}-{salt}-{count}.parquet"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}")
        pq.write_table(table, partial)
        partial.replace(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return CandidateFile(path, count, digest, {"source": SOURCE, "snapshot_date": when.isoformat()})


def commits(
    storage: Storage, generation: int, days: Sequence[int] = (0, 1), tables: Sequence[str] = TABLES
) -> list[TableCommit]:
    """What a generation does to every table: its days give way to its own rows."""
    made = []
    for table in tables:
        files = [candidate(storage, generation, day, salt=table) for day in days]
        made.append(TableCommit(table, files, SCHEMA, PARTITION_BY, [f.partition for f in files]))
    return made


def record(app_id: str, raw_sha256: str) -> Record:
    """A ledger record of one row."""
    row = {
        "run_id": f"run of {raw_sha256}",
        "source": SOURCE,
        "published": True,
        "status": "published",
        "recorded_at": datetime(2022, 2, 2, tzinfo=UTC),
    }
    return Record(app_id, raw_sha256, (row,))


def publish(
    storage: Storage, generation: int, days: Sequence[int] = (0, 1), **options: Any
) -> BatchPublished:
    """Publish a generation the way an ingest does."""
    who = record(f"{SOURCE}/{'+'.join(map(str, days))}", f"raw {generation}")
    return publish_batch(storage, commits(storage, generation, days), who, **options)


def read_rows(
    storage: Storage, files: Sequence[str], columns: str = "snapshot_date, generation, row"
) -> list[Any]:
    """Rows of Parquet files as DuckDB reads them, without looking at their paths."""
    with connect() as con:
        if storage.delta_options is not None:
            open_s3(con, storage.delta_options)
        return con.execute(
            f"select {columns} from read_parquet(?, hive_partitioning = false) order by all",
            [list(files)],
        ).fetchall()


def generations(storage: Storage, files: Sequence[str]) -> dict[int, int]:
    """Day → the one generation it holds, all rows there; anything else fails."""
    found: dict[int, dict[int, list[int]]] = {}
    for when, generation, row in read_rows(storage, files) if files else []:
        found.setdefault((when - FIRST_DAY).days, {}).setdefault(generation, []).append(row)
    for day, by_generation in found.items():
        assert len(by_generation) == 1, f"day {day} mixes generations {sorted(by_generation)}"
        ((generation, rows),) = by_generation.items()
        assert rows == list(range(rows_of(generation))), f"day {day}: rows {rows} of {generation}"
    return {day: next(iter(by_generation)) for day, by_generation in found.items()}


def seen(storage: Storage) -> dict[int, int]:
    """What a reader of the cut sees: day → generation, the same in every table."""
    files = served(storage)
    files.pop(LEDGER, None)
    if not files:
        return {}
    assert sorted(files) == sorted(TABLES), f"the cut names {sorted(files)}"
    views = [generations(storage, files[table]) for table in TABLES]
    assert views[0] == views[1] == views[2], f"tables differ: {views}"
    return views[0]


def file_of(storage: Storage, rel: str) -> Path:
    """Path of a file of a local lake."""
    assert storage.root is not None
    return storage.root / rel
