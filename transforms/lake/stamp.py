"""What a commit says of itself, and how it is read back before it counts as done."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.transaction import Transaction

from transforms.errors import LakeError
from transforms.lake import durable, log
from transforms.lake.storage import Storage
from transforms.lake.tables import Lost

# Checkpoints are written by ``maintain``, synced; deltalake's own are not, and a torn one makes
# a table unreadable.
HOOKS: Final = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)

# Room for a log entry beside its actions: the schema, the stamp, the folder's own growth.
_ENTRY_SLACK = 64 << 10


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who commits: the same bytes by the same application are recognised by it."""

    app_id: str
    raw_sha256: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def stamped(
    storage: Storage,
    opened: DeltaTable | None,
    table: str,
    stamp: Stamp,
    facts: Mapping[str, Any],
) -> tuple[CommitProperties, str]:
    """Build the commit's stamp: who, how many files, and the checksum of the entry before it."""
    token = uuid.uuid4().hex
    previous = None if opened is None else log.read(storage, table, opened.version()).sha256
    last = None if opened is None else opened.transaction_version(stamp.app_id)
    # Only a publish is an act of the application: a restore must not be taken for it.
    is_publish = facts["act"] == "publish"
    properties = CommitProperties(
        custom_metadata={
            log.STAMP: {
                **stamp.metadata,
                **facts,
                "app_id": stamp.app_id,
                "raw_sha256": stamp.raw_sha256,
                "commit": token,
                "previous_log_sha256": previous,
            }
        },
        max_commit_retries=0,
        app_transactions=[Transaction(stamp.app_id, (last or 0) + 1)] if is_publish else None,
    )
    return properties, token


def reserve(storage: Storage, table: str, actions: int) -> None:
    """Meet a full disk before deltalake does: its object store panics on stderr."""
    if storage.root is not None:
        folder = storage.root / log.folder(table) / "_delta_log"
        # An action with its statistics is a few hundred bytes; 4 KiB leaves room for wide tables.
        durable.reserve(folder, _ENTRY_SLACK + 4096 * actions)


def acknowledge(storage: Storage, table: str, version: int, token: str) -> int:
    """Read our own entry back, whole, and make it durable; only then was anything published."""
    try:
        entry = log.read(storage, table, version)
    except LakeError as error:
        raise Lost(f"{table}: version {version} was not written as planned ({error})") from error
    if entry.stamp.get("commit") != token:
        raise Lost(f"{table}: version {version} is another writer's")
    sync_entry(storage, table, version)
    return version


def sync_entry(storage: Storage, table: str, version: int) -> None:
    """Make a log entry durable, its table's folders included; S3 needs none of it."""
    if storage.root is None:
        return
    entry = storage.root / log.entry_name(table, version)
    folders = [entry.parent, entry.parent.parent]
    if version == 0:
        folders += [entry.parents[2], storage.root]
    durable.sync_all([entry], folders)
