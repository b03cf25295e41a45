"""Publish one Delta table by itself; the lake's whole Delta interface by its short names.

In: candidate Parquet files. Out: one new version, durable when the call returns; or the version
that already holds them. Batches of an ingest go through ``transforms.lake.cut``, which keeps
several tables in step and alone decides what readers of the lake see.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import pyarrow as pa
from deltalake import DeltaTable

from transforms.errors import Conflict, LakeError
from transforms.lake import durable, log
from transforms.lake.candidate import CandidateFile, TableCommit, check
from transforms.lake.commit import Published, place, restore, write
from transforms.lake.lock import lock
from transforms.lake.stamp import Stamp, sync_entry
from transforms.lake.storage import Storage
from transforms.lake.tables import (
    Lost,
    active,
    files,
    last_commit_of,
    open_table,
    version,
)

__all__ = [
    "LAKE_LOCK",
    "CandidateFile",
    "Published",
    "Stamp",
    "TableCommit",
    "files",
    "open_table",
    "publish",
    "restore",
    "rollback",
    "version",
]

logger = logging.getLogger(__name__)

# Every commit of the lake is made under this lock.
LAKE_LOCK: Final = "lake"

# Each lost race means that somebody else succeeded; ten in a row is a fault worth reporting.
_ATTEMPTS = 10

_Done = TypeVar("_Done")


def publish(
    storage: Storage,
    table: str,
    files: Sequence[CandidateFile],
    *,
    schema: pa.Schema,
    partition_by: Sequence[str],
    replace: Sequence[Mapping[str, str | None]],
    app_id: str,
    raw_sha256: str,
    metadata: Mapping[str, Any],
    removes: frozenset[str] = frozenset(),
) -> Published:
    """Publish one table outside of any consistent cut; for batches see ``cut.publish_batch``."""
    commit = TableCommit(table, files, schema, partition_by, replace, removes=removes)
    stamp = Stamp(app_id, raw_sha256, metadata)
    checked = check([commit])[table]
    # The bulk of the syncing, before others have to wait for it.
    durable.sync_all([f.source for f in checked], ())

    def once() -> Published:
        opened = open_table(storage, table)
        if opened is not None and _holds(storage, opened, commit, stamp):
            sync_entry(storage, table, opened.version())
            logger.info("nothing new for %s: %s is there already", table, app_id)
            return Published(table, opened.version(), is_new=False, rows=0)
        place(storage, {table: checked})
        return write(storage, commit, checked, stamp)

    with lock(storage, LAKE_LOCK):
        return retrying(once)


def rollback(storage: Storage, table: str, to_version: int) -> Published:
    """Return a table that is published by itself to an earlier version, as a new one.

    ``LakeError`` where the table or the version is not there.
    """
    stamp = Stamp(f"rollback/{table}", "", {"run": uuid.uuid4().hex})

    def once() -> Published:
        present = log.head(storage, table)
        if present is None:
            raise LakeError(f"{table}: no table to roll back; nothing was published to it yet")
        if not 0 <= to_version < present:
            earlier = f"0 to {present - 1}" if present else "none"
            raise LakeError(
                f"{table} is at version {present}; version {to_version} is none of those before "
                f"it ({earlier})"
            )
        return Published(table, restore(storage, table, to_version, stamp), is_new=True, rows=0)

    with lock(storage, LAKE_LOCK):
        return retrying(once)


def retrying(once: Callable[[], _Done]) -> _Done:
    """Plan and commit again where another writer was faster; ``Conflict`` after ten times."""
    for attempt in range(_ATTEMPTS):
        try:
            return once()
        except Lost as error:
            if attempt == _ATTEMPTS - 1:
                raise Conflict(f"{error}; gave up after {_ATTEMPTS} attempts") from error
            # Two losers that wait equally long would meet again.
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311  (not a secret)
    raise AssertionError("the loop returns or raises")


def _holds(storage: Storage, opened: DeltaTable, commit: TableCommit, stamp: Stamp) -> bool:
    """Whether the application's last commit was this one and its rows are still there."""
    entry = last_commit_of(storage, opened, commit.table, stamp.app_id)
    if entry is None or entry.stamp.get("raw_sha256") != stamp.raw_sha256:
        return False
    present = active(opened)
    return entry.adds.keys() <= present.keys() and same_rows(
        commit, present, active(open_table(storage, commit.table, entry.version))
    )


def same_rows(commit: TableCommit, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two versions hold the same files in the partitions a commit replaces."""
    here, there = (
        {path for path, file in files.items() if commit.replaces(file)} for files in (one, other)
    )
    return here == there
