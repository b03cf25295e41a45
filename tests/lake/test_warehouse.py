"""The warehouse's exchange: no foreign .wal, no half file, readers keep what they opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.errors import Conflict, LakeError
from transforms.lake import warehouse
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.lake.warehouse import (
    BUILD_LOCK,
    WAREHOUSE,
    build_aside,
    publish_export,
    publish_warehouse,
    wal_of,
)


def publish(lake: Storage, generation: int) -> warehouse.PublishedWarehouse:
    with build_aside(lake) as aside:
        con = aside.con
        con.execute("create schema core; create schema marts")
        for table in ("core.one", "marts.two"):
            con.execute(f"create table {table} as select {generation} as generation, range as row "
                        f"from range({100 + generation})")  # fmt: skip
        con.execute("comment on table core.one is 'one'")
        con.execute("create view marts.both as select * from core.one")
        return publish_warehouse(lake, aside)


def tables_seen(path: Path) -> set[tuple[str, int]]:
    with duckdb.connect(str(path), read_only=True) as con:
        names = con.execute("select schema_name || '.' || table_name from duckdb_tables()")
        return {
            (name, con.execute(f"select count(*) from {name}").fetchall()[0][0])
            for (name,) in names.fetchall()
        }


def test_a_published_warehouse_is_whole_closed_and_read_only(lake: Storage) -> None:
    done = publish(lake, 1)
    path = given.file_of(lake, WAREHOUSE)
    assert done.tables == {"core.one": 101, "marts.two": 101}
    assert tables_seen(path) == {("core.one", 101), ("marts.two", 101)}
    assert path.stat().st_mode & 0o777 == 0o444
    names = {p.name for p in path.parent.iterdir() if not p.name.startswith("_")}
    assert names == {WAREHOUSE, f"{WAREHOUSE}.sha256"}
    assert verify(lake) == []


def test_it_opens_under_any_name_with_its_views_and_its_old_format(
    lake: Storage, tmp_path: Path
) -> None:
    publish(lake, 1)
    other = tmp_path / "another name.db"
    shutil.copyfile(given.file_of(lake, WAREHOUSE), other)
    with duckdb.connect(str(other), read_only=True) as con:
        assert con.execute("select count(*) from marts.both").fetchall() == [(101,)]
        ((tags,),) = con.execute(
            "select tags from duckdb_databases() where database_name = current_database()"
        ).fetchall()
        assert tags["storage_version"].startswith("v1.0.0")


def test_the_previous_warehouse_stays_for_an_instant_return(lake: Storage) -> None:
    publish(lake, 1)
    publish(lake, 2)
    path = given.file_of(lake, WAREHOUSE)
    assert ("core.one", 102) in tables_seen(path)
    assert ("core.one", 101) in tables_seen(path.with_name(f"{WAREHOUSE}.prev"))


def test_a_stale_wal_is_not_replayed_into_the_new_warehouse(
    lake: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    publish(lake, 1)
    path = given.file_of(lake, WAREHOUSE)
    forge_wal(path)
    assert ("core.forged", 1) in tables_seen(path), "without the exchange it is replayed"
    assert [p.file for p in verify(lake)] == [f"{WAREHOUSE}.wal"]
    publish(lake, 2)
    assert tables_seen(path) == {("core.one", 102), ("marts.two", 102)}
    assert not wal_of(path).exists()
    assert "removed warehouse.duckdb.wal" in caplog.text
    assert verify(lake) == []


def forge_wal(path: Path) -> None:
    """Put a .wal made elsewhere, with a table of its own, beside the published file."""
    elsewhere = path.with_name("elsewhere")
    elsewhere.mkdir()
    copy = elsewhere / path.name
    shutil.copyfile(path, copy)
    script = (
        "import duckdb, os, sys\n"
        "con = duckdb.connect(sys.argv[1])\n"
        "con.execute('create table core.forged as select 1 as i')\n"
        "os._exit(0)\n"  # no close, no checkpoint: the change stays in the .wal
    )
    subprocess.run([sys.executable, "-c", script, str(copy)], check=True)
    shutil.move(wal_of(copy), wal_of(path))
    shutil.rmtree(elsewhere)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="asks /proc/locks for the holder")
def test_a_client_that_holds_it_open_for_writing_stops_the_exchange(
    lake: Storage, forks: ForkServer, said: Any
) -> None:
    publish(lake, 1)
    path = given.file_of(lake, WAREHOUSE)
    path.chmod(0o644)  # only an owner who insists can open it so
    pid = forks.start("hold_open", database=str(path), said=str(said.path))
    said.wait()
    with pytest.raises(LakeError, match=f"process {pid} holds it open for writing"):
        publish(lake, 2)
    forks.kill(pid, after=0)
    publish(lake, 2)
    assert tables_seen(path) == {("core.one", 102), ("marts.two", 102)}


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root to become a reader")
def test_a_reader_who_is_not_its_owner_can_neither_write_it_nor_leave_a_wal(lake: Storage) -> None:
    publish(lake, 1)
    path = given.file_of(lake, WAREHOUSE)
    for folder in path.parents[:-1]:
        if folder.stat().st_uid == 0 and folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(folder.stat().st_mode | 0o055)
    script = (
        "import duckdb, os, sys\n"
        "os.setuid(65534)\n"
        "path = sys.argv[1]\n"
        "con = duckdb.connect(path, read_only=True)\n"
        "assert con.execute('select count(*) from core.one').fetchall() == [(101,)]\n"
        "for statement in (f\"copy (select 1) to '{path}.wal'\",):\n"
        "    try:\n"
        "        con.execute(statement)\n"
        "        sys.exit('wrote a wal')\n"
        "    except duckdb.IOException as error:\n"
        "        assert 'ermission denied' in str(error), error\n"
        "con.close()\n"
        "try:\n"
        "    duckdb.connect(path)\n"
        "    sys.exit('opened for writing')\n"
        "except duckdb.IOException as error:\n"
        "    assert 'ermission denied' in str(error), error\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_failed_build_publishes_nothing_and_leaves_nothing(lake: Storage) -> None:
    publish(lake, 1)
    before = sorted(e.rel for e in lake.list())
    with pytest.raises(RuntimeError), build_aside(lake) as aside:
        aside.con.execute("create table t as select 1 as i")
        raise RuntimeError("a model is wrong")
    with pytest.raises(LakeError, match="made no table"), build_aside(lake) as aside:
        publish_warehouse(lake, aside)
    assert sorted(e.rel for e in lake.list()) == before
    assert verify(lake) == []


def test_an_open_transaction_does_not_pass_for_a_finished_build(lake: Storage) -> None:
    with pytest.raises(duckdb.TransactionException), build_aside(lake) as aside:
        aside.con.execute("begin")
        aside.con.execute("create table t as select 1 as i")
        publish_warehouse(lake, aside)
    assert not lake.exists(WAREHOUSE)


def test_two_builds_at_once_are_one_after_the_other(
    lake: Storage, forks: ForkServer, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = forks.start("hold_lock", lake=lake.uri(), name=BUILD_LOCK, said=str(said.path))
    said.wait()
    with monkeypatch.context() as impatient:
        held = warehouse.lock
        impatient.setattr(warehouse, "lock", lambda s, n: held(s, n, timeout=0.1))
        with pytest.raises(Conflict, match="lock build is held"), build_aside(lake):
            pass
    forks.kill(pid, after=0)
    publish(lake, 1)


def swap_under_readers(
    forks: ForkServer, said: Any, lake: Storage, swaps: int, seconds: float
) -> None:
    publish(lake, 1)
    path = given.file_of(lake, WAREHOUSE)
    readers = [
        forks.start("read_warehouses", database=str(path), said=str(said.path), seconds=seconds)
        for _ in range(3)
    ]
    for generation in range(2, swaps + 2):
        publish(lake, generation)
    assert [forks.wait(pid) for pid in readers] == [0, 0, 0]
    assert all(line["opens"] > 3 for line in said())


def test_readers_meet_whole_warehouses_while_they_are_exchanged(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    swap_under_readers(forks, said, lake, swaps=12, seconds=1.0)


@pytest.mark.slow
def test_readers_meet_whole_warehouses_through_fifty_exchanges(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    swap_under_readers(forks, said, lake, swaps=60, seconds=6)


def test_a_long_reader_keeps_the_generation_it_opened(lake: Storage) -> None:
    publish(lake, 1)
    with duckdb.connect(lake.uri(WAREHOUSE), read_only=True) as con:
        for generation in range(2, 5):
            publish(lake, generation)
            assert con.execute("select distinct generation from core.one").fetchall() == [(1,)]


@pytest.mark.slow
def test_a_warehouse_on_s3_is_uploaded_and_verified(s3_lake: Storage) -> None:
    done = publish(s3_lake, 1)
    assert done.uri == s3_lake.uri(WAREHOUSE)
    assert ("core.one", 101) in tables_seen(s3_lake.local(WAREHOUSE))
    publish(s3_lake, 2)
    assert ("core.one", 102) in tables_seen(s3_lake.local(WAREHOUSE))
    assert verify(s3_lake) == []


def test_an_export_is_exchanged_whole_with_its_checksum(any_lake: Storage, tmp_path: Path) -> None:
    made = tmp_path / "made.parquet"
    for content in (b"one", b"two, longer"):
        made.unlink(missing_ok=True)
        made.write_bytes(content)
        publish_export(any_lake, made, "marts/cash_outs.parquet")
        assert any_lake.read_bytes("marts/cash_outs.parquet") == content
        assert verify(any_lake) == []
