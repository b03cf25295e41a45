"""What children of the fork server do."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401  (imported before the fork, used after it)
import duckdb
import pandas  # noqa: F401  (Arrow and DuckDB import it when first used: a second per child)
import pyarrow.parquet  # noqa: F401

from tests.lake import given
from tests.lake.forks import Killer
from transforms.errors import LakeError
from transforms.lake import cut, delta, janitor, maintain, raw  # noqa: F401
from transforms.lake.lock import lock
from transforms.lake.storage import Storage
from transforms.lake.warehouse import build_aside, publish_warehouse


def say(path: str, **what: Any) -> None:
    """Append a line to a file that outlives this process."""
    with Path(path).open("a") as f:
        f.write(json.dumps(what) + "\n")


def wait_for(barrier: str, parties: int) -> None:
    """Meet the other processes: each leaves a file, all go on when all are there."""
    folder = Path(barrier)
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < parties:
        time.sleep(0.001)


def publish(
    lake: str,
    generation: int,
    days: list[int],
    said: str,
    *,
    kill_at: int = 0,
    options: dict[str, str] | None = None,
    barrier: str | None = None,
    stop_at: int = 0,
    reports: bool = False,
    largest_file: int | None = None,
) -> None:
    """Publish a generation; says what came of it, and how many kill points it passed.

    ``largest_file`` makes every write beyond that size fail, as on a full disk.
    """
    storage = Storage(lake, options or {})
    batch = given.commits(storage, generation, days)
    who = given.record(f"{given.SOURCE}/{'+'.join(map(str, days))}", f"raw {generation}")
    killer = Killer(stop_at, signal.SIGSTOP) if stop_at else Killer(kill_at)
    if killer.at:
        killer.install()
    if barrier:
        wait_for(barrier, 2)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
    try:
        done = cut.publish_batch(storage, batch, who)
    except LakeError as error:
        if not reports:
            raise
        outcome: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    else:
        outcome = {"is_new": done.is_new, "ledger": done.ledger_version}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    say(said, generation=generation, points=killer.count, **outcome)


def publish_unsynced(lake: str, generation: int, days: list[int], said: str) -> None:
    """Publish as the libraries would: nothing is synced."""
    os.fsync = lambda _: None  # type: ignore[assignment]  # this process is about to end
    publish(lake, generation, days, said)


def publish_one_table(
    lake: str, generation: int, said: str, barrier: str, options: dict[str, str] | None = None
) -> None:
    """Publish one table by itself, beside another process that does the same."""
    storage = Storage(lake, options or {})
    file = given.candidate(storage, generation, 0)
    wait_for(barrier, 2)
    done = delta.publish(
        storage, given.TABLES[0], [file], schema=given.SCHEMA, partition_by=given.PARTITION_BY,
        replace=[file.partition], app_id="list/0", raw_sha256=f"raw {generation}", metadata={},
    )  # fmt: skip
    say(said, generation=generation, is_new=done.is_new, version=done.version)


def build(lake: str, generation: int, said: str, *, kill_at: int = 0, rows: int = 2000) -> None:
    """Build and publish a warehouse of two tables of one generation."""
    storage = Storage(lake)
    killer = Killer(kill_at)
    if kill_at:
        killer.install()
    with build_aside(storage) as aside:
        for table in ("core.one", "marts.two"):
            schema = table.split(".")[0]
            aside.con.execute(f"create schema {schema}")
            aside.con.execute(
                f"create table {table} as select {generation} as generation, range as row,"
                f" md5(range::varchar) as name from range({rows + generation})"
            )
            killer.point()
        publish_warehouse(storage, aside)
    say(said, generation=generation, points=killer.count)


def hold_open(database: str, said: str) -> None:
    """Hold a warehouse open for writing, with changes in its .wal, until killed."""
    con = duckdb.connect(database)
    con.execute("create table core.intruder as select 1 as i")
    say(said, is_open=True)
    time.sleep(600)


def read_warehouses(database: str, said: str, seconds: float) -> None:
    """Open, read and close the warehouse again and again."""
    until = time.monotonic() + seconds
    opens, newest = 0, 0
    while time.monotonic() < until:
        with duckdb.connect(database, read_only=True) as con:
            found = con.execute(
                "select generation, count(*) from core.one group by all union all"
                " select generation, count(*) from marts.two group by all"
            ).fetchall()
        assert len(found) == 2, f"mixed: {found}"
        assert found[0] == found[1], f"tables differ: {found}"
        assert found[0][0] >= newest, f"went back from {newest} to {found[0][0]}"
        newest, opens = found[0][0], opens + 1
    say(said, opens=opens, newest=newest)


def read_lake(lake: str, said: str, seconds: float, options: dict[str, str] | None = None) -> None:
    """Read the cut again and again; every look must find one whole generation per day."""
    storage = Storage(lake, options or {})
    until = time.monotonic() + seconds
    looks: list[int] = []
    while time.monotonic() < until:
        looks.append(given.seen(storage)[0])
    assert looks == sorted(looks), "a reader went back in time"
    say(said, looks=len(looks), newest=looks[-1])


def keep_busy(lake: str, said: str, generation: int) -> None:
    """Publish generations for ever; says each when it is acknowledged."""
    storage = Storage(lake)
    while True:
        given.publish(storage, generation)
        say(said, generation=generation)
        generation += 1


def build_on(lake: str, said: str, generation: int) -> None:
    """Build warehouses for ever; says each when it is published."""
    while True:
        build(lake, generation, said, rows=20_000)
        generation += 1


def take(lake: str, path: str, said: str) -> None:
    """Receive a file into the raw store."""
    received = raw.Received(
        Path(path), "sdn.csv", path, given.record("", "").rows[0]["recorded_at"]
    )
    done = raw.receive(Storage(lake), "list", [received])
    say(said, sha256=done.objects[0].sha256)


def hold_lock(lake: str, name: str, said: str) -> None:
    """Hold a lock until killed."""
    with lock(Storage(lake), name):
        say(said, held=True)
        time.sleep(600)


def nothing() -> None:
    """Do nothing; shows that the server forks."""
    with contextlib.suppress(OSError):
        os.sched_yield()
