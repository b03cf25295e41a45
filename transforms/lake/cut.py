"""Several tables in step: one batch becomes visible in all of them or in none.

Delta commits one table at a time. So readers do not follow the tables but the *cut*: the
versions the ledger recorded last (``transforms.lake.ledger``). A batch commits its tables one
by one, unseen, and then the ledger: that last commit is the acknowledgement.

A publisher that dies in between leaves tables ahead of the cut. Whoever publishes next finds
them: what is its own batch is kept, all else is taken back to the cut. Locally one lock keeps
publishers apart. On S3 they may run at once: table commits are pinned to the version they were
planned on, the ledger's to the entry the cut was read from, so of two only one is acknowledged
on that base; the other starts over from the new cut.
"""

import logging
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from transforms.errors import LakeError
from transforms.lake import durable, log
from transforms.lake.candidate import TableCommit, check
from transforms.lake.commit import Published, place, restore, write
from transforms.lake.delta import LAKE_LOCK, retrying, same_rows
from transforms.lake.ledger import (
    LEDGER,
    Ledger,
    Record,
    acknowledge,
    acknowledged,
    append,
    published_versions,
    read_ledger,
)
from transforms.lake.lock import lock
from transforms.lake.stamp import Stamp
from transforms.lake.storage import Storage
from transforms.lake.tables import Lost, active, files, last_commit_of, open_table

logger = logging.getLogger(__name__)

# On S3, how long a table ahead of the cut is taken for a publish that is still alive. Too short
# costs both publishers some work, too long makes the next one wait after a crash; rows are safe.
_COURTESY_SECONDS = 15.0

_TORN = "_flowlake/torn"


@dataclass(frozen=True, slots=True)
class BatchPublished:
    """A batch after its publish; ``is_new`` is false where the lake held it already."""

    is_new: bool
    tables: Mapping[str, Published]
    cut: Mapping[str, int]
    ledger_version: int


def cut(storage: Storage) -> dict[str, int]:
    """Table → version that readers of the lake may see; the only consistent set there is."""
    return read_ledger(storage).versions


def confirm(storage: Storage) -> None:
    """Make durable what readers see: before anybody is told that it was published already."""
    last, ledger = acknowledged(storage), read_ledger(storage)
    if ledger.version is not None and (last is None or last.version < ledger.version):
        with lock(storage, LAKE_LOCK):
            settled(storage, ())


def served(storage: Storage) -> dict[str, list[str]]:
    """Table → addresses of its files as of the cut, the ledger among them."""
    ledger = read_ledger(storage)
    versions = dict(ledger.versions)
    if ledger.version is not None:
        versions[LEDGER] = ledger.version
    return {table: files(storage, table, at) for table, at in sorted(versions.items())}


def publish_batch(
    storage: Storage,
    commits: Sequence[TableCommit],
    record: Record,
    *,
    before_commit: Callable[[Mapping[str, int]], None] | None = None,
    timeout: float = 600.0,
) -> BatchPublished:
    """Publish a batch in all its tables, acknowledged by its rows in the ledger.

    ``before_commit`` is called under the lock with the cut the batch will be built on; a batch
    judged against an older cut is judged again there, and stopped by an exception.
    Without ``commits`` only the ledger is written (a refused or a failed batch).
    """
    if any(commit.table == LEDGER for commit in commits):
        raise LakeError(f"{LEDGER} is written by publishing other tables, not by itself")
    checked = check(commits)
    # The bulk of the syncing, before others have to wait for it.
    durable.sync_all([f.source for files in checked.values() for f in files], ())
    run = uuid.uuid4().hex

    def once() -> BatchPublished:
        ledger = settled(storage, {c.table for c in commits})
        if commits and _holds(storage, commits, record, ledger):
            return _nothing_new(storage, commits, ledger)
        if before_commit is not None:
            before_commit(ledger.versions)
        place(storage, checked)
        stamp = Stamp(record.app_id, record.raw_sha256, {"run": run})
        done: dict[str, Published] = {}
        for commit in commits:
            onto = ledger.versions.get(commit.table)
            _give_way(storage, commit.table, onto, run)
            done[commit.table] = write(storage, commit, checked[commit.table], stamp, onto=onto)
        versions, version = append(storage, ledger, done, record)
        logger.info("publish %s: %d tables, ledger version %d", record.app_id, len(done), version)
        return BatchPublished(True, done, versions, version)

    with lock(storage, LAKE_LOCK, timeout):
        return retrying(once)


