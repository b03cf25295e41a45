"""Removes what crashes leave behind, and nothing else.

Only names of our own kind go, and only when nobody can be at work on them: under the lake's lock
what lies in table folders, under the build lock what lies beside the warehouse, all else after a
day. deltalake's vacuum sees none of it (0 of 237 orphans, reliability.md §2a).
"""

import contextlib
import logging
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transforms.errors import Conflict
from transforms.lake import log
from transforms.lake.cut import settled
from transforms.lake.delta import LAKE_LOCK
from transforms.lake.durable import TEMPORARY
from transforms.lake.lock import lock
from transforms.lake.storage import Entry, Storage
from transforms.lake.warehouse import BUILD_LOCK, BUILDING

logger = logging.getLogger(__name__)

# No task runs longer; what is older belongs to nobody.
_DEAD_AFTER_SECONDS = 24 * 3600

# When orphans were last looked for, in seconds since 1970.
_LAST_ROUND = "_flowlake/janitor"

_IN_TABLE = re.compile(r"^([a-z0-9_]+)/([a-z0-9_]+)/(_delta_log/)?")
# object_store's unfinished uploads: 00000000000000000007.json#1
_UNFINISHED = re.compile(r"#\d+$")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round removed: names inside the lake, or of folders in its scratch."""

    removed: tuple[str, ...]
    size: int


def sweep(storage: Storage, work: Path | None = None) -> Swept:
    """Make one round; afterwards the lake holds what is published, raw, and live work.

    ``work`` is where runs keep their candidates, if not in the lake's own scratch folder.
    Orphans are looked for once a day: it means reading every log.
    """
    removed: list[Entry] = []
    now = time.time()
    with lock(storage, LAKE_LOCK):
        settled(storage, ())
        tables = _tables(storage)
        for entry in list(storage.list()):
            if entry.rel.startswith(("_candidates/", "_locks/")):
                continue
            if _is_leftover(entry, tables, now):
                removed.append(entry)
        if _is_due(storage, now):
            for table in sorted(tables):
                removed += _orphans(storage, table, now)
            storage.write_bytes(_LAST_ROUND, str(int(now)).encode())
        for entry in removed:
            storage.delete(entry.rel)
        for folder in sorted({storage.scratch(), *([work] if work and work.exists() else [])}):
            removed += _dead_candidates(folder, now)
    removed += _dead_builds(storage)
    if removed:
        logger.info("janitor: %d leftovers removed", len(removed))
    return Swept(tuple(e.rel for e in removed), sum(e.size for e in removed))


def _is_due(storage: Storage, now: float) -> bool:
    try:
        return now - int(storage.read_bytes(_LAST_ROUND)) > _DEAD_AFTER_SECONDS
    except (FileNotFoundError, ValueError):
        return True


def _tables(storage: Storage) -> set[str]:
    names = (e.rel for e in storage.list() if "/_delta_log/" in e.rel)
    return {f"{found[1]}.{found[2]}" for name in names if (found := _IN_TABLE.match(name))}


def _is_leftover(entry: Entry, tables: set[str], now: float) -> bool:
    name = entry.rel.rsplit("/", 1)[-1]
    found = _IN_TABLE.match(entry.rel)
    in_table = found is not None and f"{found[1]}.{found[2]}" in tables
    is_old = now - entry.modified > _DEAD_AFTER_SECONDS
    if name.endswith(TEMPORARY) or (in_table and _UNFINISHED.search(name)):
        # Whoever writes into a table holds the lock that we hold.
        return in_table or is_old
    # DuckDB's COPY writes tmp_NAME and renames it. Raw bytes are called data, whatever they are.
    return name.startswith("tmp_") and is_old and not entry.rel.startswith("raw/")


def _orphans(storage: Storage, table: str, now: float) -> Iterator[Entry]:
    """Yield data files that no log entry ever named: placed, and then the publish died."""
    prefix = log.folder(table)
    old = [
        entry
        for entry in storage.list(prefix)
        if entry.rel.endswith(".parquet")
        and not entry.rel.startswith(f"{prefix}/_")
        and now - entry.modified > _DEAD_AFTER_SECONDS
    ]
    versions = log.versions(storage, table)
    # With entries missing (another engine cleaned up) nobody can tell what was never named.
    if old and versions == list(range(len(versions))):
        named = {path for v in versions for path in log.read(storage, table, v).adds}
        yield from (e for e in old if e.rel.removeprefix(f"{prefix}/") not in named)


def _dead_candidates(scratch: Path, now: float) -> Iterator[Entry]:
    """Remove runs' folders and single files that nobody touched for a day."""
    for path in sorted(scratch.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            inside = [path, *path.rglob("*")] if path.is_dir() else [path]
            status = [p.stat() for p in inside]
            newest = max(s.st_mtime for s in status)
            if now - newest > _DEAD_AFTER_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                yield Entry(f"_candidates/{path.name}", sum(s.st_size for s in status), newest)


def _dead_builds(storage: Storage) -> Iterator[Entry]:
    """Remove warehouses that were never finished, where no build is under way."""
    folder = storage.root or storage.scratch()
    try:
        with lock(storage, BUILD_LOCK, timeout=0):
            for path in sorted(folder.glob(f".*{BUILDING}*")):
                status = path.stat()
                path.unlink()
                yield Entry(path.name, status.st_size, status.st_mtime)
    except Conflict:
        logger.debug("janitor: a build is under way, its files stay")
