"""Bring the daily files of a list together into packs, where unchanged rows cost hardly anything.

An ingest of one snapshot adds one file to each table, with a copy of every party. Once there are
some weeks of them, the smaller files of a list become one. Rows stay the same, so that no reader
sees a difference; the files they came from stay until vacuum, and with them every rollback.
"""

import logging
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from transforms.engine.duckdb import connect
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, CheckedFile, TableCommit, check_file, sha256_of
from transforms.lake.commit import Published, place, write
from transforms.lake.cut import cut, settled
from transforms.lake.delta import LAKE_LOCK, retrying
from transforms.lake.ledger import Record, append
from transforms.lake.lock import lock
from transforms.lake.pack import merge
from transforms.lake.stamp import Stamp
from transforms.lake.storage import Storage
from transforms.lake.tables import Active, active, open_table
from transforms.schemas import TABLES

logger = logging.getLogger(__name__)

# A month of daily files; opening a list's 30 files costs a reader about a tenth of a second.
FILES: Final = 30
# What one merge may have to sort and one replaced day to copy: two years of the longest list.
_MOST_ROWS = 20_000_000

_APP: Final = "compact"


@dataclass(frozen=True, slots=True)
class _Merged:
    """One file made of several."""

    commit: TableCommit
    file: CheckedFile
    instead_of: frozenset[str]


def compact(storage: Storage, *, least_files: int = FILES, memory_limit: str = "1GB") -> int:
    """Merge where there are many files of one list in a table; how many files are gone from view.

    Merging is done before anybody has to wait; where the files changed meanwhile, it was in vain.
    """
    aside = storage.scratch() / f"compact-{uuid.uuid4().hex}"
    try:
        made = [
            _merge(storage, table, files, aside, memory_limit)
            for table, version in sorted(cut(storage).items())
            for files in _crowded(storage, table, version, least_files)
        ]
        return _publish(storage, made) if made else 0
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _crowded(
    storage: Storage, table: str, version: int, least_files: int
) -> list[dict[str, Active]]:
    """Files to merge, by list: the smaller ones, as long as the next is no larger than all of them.

    So a row is rewritten as often as its pack doubles in size, and not each month.
    """
    if table not in TABLES or not TABLES[table].packed_by:
        return []
    by_source: dict[str, dict[str, Active]] = {}
    for path, file in active(open_table(storage, table, version)).items():
        by_source.setdefault(str(file.partition.get("source")), {})[path] = file
    chosen = []
    for _, files in sorted(by_source.items()):
        if len(files) < least_files:
            continue
        smallest = sorted(files.items(), key=lambda f: (f[1].rows, f[0]))
        taken: dict[str, Active] = {}
        rows = 0
        for path, file in smallest:
            if rows + file.rows > _MOST_ROWS or (len(taken) >= least_files and file.rows > rows):
                break
            taken[path] = file
            rows += file.rows
        if len(taken) > 1:
            chosen.append(taken)
    return chosen


def _list_of(merged: _Merged) -> str | None:
    return merged.file.partition["source"]


def _merge(
    storage: Storage,
    table: str,
    files: Mapping[str, Active],
    aside: Path,
    memory_limit: str,
) -> _Merged:
    schema = TABLES[table]
    aside.mkdir(exist_ok=True)
    path = aside / f"{uuid.uuid4().hex}.parquet"
    local = [storage.local(f"{log.folder(table)}/{name}") for name in sorted(files)]
    with connect(memory_limit=memory_limit, spill=aside / "spill") as con:
        merge(con, local, schema.arrow, path)
    rows = sum(f.rows for f in files.values())
    partition = {c: next(iter(files.values())).partition[c] for c in schema.partition_by}
    candidate = CandidateFile(path, rows, sha256_of(path), partition)
    commit = TableCommit(table, (candidate,), schema.arrow, schema.partition_by, ())
    # A merge that lost or doubled a row fails this check: it counts them.
    return _Merged(commit, check_file(candidate, commit), frozenset(files))


def _publish(storage: Storage, made: list[_Merged]) -> int:
    """Exchange the files in all tables in one step; nothing where one of them is gone."""
    run = uuid.uuid4().hex

    def once() -> int:
        tables = {m.commit.table for m in made}
        ledger = settled(storage, tables)
        here = {
            t: active(open_table(storage, t, ledger.versions[t])) if t in ledger.cut else {}
            for t in tables
        }
        current = [m for m in made if m.instead_of <= here[m.commit.table].keys()]
        done: dict[str, Published] = {}
        rows = []
        for table in sorted({m.commit.table for m in current}):
            of_table = [m for m in current if m.commit.table == table]
            files = [m.file for m in of_table]
            place(storage, {table: files})
            done[table] = write(
                storage,
                of_table[0].commit,
                files,
                Stamp(f"{_APP}/{table}", "", {"run": run}),
                onto=ledger.versions[table],
                instead_of={path for m in of_table for path in m.instead_of},
            )
            rows += [
                {
                    "run_id": f"{_APP}/{run}",
                    "source": table,
                    "published": False,
                    "status": "compacted",
                    "reason": f"{len(m.instead_of)} files of {_list_of(m)} became one of "
                    f"{m.file.size} bytes; the same {m.file.rows} rows",
                    "recorded_at": datetime.now(UTC),
                }
                for m in of_table
            ]
        if not rows:
            return 0
        append(storage, ledger, done, Record(_APP, "", rows))
        gone = sum(len(m.instead_of) - 1 for m in current)
        logger.info("compacted %d tables: %d files fewer", len(done), gone)
        return gone

    with lock(storage, LAKE_LOCK):
        return retrying(once)
