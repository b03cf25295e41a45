"""One commit to one Delta table: planned, pinned, checked, synced (reliability.md §4).

A commit is planned on a freshly opened table, names the files it adds *and removes*, and is
pinned to the version it was planned on (``max_commit_retries=0``). deltalake then never rebases
it: two first writers of a partition cannot both win, a stale handle cannot commit at all.
"""

import logging
import shutil
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deltalake import DeltaTable
from deltalake import Schema as DeltaSchema
from deltalake.transaction import (
    AddAction,
    RemoveAction,
    create_table_with_add_actions,
)

from transforms.errors import LakeError
from transforms.lake import durable, log
from transforms.lake.candidate import (
    CandidateFile,
    CheckedFile,
    TableCommit,
    check_file,
    sha256_of,
)
from transforms.lake.pack import days_in, pick
from transforms.lake.stamp import HOOKS, Stamp, acknowledge, reserve, stamped, sync_entry
from transforms.lake.storage import Storage
from transforms.lake.tables import Active, Lost, active, named, open_table

logger = logging.getLogger(__name__)

# Build on whatever version is the newest.
HEAD: Final = -1

# Log entries are never cleaned up, by whatever engine: they are the table's history.
_CONFIGURATION = {"delta.enableExpiredLogCleanup": "false"}


@dataclass(frozen=True, slots=True)
class Published:
    """A table after its publish; ``is_new`` is false where it held the batch already."""

    table: str
    version: int
    is_new: bool
    rows: int


def place(storage: Storage, placed: Mapping[str, Sequence[CheckedFile]]) -> None:
    """Give the candidates of all tables their durable names; no log names them yet."""
    storage.put_all(
        (f.source, f"{log.folder(table)}/{f.path}")
        for table, files in placed.items()
        for f in files
    )


def write(
    storage: Storage,
    commit: TableCommit,
    checked: Sequence[CheckedFile],
    stamp: Stamp,
    *,
    onto: int | None = HEAD,
    newest: int | None = HEAD,
    instead_of: Collection[str] = (),
) -> Published:
    """Commit placed files on top of version ``onto``: a version, nothing (None), or the newest.

    What the log holds beyond ``onto`` was never acknowledged and is taken back first. ``Lost``
    where another writer commits meanwhile, or where the newest version is not ``newest``. Where
    it is what is wanted already, nothing is written and its version returned. Files named by
    ``instead_of`` go, too: their rows stand in the new ones.
    """
    rows = sum(f.rows for f in checked)
    plan = _Plan(storage, commit, checked, stamp)
    opened = open_table(storage, commit.table)
    found = None if opened is None else opened.version()
    if newest not in {HEAD, found}:
        raise Lost(f"{commit.table}: version {found} is the newest, planned was on {newest}")
    if opened is None:
        if onto is not None and onto != HEAD:
            raise LakeError(f"{commit.table}: version {onto} is gone with its log")
        logger.info("create %s: %d rows in %d files", commit.table, rows, len(checked))
        return Published(commit.table, _replace_table(plan, None), is_new=True, rows=rows)
    sync_entry(storage, commit.table, opened.version())
    present = active(opened)
    basis = present
    if onto is None:
        basis = {}
    elif onto not in {HEAD, opened.version()}:
        basis = active(open_table(storage, commit.table, onto))
    outdated = {path: file for path, file in basis.items() if path not in instead_of}
    kept, carried = _carry_over(storage, commit, outdated)
    plan = _Plan(storage, commit, [*checked, *carried], stamp, is_change=not instead_of)
    wanted = kept | {f.path for f in plan.checked}
    change = _schema_change(opened, commit)
    if wanted == present.keys() and not change:
        return Published(commit.table, opened.version(), is_new=False, rows=rows)
    if onto is not None and basis.keys() != present.keys():
        restore(storage, commit.table, onto, stamp)
        opened = _reopened(storage, commit.table)
        present, change = active(opened), _schema_change(opened, commit)
    if change and not (wanted & present.keys()):
        version = _replace_table(plan, opened)
    else:
        if change:
            opened = _add_columns(plan, opened, change)
        version = _exchange_files(plan, opened, wanted, present)
    logger.info("publish %s version %d: %d rows", commit.table, version, rows)
    return Published(commit.table, version, is_new=True, rows=rows)


def restore(storage: Storage, table: str, to_version: int, stamp: Stamp) -> int:
    """Return a table to an earlier version by a new one; the version made."""
    opened = _reopened(storage, table)
    sync_entry(storage, table, opened.version())
    version = opened.version() + 1
    facts = {"act": "restore", "restored_to": to_version}
    properties, token = stamped(storage, opened, table, stamp, facts)
    with named(table, storage):
        reserve(storage, table, 0)
        opened.restore(to_version, commit_properties=properties, post_commithook_properties=HOOKS)
    acknowledge(storage, table, version, token)
    logger.info("restored %s to version %d as version %d", table, to_version, version)
    return version


