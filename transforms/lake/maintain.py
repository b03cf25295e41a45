"""Upkeep of the Delta tables: checkpoints, the ledger and lists in few files, vacuum.

All under the lake's lock, and never at the cost of a reader: what the cut names stays.
"""

import json
import logging
import secrets
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyarrow.parquet as pq

from transforms.errors import LakeError
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, TableCommit, check, sha256_of
from transforms.lake.commit import place, write
from transforms.lake.compact import compact
from transforms.lake.cut import cut, settled
from transforms.lake.delta import LAKE_LOCK, retrying
from transforms.lake.janitor import Swept
from transforms.lake.ledger import LEDGER, acknowledge
from transforms.lake.lock import lock
from transforms.lake.stamp import HOOKS, Stamp
from transforms.lake.storage import Storage
from transforms.lake.tables import active, named, open_table
from transforms.schemas import table as schema_table
from transforms.schemas import tables_of

logger = logging.getLogger(__name__)

# A reader may hold a version this long, and a rollback reach back this far, at the least.
LEAST_RETENTION_HOURS: Final = 7 * 24
RETENTION_HOURS: Final = 30 * 24

# Opening a table costs about 0.3 ms per log entry since its last checkpoint.
_CHECKPOINT_EVERY = 50
# The ledger gains a file per publish; a few hundred small files slow every reader of it.
_LEDGER_FILES = 200

_POINTER = "_last_checkpoint"

# No part of the cut: a build publishes them, and makes them again where they are gone.
_BUILT: Final = tuple(t.name for t in tables_of(("core",)))


@dataclass(frozen=True, slots=True)
class Kept:
    """What upkeep did: tables with a new checkpoint, whether the ledger, and how many files."""

    checkpoints: tuple[str, ...]
    is_ledger_compacted: bool
    files_fewer: int


def upkeep(storage: Storage) -> Kept:
    """Keep tables quick to open: what a build does first. Nothing where nothing is due."""
    tables = sorted({*cut(storage), LEDGER, *_BUILT})
    return Kept(
        tuple(table for table in tables if checkpoint(storage, table)),
        compact_ledger(storage),
        compact(storage),
    )


def vacuum(
    storage: Storage,
    retention_hours: int = RETENTION_HOURS,
    *,
    in_use: Mapping[str, int] | None = None,
) -> Swept:
    """Delete files that no version younger than the retention needs; what they were.

    ``in_use`` names versions that somebody reads, however old they are: the warehouse's views.
    """
    if retention_hours < LEAST_RETENTION_HOURS:
        raise LakeError(
            f"vacuum below {LEAST_RETENTION_HOURS} hours would take files from under readers and "
            f"rollbacks; {retention_hours} given"
        )
    sizes: dict[str, int] = {}
    with lock(storage, LAKE_LOCK):
        # First the cut: what an interrupted publish removed is otherwise as good as gone.
        ledger = settled(storage, ())
        built = {t: head for t in _BUILT if (head := log.head(storage, t)) is not None}
        for table, version in sorted({**ledger.versions, **built}.items()):
            opened = open_table(storage, table)
            if opened is None:
                raise LakeError(f"{table}: published, but gone; flowlake verify names what is left")
            folder = log.folder(table)
            there = {e.rel: e.size for e in storage.list(folder)}
            with named(table, storage):
                gone = opened.vacuum(
                    retention_hours,
                    dry_run=False,
                    keep_versions=sorted({version, (in_use or {}).get(table, version)}),
                    post_commithook_properties=HOOKS,
                )
            # It also names what an earlier vacuum deleted.
            names = {f"{folder}/{unquote(path)}" for path in gone}
            sizes |= {name: size for name, size in there.items() if name in names}
    logger.info("vacuum: %d files older than %d hours deleted", len(sizes), retention_hours)
    return Swept(tuple(sizes), sum(sizes.values()))


def compact_ledger(storage: Storage, *, least_files: int = _LEDGER_FILES) -> bool:
    """Bring the ledger's rows into one file once there are many; whether that was done."""

    def once() -> bool:
        ledger = settled(storage, ())
        opened = open_table(storage, LEDGER)
        if opened is None or len(active(opened)) < least_files:
            return False
        schema = schema_table(LEDGER).arrow
        rows = opened.to_pyarrow_table(columns=schema.names).cast(schema)
        path = storage.scratch() / f"ledger-{uuid.uuid4().hex}.parquet"
        try:
            pq.write_table(rows.sort_by("recorded_at"), path)
            file = CandidateFile(path, rows.num_rows, sha256_of(path), {})
            commit = TableCommit(LEDGER, (file,), schema, partition_by=(), replace=({},))
            checked = check([commit])[LEDGER]
            place(storage, {LEDGER: checked})
            stamp = Stamp("compact", "")
            written = write(storage, commit, checked, stamp, newest=ledger.head)
        finally:
            path.unlink(missing_ok=True)
        acknowledge(storage, written.version)
        return True

    with lock(storage, LAKE_LOCK):
        return retrying(once)


def checkpoint(storage: Storage, table: str, *, every: int = _CHECKPOINT_EVERY) -> bool:
    """Write a checkpoint where the log has grown by ``every`` entries; whether that was done.

    Locally it is made in a copy of the log, put in place synced, and named last: a torn
    checkpoint named by ``_last_checkpoint`` makes a table unreadable (reliability.md §2b).
    """
    with lock(storage, LAKE_LOCK):
        head = log.head(storage, table)
        if head is None or head - _last_checkpoint(storage, table) < every:
            return False
        if storage.root is None:
            opened = open_table(storage, table)
            if opened is not None:
                opened.create_checkpoint()
            return True
        aside = storage.scratch() / f"checkpoint-{secrets.token_hex(8)}"
        try:
            _checkpoint_aside(storage, storage.root, Storage(str(aside)), table)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    logger.info("checkpoint of %s at version %d", table, head)
    return True


def _checkpoint_aside(storage: Storage, root: Path, aside: Storage, table: str) -> None:
    folder = f"{log.folder(table)}/_delta_log"
    here, there = root / folder, Path(aside.uri(folder))
    there.mkdir(parents=True)
    last = _last_checkpoint(storage, table)
    known = {f.name for f in here.iterdir() if f.name[:20].isdigit()}
    for name in known:
        if int(name[:20]) >= last:
            shutil.copyfile(here / name, there / name)
    if last >= 0:
        shutil.copyfile(here / _POINTER, there / _POINTER)
    opened = open_table(aside, table)
    if opened is None:
        raise LakeError(f"{table}: its log could not be read for a checkpoint")
    with named(table, storage):
        opened.create_checkpoint()
    made = sorted({f.name for f in there.glob("*.checkpoint*.parquet")} - known)
    storage.put_all((there / name, f"{folder}/{name}") for name in made)
    storage.write_bytes(f"{folder}/{_POINTER}", (there / _POINTER).read_bytes())


def _last_checkpoint(storage: Storage, table: str) -> int:
    """Version of the newest checkpoint; -1 where there is none that can be read."""
    try:
        data = storage.read_bytes(f"{log.folder(table)}/_delta_log/{_POINTER}")
        return int(json.loads(data)["version"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return -1
