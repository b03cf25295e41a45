"""Check that every byte of the lake is what it was when it was acknowledged.

In: a lake. Out: what is wrong, each with the name of the file. Log entries are checked against
the checksum that the next entry, the ledger, or ``_flowlake/ledger.json`` keeps of them; data
files against the checksum that is their name; raw bytes and receptions likewise, a manifest against
the receptions beside it; the warehouse, the exports and the report against the checksum beside
them.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.errors import LakeError
from transforms.lake import log
from transforms.lake.candidate import sha256_of
from transforms.lake.ledger import ACKNOWLEDGED, LEDGER, acknowledged
from transforms.lake.raw import reception_sha256
from transforms.lake.storage import Storage
from transforms.lake.tables import Active, active, open_table
from transforms.lake.warehouse import WAREHOUSE, accepted_sha256, stray_wal

logger = logging.getLogger(__name__)

_LOG = re.compile(r"^([a-z0-9_]+)/([a-z0-9_]+)/_delta_log/")
_HASH_NAME = re.compile(r"^([0-9a-f]{64})\.parquet$")
_RAW = re.compile(r"^raw/[a-z0-9_]+/[0-9a-f]{2}/([0-9a-f]{64})/(data|manifest\.json)$")
_RECEPTION = re.compile(r"^(raw/.*)/receptions/[^/]*-([0-9a-f]{16})\.json$")

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One file that is not as it should be."""

    file: str
    problem: str


def _problem(file: str, error: Exception, hint: str = "") -> Problem:
    """What an error says of a file, whose name it may begin with."""
    return Problem(file, str(error).removeprefix(f"{file}: ") + hint)


def verify(storage: Storage) -> list[Problem]:
    """Check everything; an empty list means that all of it is whole."""
    names = [entry.rel for entry in storage.list()]
    found: set[Problem] = set()
    known, versions = _checksums(storage, found)
    tables = {f"{m[1]}.{m[2]}" for name in names if (m := _LOG.match(name))} | versions.keys()
    for table in sorted(tables):
        found.update(_check_log(storage, table, known))
        found.update(_check_files(storage, table, versions.get(table)))
    found.update(_check_raw(storage, names))
    found.update(_check_published(storage, names))
    problems = sorted(found)
    logger.info("verify: %d tables, %d files, %d problems", len(tables), len(names), len(problems))
    return problems


# ── logs ────────────────────────────────────────────────────────────────────────────────────────


def _checksums(
    storage: Storage, found: set[Problem]
) -> tuple[dict[tuple[str, int], str], dict[str, int]]:
    """Checksums of log entries that the ledger keeps, and the newest cut it can still tell."""
    known: dict[tuple[str, int], str] = {}
    newest: dict[str, int] = {}
    try:
        last = acknowledged(storage)
    except LakeError as error:
        found.add(_problem(ACKNOWLEDGED, error))
        last = None
    versions = log.versions(storage, LEDGER)
    if last is not None:
        known[LEDGER, last.version] = last.log_sha256
        if last.version not in versions:
            entry = log.entry_name(LEDGER, last.version)
            found.add(Problem(entry, "acknowledged, but gone"))
    for version in versions:
        try:
            cut = log.read(storage, LEDGER, version).stamp.get("cut", {})
        except LakeError:
            continue  # reported with the ledger's own log
        for table, position in cut.items():
            known[table, position["version"]] = position["log_sha256"]
            newest[table] = position["version"]
    return known, newest


def _check_log(
    storage: Storage, table: str, known: dict[tuple[str, int], str]
) -> Iterator[Problem]:
    versions = log.versions(storage, table)
    acknowledged_up_to = max((v for t, v in known if t == table), default=-1)
    for version in sorted({*range(max([*versions, acknowledged_up_to]) + 1)} - {*versions}):
        yield Problem(log.entry_name(table, version), "the log entry is missing")
    previous: tuple[int, str] | None = None
    for version in versions:
        try:
            entry = log.read(storage, table, version)
        except LakeError as error:
            hint = "" if version <= acknowledged_up_to else "; never acknowledged: publish again"
            yield _problem(log.entry_name(table, version), error, hint)
            previous = None
            continue
        if known.get((table, version), entry.sha256) != entry.sha256:
            yield Problem(
                log.entry_name(table, version), "the log entry changed since the ledger named it"
            )
        said = entry.stamp.get("previous_log_sha256")
        if said is not None and previous is not None and said != previous[1]:
            yield Problem(
                log.entry_name(table, previous[0]), f"changed since version {version} followed it"
            )
        previous = (version, entry.sha256)


# ── data files ──────────────────────────────────────────────────────────────────────────────────


