"""Bit rot, cut logs, lost files: verify names the file; and the janitor removes only leftovers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from tests.lake.test_warehouse import publish as publish_warehouse
from transforms.errors import LakeError
from transforms.lake import cut, janitor, log, raw
from transforms.lake.ledger import ACKNOWLEDGED, LEDGER
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.lake.warehouse import BUILD_LOCK, WAREHOUSE, publish_export

TABLE = given.TABLES[0]
REPORT = "report/index.html"


def receive(lake: Storage, folder: Path, when: datetime) -> None:
    dropped = folder / "list.csv"
    dropped.write_bytes(b"rows\n" * 100)
    raw.receive(lake, "list", [raw.Received(dropped, "list.csv", "/drop/list.csv", when)])


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with some history in everything it can hold."""
    folder = tmp_path_factory.mktemp("made")
    lake = Storage(str(folder / "lake"))
    for generation in (1, 2, 3):
        given.publish(lake, generation)
    publish_warehouse(lake, 1)
    receive(lake, folder, datetime(2023, 1, 5, tzinfo=UTC))
    page = folder / "page"
    for name in (REPORT, "marts/cash_outs.parquet"):
        page.write_bytes(b"<p>written whole</p>" * 20)
        publish_export(lake, page, name)
    assert verify(lake) == []
    return folder / "lake"


@pytest.fixture
def full_lake(made_once: Path, tmp_path: Path) -> Storage:
    """A copy of it to break."""
    shutil.copytree(made_once, tmp_path / "full")
    return Storage(str(tmp_path / "full"))


def rewrite(lake: Storage, rel: str, change: Callable[[bytes], bytes]) -> None:
    path = given.file_of(lake, rel)
    data = path.read_bytes()
    path.chmod(0o644)
    # A new file, as the old one may be linked to a candidate or to the previous warehouse.
    path.unlink()
    path.write_bytes(change(data))


def flipped(at: float) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        position = min(int(len(data) * at), len(data) - 1)
        return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]

    return flip


def a_data_file(lake: Storage, table: str = TABLE) -> str:
    entry = log.read(lake, table, cut.cut(lake)[table])
    return f"{log.folder(table)}/{min(entry.adds)}"


def a_manifest(lake: Storage) -> str:
    return next(e.rel for e in lake.list("raw") if e.rel.endswith("manifest.json"))


def a_reception(lake: Storage) -> str:
    return next(e.rel for e in lake.list("raw") if "/receptions/" in e.rel)


def acknowledgement(_: Storage) -> str:
    return ACKNOWLEDGED


