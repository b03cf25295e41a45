"""A full disk at each write: our own message, what was served stays, the next try works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import disks
from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.errors import InputRefused, NoSpace
from transforms.lake import raw
from transforms.lake.space import need_space
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.lake.warehouse import BUILDING, WAREHOUSE, build_aside, publish_warehouse

KIB = 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    with disks.small_disk(tmp_path, 24) as mounted:
        yield mounted


def leave_free(disk: Path, size: int) -> Path:
    """Fill a disk up to ``size`` bytes; the filler."""
    filler = disk / "filler"
    with filler.open("wb") as f:
        status = os.statvfs(disk)
        os.posix_fallocate(f.fileno(), 0, status.f_bavail * status.f_frsize - size)
    return filler


def test_a_publish_meets_a_full_disk_at_each_write(
    forks: ForkServer, said: Any, small_disk: Path
) -> None:
    lake = Storage(str(small_disk / "lake"))
    given.publish(lake, 1)
    generation, full, passed = 2, 0, 0
    for free in (0, 16, 64, 128, 1024):
        given.commits(lake, generation)  # staged while there was room
        filler = leave_free(small_disk, free * KIB)
        status = forks.run("publish", lake=lake.uri(), generation=generation, days=[0, 1],
                           said=str(said.path), reports=True)  # fmt: skip
        assert status == 0, f"{free} KiB free: a traceback"
        outcome = said()[-1]
        served = given.seen(lake)
        filler.unlink()
        if "error" in outcome:
            assert outcome["error"] == "NoSpace", f"{free} KiB free: {outcome}"
            assert "the disk is full" in outcome["message"]
            assert served == {0: generation - 1, 1: generation - 1}
            full += 1
        else:
            assert served == {0: generation, 1: generation}
            passed += 1
        assert verify(lake) == []
        given.publish(lake, generation)
        assert given.seen(lake) == {0: generation, 1: generation}
        generation += 1
    assert full >= 3
    assert passed >= 2


def test_a_publish_meets_a_limit_of_its_files_at_each_write(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    """The same without root: no file may grow beyond a size, every larger write fails."""
    given.publish(lake, 1)
    errors = 0
    for largest in (0, 100, 2000, 5000, 70_000, 100_000, 1_000_000):
        assert forks.run(
            "publish", lake=lake.uri(), generation=2, days=[0, 1], said=str(said.path),
            reports=True, largest_file=largest,
        ) == 0  # fmt: skip
        outcome = said()[-1]
        if "error" in outcome:
            assert outcome["error"] == "NoSpace", outcome
            assert given.seen(lake) == {0: 1, 1: 1}
            errors += 1
        assert verify(lake) == []
    assert errors >= 3
    assert given.seen(lake) == {0: 2, 1: 2}


def publish_rows(lake: Storage, generation: int, rows: int) -> None:
    with build_aside(lake) as aside:
        aside.con.execute(
            f"create table t as select {generation} as generation, range as row, "
            f"md5(range::varchar) || md5((range + 1)::varchar) as text from range({rows})"
        )
        publish_warehouse(lake, aside)


def served_generation(lake: Storage) -> int:
    with duckdb.connect(lake.uri(WAREHOUSE), read_only=True) as con:
        ((generation,),) = con.execute("select distinct generation from t").fetchall()
    return int(generation)


@pytest.mark.parametrize("free", [0, 3000])
def test_a_build_meets_a_full_disk(small_disk: Path, free: int) -> None:
    lake = Storage(str(small_disk / "lake"))
    publish_rows(lake, 1, rows=1000)
    filler = leave_free(small_disk, free * KIB)
    with pytest.raises(NoSpace, match=r"building warehouse\.duckdb: the disk is full"):
        publish_rows(lake, 2, rows=100_000)
    assert served_generation(lake) == 1
    assert not [e.rel for e in lake.list() if BUILDING in e.rel]
    filler.unlink()
    publish_rows(lake, 2, rows=100_000)
    assert served_generation(lake) == 2


def test_a_disk_that_fills_between_the_last_row_and_the_close_is_met(small_disk: Path) -> None:
    lake = Storage(str(small_disk / "lake"))
    publish_rows(lake, 1, rows=1000)
    with pytest.raises(NoSpace), build_aside(lake) as aside:
        aside.con.execute("create table t (generation bigint, text varchar)")
        aside.con.execute("insert into t select 2, md5(range::varchar) from range(60_000)")
        leave_free(small_disk, 0)
        publish_warehouse(lake, aside)
    assert served_generation(lake) == 1
    (small_disk / "filler").unlink()
    assert verify(lake) == []


def test_a_reception_meets_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    lake = Storage(str(small_disk / "lake"))
    dropped = tmp_path / "list.csv"
    dropped.write_bytes(os.urandom(5 << 20))
    when = given.record("", "").rows[0]["recorded_at"]
    received = raw.Received(dropped, "list.csv", str(dropped), when)
    for free in (0, 64, 4096):
        filler = leave_free(small_disk, free * KIB)
        with pytest.raises(NoSpace, match=r"list list\.csv: receiving: the disk is full"):
            raw.receive(lake, "list", [received])
        assert not [e.rel for e in lake.list("raw")]
        filler.unlink()
    assert raw.receive(lake, "list", [received]).objects[0].is_new


def test_too_little_space_is_refused_with_numbers_before_anything_is_written(
    lake: Storage,
) -> None:
    publish_rows(lake, 1, rows=1000)
    need_space(lake, 1000)
    warehouse = lake.size(WAREHOUSE)
    with pytest.raises(NoSpace, match=f"3 × {1 << 60:,} of input and {warehouse:,}") as refused:
        need_space(lake, 1 << 60)
    assert isinstance(refused.value, InputRefused)  # exit 3