def _check_files(storage: Storage, table: str, cut: int | None) -> Iterator[Problem]:
    """Check the files of the served and of the newest version, and that the log yields them."""
    head = log.head(storage, table)
    files: dict[str, Active] = {}
    for version in {v for v in (head, cut) if v is not None}:
        try:
            seen = active(open_table(storage, table, version))
        except (LakeError, pa.ArrowException) as error:
            yield Problem(log.folder(table), f"version {version} does not open: {error}")
            continue
        files |= seen
        replayed = _replay(storage, table, version)
        if replayed is not None and replayed != seen.keys():
            yield Problem(
                log.folder(table),
                f"version {version} shows {len(seen)} files, its log names {len(replayed)}; "
                "a checkpoint is wrong: remove _delta_log/_last_checkpoint",
            )
    yield from _each(
        lambda item: _check_file(storage, f"{log.folder(table)}/{item[0]}", item[1]),
        sorted(files.items()),
    )


def _replay(storage: Storage, table: str, version: int) -> set[str] | None:
    """Live files by our own reading of the log; None where an entry cannot be read."""
    live: set[str] = set()
    try:
        for number in range(version + 1):
            entry = log.read(storage, table, number)
            live = (live - entry.removes) | entry.adds.keys()
    except LakeError:
        return None
    return live


def _check_file(storage: Storage, rel: str, said: Active) -> Problem | None:
    if not storage.exists(rel):
        return Problem(rel, "the log names it, but it is gone")
    if (size := storage.size(rel)) != said.size:
        return Problem(rel, f"{size} bytes, the log says {said.size}")
    named = _HASH_NAME.match(rel.rpartition("/")[2])
    with storage.borrowed(rel) as path:
        if named and sha256_of(path) != named[1]:
            return Problem(rel, "its bytes are not those of its sha256")
        try:
            rows = pq.read_metadata(path).num_rows
        except (pa.ArrowException, OSError) as error:
            return Problem(rel, f"no readable Parquet: {error}")
    return None if rows == said.rows else Problem(rel, f"{rows} rows, the log says {said.rows}")


# ── everything else ─────────────────────────────────────────────────────────────────────────────


def _check_raw(storage: Storage, names: Iterable[str]) -> Iterator[Problem]:
    raw_files = {name: m for name in names if (m := _RAW.match(name))}
    receptions = {name: m for name in names if (m := _RECEPTION.match(name))}
    vouched: dict[str, set[str]] = defaultdict(set)
    for m in receptions.values():
        vouched[m[1]].add(m[2])

    def check(name: str) -> Problem | None:
        folder, _, base = name.rpartition("/")
        other = "manifest.json" if base == "data" else "data"
        if f"{folder}/{other}" not in raw_files:
            return Problem(name, f"stands without its {other}; receive the file again")
        if base == "data":
            with storage.borrowed(name) as path:
                is_whole = sha256_of(path) == raw_files[name][1]
            return None if is_whole else Problem(name, "its bytes are not those of its sha256")
        if reception_sha256(storage.read_bytes(name)) in vouched[folder]:
            return None
        return Problem(name, "not what was written; remove it and receive the file again")

    def check_reception(name: str) -> Problem | None:
        is_whole = reception_sha256(storage.read_bytes(name)) == receptions[name][2]
        return None if is_whole else Problem(name, "its bytes are not those of its sha256")

    yield from _each(check, sorted(raw_files))
    yield from _each(check_reception, sorted(receptions))


def _check_published(storage: Storage, names: Iterable[str]) -> Iterator[Problem]:
    """Check the warehouse and the exports against the checksums beside them."""
    present = set(names)
    wal = storage.root is not None and stray_wal(storage.root / WAREHOUSE)
    if wal:
        yield Problem(f"{WAREHOUSE}.wal", wal)
    if WAREHOUSE in present and f"{WAREHOUSE}.sha256" not in present:
        yield Problem(WAREHOUSE, "no checksum beside it; build again")
    for name in sorted(n.removesuffix(".sha256") for n in present if n.endswith(".sha256")):
        if name.startswith(("raw/", "_")):
            continue
        if name not in present:
            yield Problem(name, "a checksum is there, the file is gone")
            continue
        try:
            with storage.borrowed(name) as path:
                if sha256_of(path) not in accepted_sha256(storage, name):
                    yield Problem(name, "its bytes are not those that were published")
                elif name == WAREHOUSE and not wal:
                    _open(path)
        except (LakeError, duckdb.Error) as error:
            yield _problem(name, error)


def _open(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("select count(*) from duckdb_tables()")


def _each(check: Callable[[_Item], Problem | None], items: Iterable[_Item]) -> Iterator[Problem]:
    # Hashing lets go of the interpreter; more threads than this only wait for the disk.
    with ThreadPoolExecutor(2) as pool:
        yield from (problem for problem in pool.map(check, items) if problem is not None)
