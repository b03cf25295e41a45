"""The one way the warehouse file is exchanged (reliability.md §4).

DuckDB locks a file while it writes it, and replays whatever ``.wal`` lies beside a file it opens.
So a new warehouse is built under a name of its own, checkpointed (``close`` alone hides a full
disk), closed, opened again and counted, synced, made read-only, and only then given the name
that readers know. They keep the old file until they close it; ``.prev`` keeps it for everybody.

    with build_aside(storage) as aside:
        …create tables through aside.con…
        publish_warehouse(storage, aside)
"""

import contextlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from transforms.engine.duckdb import connect
from transforms.errors import LakeError
from transforms.lake import carry, durable
from transforms.lake.candidate import sha256_of
from transforms.lake.lock import lock
from transforms.lake.storage import Storage

logger = logging.getLogger(__name__)

WAREHOUSE: Final = "warehouse.duckdb"
# One build at a time; its temporary files are dead when nobody holds this.
BUILD_LOCK: Final = "build"
# Marks a file under construction: ``.warehouse.duckdb.<pid>.<random>.building``.
BUILDING: Final = ".building"

# The oldest format there is: a 1.5 file written so opens in clients from 1.1 to 2.0.
_STORAGE_VERSION = "v1.0.0"


@dataclass(frozen=True, slots=True)
class Aside:
    """A warehouse under construction; ``con`` works in it, and ``USE`` it need not be said.

    ``held``: the tables that it begins with, and the lake's files whose rows they hold.
    """

    con: duckdb.DuckDBPyConnection
    path: Path
    name: str
    held: carry.Held


@dataclass(frozen=True, slots=True)
class PublishedWarehouse:
    """What readers find from now on; ``tables`` gives the rows of each."""

    uri: str
    sha256: str
    size: int
    tables: Mapping[str, int]


@contextlib.contextmanager
def build_aside(
    storage: Storage,
    name: str = WAREHOUSE,
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
    is_carried: bool = False,
) -> Iterator[Aside]:
    """Open a new warehouse aside; what is not published at the end is removed.

    It is empty; where it ``is_carried``, it begins with tables of the published one, if there are
    any that can be (``transforms.lake.carry``).
    """
    token = f"{os.getpid()}.{secrets.token_hex(8)}"
    scratch = storage.scratch()
    folder = storage.root or scratch
    path = folder / f".{name}.{token}{BUILDING}"
    spill = scratch / f"spill-{token}"
    with lock(storage, BUILD_LOCK), durable.naming_full_disk(f"building {name}", folder):
        con = connect(memory_limit=memory_limit, threads=threads, spill=spill)
        try:
            held = carry.copy(storage, name, path) if is_carried else {}
            # Under its final name: what a view or macro quotes stays true once it is published.
            quoted = str(path).replace("'", "''")
            con.execute(f"attach '{quoted}' as warehouse (storage_version '{_STORAGE_VERSION}')")
            con.execute("use warehouse")
            carry.keep_only(con, held)
            yield Aside(con, path, name, held)
        finally:
            con.close()
            for leftover in (path, wal_of(path)):
                leftover.unlink(missing_ok=True)
            shutil.rmtree(spill, ignore_errors=True)


def publish_warehouse(storage: Storage, aside: Aside) -> PublishedWarehouse:
    """Close a warehouse built aside, prove it whole, and exchange the published one for it."""
    tables = _finish(aside)
    durable.sync_file(aside.path)
    digest, size = sha256_of(aside.path), aside.path.stat().st_size
    earlier = accepted_sha256(storage, aside.name)
    _accept(storage, aside.name, [digest, *earlier])
    if storage.root is None:
        storage.put(aside.path, aside.name)
    else:
        _exchange(aside.path, storage.root / aside.name)
    _accept(storage, aside.name, [digest])
    logger.info(
        "published %s: %d tables, %d rows, %d bytes", aside.name, len(tables), sum(tables.values()),
        size,
    )  # fmt: skip
    return PublishedWarehouse(storage.uri(aside.name), digest, size, tables)


def publish_export(storage: Storage, file: Path, rel: str) -> str:
    """Exchange a plain file that readers open by name (a mart's Parquet); its sha256."""
    digest = sha256_of(file)
    _accept(storage, rel, [digest, *accepted_sha256(storage, rel)])
    storage.put(file, rel)
    _accept(storage, rel, [digest])
    return digest


