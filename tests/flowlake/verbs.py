"""What children of the fork server do with the verbs, killed, stopped, twice at once.

Great Expectations takes seconds to import and is imported here once for all children. DuckDB and
deltalake are imported and not used: their threads do not survive a fork.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ahocorasick_rs  # noqa: F401  (imported before the fork, used after it; so are the next)
import great_expectations.render.renderer.site_builder  # noqa: F401
import jinja2.ext  # noqa: F401
import pandas  # noqa: F401
import pyarrow.dataset  # noqa: F401
import rapidfuzz.process  # noqa: F401

import flowlake.build
import flowlake.report
import transforms.matching.mentions  # noqa: F401
from flowlake import ingest as ingesting
from flowlake.cli import main
from flowlake.fetch import fetch
from flowlake.judge import judge
from flowlake.publish import publish
from flowlake.settings import Settings
from flowlake.stage import stage
from tests.flowlake import generations
from tests.lake.forks import Killer
from tests.lake.tasks import say, wait_for
from transforms.engine.duckdb import DuckDBEngine
from transforms.lake.storage import Storage
from transforms.sources import registry

registry.parser(generations.SOURCE)

DAY = date.fromisoformat(generations.DAY)


class VerbKiller(Killer):
    """Also counts what a verb writes by itself: files it opens, tables it makes."""

    def install(self) -> None:
        super().install()
        opened = builtins.open

        def counted(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            if not set(mode) & set("wax+"):
                return opened(file, mode, *arguments, **options)
            self.point()
            made = opened(file, mode, *arguments, **options)
            self.point()  # there, and empty
            return made

        builtins.open = io.open = counted
        for verb in ("create", "register", "export", "attach"):
            setattr(DuckDBEngine, verb, self.around(getattr(DuckDBEngine, verb)))


class Photographer(VerbKiller):
    """Copies the lake at every ``every``-th point: what kill -9 would leave there."""

    def __init__(self, lake: str, album: str, every: int) -> None:
        super().__init__(at=0)
        self.lake, self.album, self.every = lake, Path(album), every
        self.album.mkdir()

    def point(self) -> None:
        with self._lock:
            self.count += 1
            if self.count % self.every == 0:
                picture = str(self.album / f"{self.count:05}")
                # Files that a thread removes meanwhile are none of ours.
                subprocess.run(
                    ["cp", "-a", self.lake, picture], check=False, stderr=subprocess.DEVNULL
                )


class Filler(VerbKiller):
    """Fills the disk to its last block at the n-th point."""

    def __init__(self, at: int, disk: str) -> None:
        super().__init__(at)
        self.disk = disk

    def point(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self.at:
                fill = ["dd", "if=/dev/zero", f"of={self.disk}/filler", "bs=64k"]
                subprocess.run(fill, check=False, stderr=subprocess.DEVNULL)


def settings(lake: str) -> Settings:
    return Settings.from_env(lake)


@contextlib.contextmanager
def watched(lake: str, kill_at: int, album: str | None, every: int) -> Iterator[Killer]:
    """The killer or photographer of a run, at work where there is one."""
    watcher = Photographer(lake, album, every) if album else VerbKiller(kill_at)
    if album or kill_at:
        watcher.install()
    yield watcher


def ingest(
    lake: str,
    folder: str,
    said: str,
    *,
    kill_at: int = 0,
    album: str | None = None,
    every: int = 1,
    barrier: str | None = None,
    run_id: str | None = None,
) -> None:
    """Ingest a generation; says what came of it."""
    if barrier:
        wait_for(barrier, 2)
    with watched(lake, kill_at, album, every) as watcher:
        done = ingesting.ingest(
            settings(lake), generations.SOURCE, [folder], day=DAY, run_id=run_id
        )
    statuses = [s["status"] for s in done.snapshots]
    say(said, points=watcher.count, statuses=statuses, exit_status=done.exit_status)


def build(
    lake: str,
    said: str,
    *,
    kill_at: int = 0,
    album: str | None = None,
    every: int = 1,
    barrier: str | None = None,
) -> None:
    """Build; says what came of it."""
    if barrier:
        wait_for(barrier, 2)
    with watched(lake, kill_at, album, every) as watcher:
        done = flowlake.build.build(settings(lake))
    say(said, points=watcher.count, status=done["status"], name=done["name"])


def command(
    lake: str, arguments: list[str], said: str, *, fill_at: int = 0, disk: str = ""
) -> None:
    """Run the command line; says its exit status and what it told people."""
    filler = Filler(fill_at, disk)
    if fill_at:
        filler.install()
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        status = main(arguments)
    say(said, status=status, told=told.getvalue(), points=filler.count)


def tasks(lake: str, folder: str, said: str, *, run_id: str, times: int) -> None:
    """Do each step of an ingest so many times, as a scheduler does that lost the answer."""
    of, came_to = settings(lake), []
    for _ in range(times):
        run = fetch(of, generations.SOURCE, [folder], run_id=run_id, day=DAY)
    for step in (stage, judge, publish):
        for _ in range(times):
            step(of, run)
    for _ in range(times):
        done = ingesting.finished(run) or ingesting.finish(run, is_remembered=True)
        came_to.append([s["status"] for s in done.snapshots])
    say(said, came_to=came_to)


def look(lake: str, said: str, until: str) -> None:
    """Read the cut and the warehouse until a file appears; nothing goes back."""
    storage, folder = Storage(lake), Path(lake)
    looks, cut, built = 0, 0, 0
    while not Path(until).exists():
        now_cut, now_built = generations.at_cut(storage), generations.in_warehouse(folder)
        assert now_cut >= cut, f"the cut went back from {cut} to {now_cut}"
        assert now_built >= built, f"the warehouse went back from {built} to {now_built}"
        cut, built, looks = now_cut, now_built, looks + 1
        time.sleep(0.05)  # readers read; they do not keep a processor busy
    say(said, looks=looks, cut=cut, built=built)


def nothing(lake: str, said: str) -> None:
    """Do nothing; shows that the server has imported everything."""
    say(said, lake=lake)