def _carry_over(
    storage: Storage, commit: TableCommit, basis: Mapping[str, Active]
) -> tuple[set[str], list[CheckedFile]]:
    """Files that stay, and new ones with the rows that stay of those that do not.

    The same file without the same days is the same new file: a publish that died here and is
    repeated finds its own.
    """
    kept: set[str] = set()
    carried: list[CheckedFile] = []
    aside = storage.scratch() / f"carried-{uuid.uuid4().hex}"
    try:
        for path, file in basis.items():
            if path in commit.removes or commit.is_replaced(file):
                continue
            local = None
            days = {day for day in commit.days_of(file) if day is not None}
            if days:
                local = storage.local(f"{log.folder(commit.table)}/{path}")
                days &= days_in(local)
            if not days or local is None:
                kept.add(path)
                continue
            aside.mkdir(exist_ok=True)
            new = aside / f"{len(carried)}.parquet"
            if rows := pick(local, commit.schema, days, new, is_without=True):
                made = CandidateFile(new, rows, sha256_of(new), file.partition)
                carried.append(check_file(made, commit))
                logger.info("%s: %d rows of other days carried over", commit.table, rows)
        place(storage, {commit.table: carried})
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return kept, carried


# ── steps ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Plan:
    storage: Storage
    commit: TableCommit
    checked: Sequence[CheckedFile]
    stamp: Stamp
    is_change: bool = True  # false where the rows stay and only their files are others


def _exchange_files(
    plan: _Plan, opened: DeltaTable, wanted: set[str], present: Mapping[str, Active]
) -> int:
    """Add what is wanted and not there, remove what is there and not wanted."""
    storage, commit = plan.storage, plan.commit
    adds = [_add(f, is_change=plan.is_change) for f in plan.checked if f.path not in present]
    removes = [
        RemoveAction(path, plan.is_change, _now(), file.size, dict(file.partition))
        for path, file in present.items()
        if path not in wanted
    ]
    version = opened.version() + 1
    facts = {"act": "publish", "adds": len(adds), "removes": len(removes)}
    properties, token = stamped(storage, opened, commit.table, plan.stamp, facts)
    with named(commit.table, storage):
        reserve(storage, commit.table, len(adds) + len(removes))
        opened.create_write_transaction(
            [*removes, *adds],
            mode="append",  # the only mode that takes removes; it adds none of its own
            schema=commit.schema,
            partition_by=list(commit.partition_by),
            commit_properties=properties,
            post_commithook_properties=HOOKS,
        )
    return acknowledge(storage, commit.table, version, token)


def _replace_table(plan: _Plan, opened: DeltaTable | None) -> int:
    """Create a table, or exchange all its rows together with its schema."""
    storage, commit = plan.storage, plan.commit
    version = 0 if opened is None else opened.version() + 1
    present = active(opened)
    facts = {"act": "publish", "adds": len(plan.checked), "removes": len(present)}
    properties, token = stamped(storage, opened, commit.table, plan.stamp, facts)
    with named(commit.table, storage):
        if storage.root is not None:
            durable.make_folder(storage.root / log.folder(commit.table) / "_delta_log")
        reserve(storage, commit.table, len(plan.checked) + len(present))
        create_table_with_add_actions(
            storage.uri(log.folder(commit.table)),
            DeltaSchema.from_arrow(commit.schema),
            [_add(f) for f in plan.checked],
            mode="error" if opened is None else "overwrite",
            partition_by=list(commit.partition_by),
            name=commit.table,
            configuration=_CONFIGURATION,
            storage_options=storage.delta_options,
            commit_properties=properties,
            post_commithook_properties=HOOKS,
        )
    return acknowledge(storage, commit.table, version, token)


def _schema_change(opened: DeltaTable, commit: TableCommit) -> tuple[Any, ...]:
    """Fields of the commit that the table lacks or types otherwise."""
    if list(opened.metadata().partition_columns) != list(commit.partition_by):
        raise LakeError(
            f"{commit.table} is partitioned by {opened.metadata().partition_columns}, not "
            f"{list(commit.partition_by)}; remove the table and stage its sources again from raw"
        )
    present = {f.name: f.type for f in opened.schema().fields}
    return tuple(
        f
        for f in DeltaSchema.from_arrow(commit.schema).fields
        if f.name not in present or present[f.name] != f.type
    )


def _add_columns(plan: _Plan, opened: DeltaTable, fields: Sequence[Any]) -> DeltaTable:
    """Widen a table that keeps rows of its own; a changed type would misread them."""
    storage, table = plan.storage, plan.commit.table
    present = {f.name: f.type for f in opened.schema().fields}
    for new in fields:
        if new.name in present:
            raise LakeError(
                f"{table}: column {new.name} is {present[new.name]} in the table and {new.type} "
                "in the batch; remove the table and stage its sources again from raw"
            )
    version = opened.version() + 1  # before the handle follows its own commit
    properties, token = stamped(storage, opened, table, plan.stamp, {"act": "widen"})
    with named(table, storage):
        reserve(storage, table, 0)
        opened.alter.add_columns(
            list(fields), commit_properties=properties, post_commithook_properties=HOOKS
        )
    acknowledge(storage, table, version, token)
    return _reopened(storage, table)


def _reopened(storage: Storage, table: str) -> DeltaTable:
    opened = open_table(storage, table)
    if opened is None:
        raise LakeError(f"{table}: there is no such table")
    return opened


def _add(file: CheckedFile, *, is_change: bool = True) -> AddAction:
    return AddAction(
        path=file.path,
        size=file.size,
        partition_values=dict(file.partition),
        modification_time=_now(),
        data_change=is_change,
        stats=file.stats,
    )


def _now() -> int:
    """Milliseconds for the log; vacuum counts a removed file's age from it."""
    return time.time_ns() // 1_000_000
