"""Delta's transaction log, read entry by entry, as bytes that can be checked.

deltalake opens a table whose newest entry is empty or short of a line and says nothing
(reliability.md §2b). What flowlake relies on is therefore read here too: an entry is whole, or
it is an error that names it. Format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from transforms.errors import LakeError
from transforms.lake.storage import Storage

# What a commit of ours adds to its commitInfo; other writers' entries lack it.
STAMP = "flowlake"

_TABLE = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
_ENTRY = re.compile(r"^(\d{20})\.json$")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit: what it added and removed, and our stamp on it."""

    version: int
    sha256: str
    info: Mapping[str, Any]
    adds: Mapping[str, Mapping[str, Any]]  # path relative to the table → add action
    removes: frozenset[str]
    is_schema_change: bool

    @property
    def stamp(self) -> Mapping[str, Any]:
        """What flowlake wrote beside the commit; empty for a commit by other tools."""
        stamp = self.info.get(STAMP)
        return stamp if isinstance(stamp, dict) else {}

    def published_by(self, app_id: str) -> bool:
        """Whether this is a publish of that application, not a restore on its way."""
        return self.stamp.get("app_id") == app_id and self.stamp.get("act") == "publish"

    @property
    def changes_rows(self) -> bool:
        """Whether readers of this version may see other rows than readers of the one before."""
        return bool(self.adds or self.removes or self.is_schema_change)


def folder(table: str) -> str:
    """Folder of a table inside the lake: ``staged.transfers`` lies in ``staged/transfers``."""
    if not _TABLE.match(table):
        raise LakeError(f"{table!r} is no table name: expected layer.table in lower case")
    return table.replace(".", "/")


def entry_name(table: str, version: int) -> str:
    """Name of a log entry inside the lake."""
    return f"{folder(table)}/_delta_log/{version:020d}.json"


def versions(storage: Storage, table: str) -> list[int]:
    """Versions that have an entry in the log, ascending."""
    names = (e.rel.rsplit("/", 1)[1] for e in storage.list(f"{folder(table)}/_delta_log"))
    return sorted(int(found[1]) for name in names if (found := _ENTRY.match(name)))


def head(storage: Storage, table: str) -> int | None:
    """Newest version in the log; None where the table does not exist."""
    found = versions(storage, table)
    return found[-1] if found else None


def read(storage: Storage, table: str, version: int) -> LogEntry:
    """Read one entry; ``LakeError`` naming the file where it is empty, torn or short."""
    rel = entry_name(table, version)
    try:
        data = storage.read_bytes(rel)
    except FileNotFoundError:
        raise LakeError(f"{rel}: the log entry is missing") from None
    return _parse(rel, version, data)


def newest_first(storage: Storage, table: str, start: int, stop: int = -1) -> Iterator[LogEntry]:
    """Entries from version ``start`` down to, but without, ``stop``."""
    return (read(storage, table, version) for version in range(start, stop, -1))


def _parse(rel: str, version: int, data: bytes) -> LogEntry:
    if not data.strip():
        raise LakeError(f"{rel}: the log entry is empty ({len(data)} bytes)")
    info: Mapping[str, Any] | None = None
    adds: dict[str, Mapping[str, Any]] = {}
    removes: set[str] = set()
    is_schema_change = False
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            ((kind, action),) = json.loads(line).items()
            match kind:
                case "commitInfo":
                    info = dict(action)
                case "add":
                    adds[unquote(action["path"])] = action
                case "remove":
                    removes.add(unquote(action["path"]))
                case "metaData":
                    is_schema_change = True
                case _:
                    # txn, protocol, domainMetadata: no rows in them.
                    pass
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise LakeError(f"{rel}: line {number} is no Delta action ({error})") from None
    if info is None:
        raise LakeError(f"{rel}: the log entry has no commitInfo; a line is missing")
    entry = LogEntry(
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        info=info,
        adds=adds,
        removes=frozenset(removes),
        is_schema_change=is_schema_change,
    )
    # A RESTORE counts its own files; all other commits of ours say how many they carry.
    said = (entry.stamp.get("adds"), entry.stamp.get("removes"))
    if said != (None, None) and said != (len(adds), len(removes)):
        raise LakeError(
            f"{rel}: {len(adds)} files added and {len(removes)} removed, but the commit says "
            f"{said[0]} and {said[1]}; a line is missing"
        )
    return entry