def accepted_sha256(storage: Storage, name: str = WAREHOUSE) -> list[str]:
    """Checksums a published file may have: its own, and while it is exchanged the next one's."""
    try:
        return list(json.loads(storage.read_bytes(f"{name}.sha256"))["accepted"])
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{name}.sha256: damaged ({error}); build again") from error


def wal_of(path: Path) -> Path:
    """Return where DuckDB looks for changes to replay into a file."""
    return path.with_name(f"{path.name}.wal")


def stray_wal(warehouse: Path) -> str | None:
    """Why readers must not open a warehouse, and what to do; None where no log lies beside it.

    A link counts even while it leads nowhere: somebody may yet put a log there.
    """
    wal = wal_of(warehouse)
    if not wal.exists() and not wal.is_symlink():
        return None
    writer = writer_of(warehouse)
    close = (
        f"close process {writer}, which has the warehouse open for writing"
        if writer
        else ("close the program that opened the warehouse for writing")
    )
    return (
        "a write-ahead log lies beside the warehouse: changes that no build made, which DuckDB "
        f"would replay into it; {close}, then run `flowlake build`, which removes the log"
    )


def _accept(storage: Storage, name: str, digests: list[str]) -> None:
    storage.write_bytes(f"{name}.sha256", json.dumps({"accepted": digests}).encode())


def _finish(aside: Aside) -> dict[str, int]:
    """Bring everything into the one file; the rows of its tables, counted before and after."""
    con = aside.con
    built = _count(con, "warehouse")
    if not built:
        raise LakeError(f"{aside.name}: the build made no table; nothing is published")
    # Raises where the disk is full. close() would return, and leave the rows in the .wal.
    con.execute("checkpoint warehouse")
    con.execute("use memory")
    con.execute("detach warehouse")
    con.close()
    if wal_of(aside.path).exists():
        raise LakeError(f"{wal_of(aside.path).name} was left by the build: rows are missing")
    with duckdb.connect(str(aside.path), read_only=True) as reader:
        (catalog,) = reader.execute("select current_database()").fetchall()[0]
        stored = _count(reader, catalog)
    if stored != built:
        differing = sorted(t for t in {*built, *stored} if built.get(t) != stored.get(t))
        raise LakeError(f"{aside.name}: tables {differing} are not in the file as they were built")
    return stored


def _count(con: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, int]:
    named = con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = ? and not internal order by all",
        [catalog],
    ).fetchall()
    counts = {}
    for schema, table in named:
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (catalog, schema, table))
        ((rows,),) = con.execute(f"select count(*) from {quoted}").fetchall()
        counts[f"{schema}.{table}"] = int(rows)
    return counts


def _exchange(built: Path, target: Path) -> None:
    writer = writer_of(target)
    if writer is not None:
        raise LakeError(
            f"{target.name}: process {writer} holds it open for writing, and its {target.name}.wal "
            "would be read into the new file; close it there (readers open it read-only)"
        )
    _remove_wal(target)
    built.chmod(0o444)
    durable.sync_file(built)
    if target.exists():
        previous = target.with_name(f"{target.name}.prev")
        kept = durable.temporary_beside(previous)
        try:
            os.link(target, kept)
            kept.replace(previous)
        finally:
            kept.unlink(missing_ok=True)
    built.replace(target)
    durable.sync_folder(target.parent)
    _remove_wal(target)


def _remove_wal(target: Path) -> None:
    wal = wal_of(target)
    if wal.exists() or wal.is_symlink():
        # Nobody writes the published file, so these changes are nobody's, or forged.
        logger.warning("removed %s: DuckDB would replay it into the new warehouse", wal.name)
        wal.unlink()
        durable.sync_folder(wal.parent)


def writer_of(path: Path) -> str | None:
    """Process that holds DuckDB's write lock on a file, as far as the system tells.

    Asked of /proc/locks: to open the file here and close it again would drop the read locks of
    this very process.
    """
    try:
        status = path.stat()
        locks = Path("/proc/locks").read_text("ascii")
    except OSError:
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in locks.splitlines():
        # 1: POSIX  ADVISORY  WRITE 708 08:01:1316236 0 EOF
        fields = line.split()
        if fields[3:4] == ["WRITE"] and fields[5] == device:
            return fields[4]
    return None