DAMAGES: dict[str, tuple[Callable[[Storage], str], Callable[[bytes], bytes]]] = {
    "newest entry empty": (lambda _: log.entry_name(TABLE, 2), lambda _: b""),
    "newest entry torn": (lambda _: log.entry_name(TABLE, 2), lambda d: d[: len(d) // 2]),
    "newest entry of NULs": (lambda _: log.entry_name(TABLE, 2), lambda d: bytes(len(d))),
    "newest entry short of its last line": (
        lambda _: log.entry_name(TABLE, 2),
        lambda d: b"".join(d.splitlines(keepends=True)[:-1]),
    ),
    "middle entry short of an add": (
        lambda _: log.entry_name(TABLE, 1),
        lambda d: b"".join(
            line for line in d.splitlines(keepends=True) if b'{"remove"' not in line
        ),
    ),
    "middle entry empty": (lambda _: log.entry_name(TABLE, 1), lambda _: b""),
    "a bit of a middle entry": (lambda _: log.entry_name(TABLE, 1), flipped(0.7)),
    "a bit of the newest entry": (lambda _: log.entry_name(TABLE, 2), flipped(0.9)),
    "ledger's newest entry empty": (lambda _: log.entry_name(LEDGER, 2), lambda _: b""),
    "a bit of the ledger's newest entry": (lambda _: log.entry_name(LEDGER, 2), flipped(0.5)),
    "a bit of the ledger's first entry": (lambda _: log.entry_name(LEDGER, 0), flipped(0.5)),
    "a bit of a data page": (a_data_file, flipped(0.2)),
    "a bit of a footer": (a_data_file, flipped(0.8)),
    "data file cut": (a_data_file, lambda d: d[:-10]),
    "data file empty": (a_data_file, lambda _: b""),
    "a bit of the warehouse": (lambda _: WAREHOUSE, flipped(0.5)),
    "warehouse cut": (lambda _: WAREHOUSE, lambda d: d[:-4096]),
    "a bit of raw bytes": (
        lambda lake: next(e.rel for e in lake.list("raw") if e.rel.endswith("/data")),
        flipped(0.5),
    ),
    "a manifest torn": (a_manifest, lambda d: d[:20]),
    "a reception torn": (a_reception, lambda d: d[:20]),
    "a reception's bit": (a_reception, flipped(0.5)),
    "the acknowledgement torn": (lambda _: ACKNOWLEDGED, lambda d: d[:10]),
    "a bit of the report": (lambda _: REPORT, flipped(0.5)),
    "a bit of an export": (lambda _: "marts/cash_outs.parquet", flipped(0.5)),
    **{
        f"a bit of {what} at {at:.0%}": (where, flipped(at))
        for what, where in (("a manifest", a_manifest), ("the acknowledgement", acknowledgement))
        for at in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
    },
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_names_the_damaged_file(full_lake: Storage, damage: str) -> None:
    lake = full_lake
    where, change = DAMAGES[damage]
    rel = where(lake)
    rewrite(lake, rel, change)
    named = {p.file: p.problem for p in verify(lake)}
    assert rel in named
    assert not named[rel].startswith(rel)
    if rel == ACKNOWLEDGED:  # the ledger itself is whole
        assert set(named) == {rel}


def test_a_list_received_again_vouches_for_its_first_manifest(
    full_lake: Storage, tmp_path: Path
) -> None:
    receive(full_lake, tmp_path, datetime(2023, 1, 6, tzinfo=UTC))
    assert verify(full_lake) == []


@pytest.mark.parametrize(
    "where",
    [
        lambda _: log.entry_name(TABLE, 1),
        lambda _: log.entry_name(TABLE, 2),
        lambda _: log.entry_name(LEDGER, 2),
        a_data_file,
        lambda _: WAREHOUSE,
        lambda lake: next(e.rel for e in lake.list("raw") if e.rel.endswith("/data")),
    ],
    ids=["middle entry", "newest entry", "ledger entry", "data file", "warehouse", "raw"],
)
def test_verify_names_the_missing_file(full_lake: Storage, where: Callable[[Storage], str]) -> None:
    lake = full_lake
    rel = where(lake)
    given.file_of(lake, rel).unlink()
    named = {p.file for p in verify(lake)}
    # Of raw bytes that are gone their manifest is what is left to be named.
    assert rel in named or rel.replace("/data", "/manifest.json") in named


def test_a_restored_backup_is_whole_and_answers_the_same(
    full_lake: Storage, tmp_path: Path
) -> None:
    lake = full_lake
    restored = Storage(str(tmp_path / "restored"))
    for entry in lake.list():
        restored.put(lake.local(entry.rel), entry.rel)
    assert verify(restored) == []
    assert given.seen(restored) == given.seen(lake)


def test_a_lake_that_lost_an_acknowledged_entry_is_not_built_upon(lake: Storage) -> None:
    given.publish(lake, 1)
    given.publish(lake, 2)
    rewrite(lake, log.entry_name(LEDGER, 1), lambda _: b"")
    with pytest.raises(LakeError, match=r"meta/ingests/_delta_log/0+1\.json"):
        given.publish(lake, 3)
    with pytest.raises(LakeError, match=r"meta/ingests/_delta_log/0+1\.json"):
        cut.cut(lake)


# ── the janitor ─────────────────────────────────────────────────────────────────────────────────


def aged(path: Path, hours: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(b"left over")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_the_janitor_removes_leftovers_and_nothing_else(full_lake: Storage) -> None:
    lake = full_lake
    root = given.file_of(lake, "")
    data = Path(a_data_file(lake)).parent
    gone = [
        root / "_candidates/run-dead/a.parquet",
        root / "_candidates/ledger-dead.parquet",
        root / log.folder(TABLE) / "_delta_log/00000000000000000003.json#1",
        root / data / "part.parquet#2",
        root / data / ".0123.flowlake-tmp",
        root / data / f"{'0' * 64}.parquet",
        root / f".{WAREHOUSE}.1.ab.building",
        root / f".{WAREHOUSE}.1.ab.building.wal",
        root / "marts/tmp_cash_outs.parquet",
        root / "raw/list/.0123.flowlake-tmp",
    ]
    stays = [
        root / "_candidates/run-live/a.parquet",
        root / data / f"{'1' * 64}.parquet",  # placed a moment ago: a publish on S3 may be at it
        root / "marts/tmp_young.parquet",
        root / "raw/list/.4567.flowlake-tmp",
    ]
    for path in gone:
        aged(path, hours=25)
    for path in stays:
        aged(path, hours=1)
    aged(root / "_candidates/run-dead", hours=25)
    before = {e.rel for e in lake.list()} - {p.relative_to(root).as_posix() for p in gone}
    before -= {e.rel for e in lake.list("_candidates/run-dead")}
    swept = janitor.sweep(lake)
    assert [p for p in gone if p.exists()] == []
    assert [p for p in stays if not p.exists()] == []
    assert {e.rel for e in lake.list()} - {"_flowlake/janitor"} == before
    assert len(swept.removed) == len(gone)
    assert swept.size > 0
    assert janitor.sweep(lake).removed == ()
    assert verify(lake) == []


def test_the_janitor_leaves_a_build_that_is_under_way(
    lake: Storage, forks: ForkServer, said: Any
) -> None:
    publish_warehouse(lake, 1)
    building = aged(given.file_of(lake, f".{WAREHOUSE}.1.ab.building"), hours=25)
    pid = forks.start("hold_lock", lake=lake.uri(), name=BUILD_LOCK, said=str(said.path))
    said.wait()
    janitor.sweep(lake)
    assert building.exists()
    forks.kill(pid, after=0)
    janitor.sweep(lake)
    assert not building.exists()