def rollback(storage: Storage, table: str, to_version: int) -> BatchPublished:
    """Return one table to an earlier version, for all readers, and say so in the ledger."""
    app_id = f"rollback/{table}"
    stamp = Stamp(app_id, "", {"run": uuid.uuid4().hex})

    def once() -> BatchPublished:
        ledger = settled(storage, {table})
        if table == LEDGER or table not in ledger.cut:
            known = ", ".join(sorted(ledger.cut)) or "none yet"
            raise LakeError(f"{table}: no table to roll back; the lake publishes {known}")
        present = ledger.versions[table]
        earlier = [v for v in published_versions(storage, table) if v != present]
        if to_version not in earlier:
            known = ", ".join(map(str, earlier)) or "none"
            raise LakeError(
                f"{table} is at version {present}; version {to_version} is none of those that were "
                f"published before ({known})"
            )
        version = restore(storage, table, to_version, stamp)
        done = {table: Published(table, version, is_new=True, rows=0)}
        row = {
            "run_id": f"{app_id}/{version}",
            "source": table,
            "published": False,
            "status": "rolled_back",
            "reason": f"{table} returned from version {present} to {to_version}",
            "recorded_at": datetime.now(UTC),
        }
        versions, at = append(storage, ledger, done, Record(app_id, "", (row,)))
        return BatchPublished(True, done, versions, at)

    with lock(storage, LAKE_LOCK):
        return retrying(once)


# ── steps, all under the lock ───────────────────────────────────────────────────────────────────


def settled(storage: Storage, own: Collection[str]) -> Ledger:
    """Read the cut, after mending what a crash left; under the lock.

    Tables in ``own`` are left ahead of the cut: the caller commits on top of the cut itself.
    """
    last = acknowledged(storage)
    _drop_torn(storage, LEDGER, -1 if last is None else last.version)
    ledger = read_ledger(storage)
    if ledger.version is not None and (last is None or last.version < ledger.version):
        # Readers see it; whoever committed it died before it was durable or could say so.
        acknowledge(storage, ledger.version)
    for table in {*ledger.cut, *own}:
        _drop_torn(storage, table, ledger.versions.get(table, -1))
    if storage.is_local:  # on S3 another publisher may be at work on them
        for table in sorted(ledger.cut.keys() - set(own)):
            _take_back(storage, table, ledger.versions[table])
    return ledger


def _drop_torn(storage: Storage, table: str, known: int) -> None:
    """Put aside torn log entries that nobody was told of: a power cut before their sync.

    An entry up to ``known`` was acknowledged, hence synced: if it is damaged the disk did it, and
    ``verify`` has to say so.
    """
    for version in reversed(log.versions(storage, table)):
        if version <= known:
            return
        try:
            log.read(storage, table, version)
        except LakeError as error:
            rel = log.entry_name(table, version)
            storage.write_bytes(f"{_TORN}/{table}-{version}", storage.read_bytes(rel))
            storage.delete(rel)
            logger.warning("put aside an unfinished commit: %s", error)
        else:
            return


def _take_back(storage: Storage, table: str, to_version: int) -> None:
    head = log.head(storage, table)
    if head is None or head == to_version:
        return
    ahead = log.newest_first(storage, table, head, to_version)
    if any(entry.changes_rows for entry in ahead) and (
        active(open_table(storage, table)).keys()
        != active(open_table(storage, table, to_version)).keys()
    ):
        logger.warning("%s: an interrupted publish is taken back", table)
        restore(storage, table, to_version, Stamp("recover", ""))


def _give_way(storage: Storage, table: str, onto: int | None, run: str) -> None:
    """Let another publisher on S3 finish before its unacknowledged commits are taken back."""
    if storage.is_local:
        return
    head = log.head(storage, table)
    if head is None or head == onto:
        return
    entry = log.read(storage, table, head)
    age = time.time() - entry.info.get("timestamp", 0) / 1000
    if entry.stamp.get("run") != run and abs(age) < _COURTESY_SECONDS:
        raise Lost(f"{table}: another publisher is at work")


def _holds(
    storage: Storage, commits: Sequence[TableCommit], record: Record, ledger: Ledger
) -> bool:
    """Whether this very batch was acknowledged and its rows are still what readers see."""
    opened = open_table(storage, LEDGER)
    if opened is None:
        return False
    entry = last_commit_of(storage, opened, LEDGER, record.app_id)
    if entry is None or entry.stamp.get("raw_sha256") != record.raw_sha256:
        return False
    batch = entry.stamp.get("batch", {})
    return all(
        commit.table in batch
        and commit.table in ledger.cut
        and _is_intact(storage, commit, batch[commit.table], ledger.versions[commit.table])
        for commit in commits
    )


def _is_intact(storage: Storage, commit: TableCommit, then: int, now: int) -> bool:
    if then == now:
        return True
    present = active(open_table(storage, commit.table, now))
    added = log.read(storage, commit.table, then).adds
    return added.keys() <= present.keys() and same_rows(
        commit, present, active(open_table(storage, commit.table, then))
    )


def _nothing_new(
    storage: Storage, commits: Sequence[TableCommit], ledger: Ledger
) -> BatchPublished:
    # Whoever committed it may have died before it was durable and before it could say so.
    version = ledger.head if ledger.head is not None else 0
    acknowledge(storage, version)
    logger.info("nothing new: ledger version %d holds the batch", version)
    same = {
        c.table: Published(c.table, ledger.versions[c.table], is_new=False, rows=0) for c in commits
    }
    return BatchPublished(False, same, ledger.versions, version)
