"""The ledger ``meta.ingests``: what was published when, and the cut that readers see.

Each of its commits carries the *cut*: for every table the version that belongs to what was
acknowledged so far. The newest whole entry of its log is the truth; tables may be ahead of it
(a publish that is under way or was interrupted) but never behind.

``_flowlake/ledger.json`` repeats version and checksum of the last acknowledged entry: without
it, a log cut short at its end would look like a log that was never longer. It carries a checksum
of itself, so that a damage of it is not taken for one of the ledger.
"""

import contextlib
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.errors import LakeError
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, TableCommit, check, sha256_of
from transforms.lake.commit import Published, place, write
from transforms.lake.stamp import Stamp, sync_entry
from transforms.lake.storage import Storage
from transforms.schemas import table as schema_table

logger = logging.getLogger(__name__)

LEDGER: Final = "meta.ingests"
ACKNOWLEDGED: Final = "_flowlake/ledger.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A run for the ledger: who it is, and its rows of ``meta.ingests`` without ``versions``."""

    app_id: str
    raw_sha256: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Position:
    """A table's version in the cut, with the checksum of its log entry."""

    version: int
    log_sha256: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The cut as of the ledger's newest whole entry, ``version``; the log may go on to ``head``."""

    head: int | None = None
    version: int | None = None
    cut: Mapping[str, Position] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, int]:
        """Table → version."""
        return {table: position.version for table, position in self.cut.items()}


def acknowledged(storage: Storage) -> Position | None:
    """Last ledger entry that a publisher was told is durable."""
    try:
        found = storage.read_bytes(ACKNOWLEDGED)
    except FileNotFoundError:
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        data = json.loads(found)
        position = Position(data["version"], data["log_sha256"])
        if found in (_acknowledgement(position), _said(position)):  # older lakes: no checksum
            return position
    raise LakeError(
        f"{ACKNOWLEDGED}: damaged; restore it from a backup, or remove it where `flowlake verify` "
        "names no other file"
    )


def _acknowledgement(position: Position) -> bytes:
    """What stands in the file, with a checksum of its own."""
    digest = sha256(_said(position)).hexdigest()
    return json.dumps({**json.loads(_said(position)), "sha256": digest}).encode()


def _said(position: Position) -> bytes:
    return json.dumps({"version": position.version, "log_sha256": position.log_sha256}).encode()


def read_ledger(storage: Storage) -> Ledger:
    """Read the cut; ``LakeError`` where an acknowledged entry is damaged or gone."""
    last = acknowledged(storage)
    versions = log.versions(storage, LEDGER)
    head = versions[-1] if versions else None
    if last is not None and (head is None or head < last.version):
        raise LakeError(
            f"{log.entry_name(LEDGER, last.version)}: acknowledged, but gone; flowlake verify "
            "names all that is broken"
        )
    for version in reversed(versions):
        try:
            entry = log.read(storage, LEDGER, version)
        except LakeError:
            if last is None or version > last.version:
                continue  # torn by a power cut before anybody was told of it
            raise
        if "cut" in entry.stamp:
            cut = {table: Position(**at) for table, at in entry.stamp["cut"].items()}
            return Ledger(head, version, cut)
    return Ledger(head)


def published_versions(storage: Storage, table: str) -> list[int]:
    """Versions of a table that some cut named, ascending: what readers may ever have seen."""
    entries = (log.read(storage, LEDGER, version) for version in log.versions(storage, LEDGER))
    cuts = (entry.stamp.get("cut", {}) for entry in entries)
    return sorted({cut[table]["version"] for cut in cuts if table in cut})


def append(
    storage: Storage, ledger: Ledger, done: Mapping[str, Published], record: Record
) -> tuple[dict[str, int], int]:
    """Acknowledge a batch: its rows and the new cut, in one commit on top of ``ledger``.

    Returns the cut and the ledger's version. ``Lost`` where another batch was acknowledged since
    ``ledger`` was read: then this one was planned on a cut that is no longer the newest.
    """
    if not record.rows:
        raise ValueError("a ledger record without rows would leave no trace of its run")
    cut = dict(ledger.cut)
    for table, published in done.items():
        cut[table] = Position(published.version, log.read(storage, table, published.version).sha256)
    versions = {table: position.version for table, position in sorted(cut.items())}
    stamp = Stamp(
        record.app_id,
        record.raw_sha256,
        {
            "cut": {t: {"version": p.version, "log_sha256": p.log_sha256} for t, p in cut.items()},
            "batch": {table: published.version for table, published in done.items()},
        },
    )
    commit = _rows_commit(storage, record, json.dumps(versions))
    try:
        checked = check([commit])[LEDGER]
        place(storage, {LEDGER: checked})
        written = write(storage, commit, checked, stamp, newest=ledger.head)
    finally:
        for file in commit.files:
            file.path.unlink(missing_ok=True)
    acknowledge(storage, written.version)
    return versions, written.version


def acknowledge(storage: Storage, version: int) -> None:
    """Note that a ledger entry is durable; after a crash also for an entry found there."""
    sync_entry(storage, LEDGER, version)
    entry = log.read(storage, LEDGER, version)
    last = acknowledged(storage)
    if last is None or last.version < version:
        position = Position(version, entry.sha256)
        storage.write_bytes(ACKNOWLEDGED, _acknowledgement(position))


def _rows_commit(storage: Storage, record: Record, versions: str) -> TableCommit:
    schema = schema_table(LEDGER).arrow
    rows = [{**dict.fromkeys(schema.names), **row, "versions": versions} for row in record.rows]
    if unknown := {name for row in rows for name in row} - set(schema.names):
        raise ValueError(f"{LEDGER} has no columns {sorted(unknown)}")
    path = storage.scratch() / f"ledger-{uuid.uuid4().hex}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    file = CandidateFile(path, len(rows), sha256_of(path), {})
    return TableCommit(LEDGER, (file,), schema, partition_by=(), replace=())
