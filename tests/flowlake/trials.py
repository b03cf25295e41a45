"""A lake that children do verbs to, and what must hold of it whatever became of them."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from tests.flowlake import generations
from tests.lake.forks import ForkServer, Said
from transforms.lake.janitor import sweep
from transforms.lake.ledger import acknowledged, read_ledger
from transforms.lake.storage import Storage
from transforms.lake.tables import files
from transforms.lake.verify import verify
from transforms.lake.warehouse import BUILDING, WAREHOUSE

KILLED = -9
# What a kill between the bytes of a file and its manifest leaves; receiving it again mends it.
UNFINISHED = "stands without its manifest"


class Trial:
    """A lake in a folder, beside the files that are given to it."""

    def __init__(self, forks: ForkServer, work: Path, lake: Path | None = None) -> None:
        self.forks = forks
        self.work = work
        self.lake = lake or work / "lake"
        self.storage = Storage(str(self.lake))
        self.said = Said(work / "said.jsonl")
        self.seconds: dict[str, float] = {}  # how long each verb took when it was left alone

    def copied(self, work: Path) -> Trial:
        """The same lake elsewhere."""
        shutil.copytree(self.lake, work / "lake", copy_function=shutil.copy2)
        trial = Trial(self.forks, work)
        trial.seconds = self.seconds
        return trial

    def start(self, task: str, **arguments: Any) -> int:
        """Start a task of ``tests.flowlake.verbs``; its process id."""
        common = {"lake": str(self.lake), "said": str(self.said.path)}
        return self.forks.start(task, **{**common, **arguments})

    def run(self, task: str, **arguments: Any) -> dict[str, Any]:
        """Run a task to its end; what it said."""
        began = time.monotonic()
        assert self.forks.wait(self.start(task, **arguments)) == 0, f"{task} ended with a traceback"
        self.seconds.setdefault(task, time.monotonic() - began)
        return self.said()[-1]

    def folder(self, generation: int) -> str:
        """The files of a generation."""
        return generations.write_set(self.work / "given", generation)

    def ingest(self, generation: int, **arguments: Any) -> dict[str, Any]:
        """Ingest a generation; what came of it."""
        return self.run("ingest", folder=self.folder(generation), **arguments)

    def build(self, **arguments: Any) -> dict[str, Any]:
        """Build; what came of it."""
        return self.run("build", **arguments)

    def killed(self, task: str, **arguments: Any) -> int:
        """Start a task and kill it at any moment of the time it takes; its exit status."""
        after = random.uniform(0, 1.1 * self.seconds[task])
        return self.forks.kill(self.start(task, **arguments), after=after)

    def pictures(self, task: str, every: int, **arguments: Any) -> Iterator[Trial]:
        """Run a task to its end; the lake as it was at every so many points of it, in order."""
        album = self.work / "album"
        said = self.run(task, album=str(album), every=every, **arguments)
        # A point stands before and behind each call: far fewer, and the calls are not reached.
        assert said["points"] > 300, f"{task} passes {said['points']} points"
        for picture in sorted(album.iterdir()):
            trial = Trial(self.forks, self.work, picture)
            trial.seconds = self.seconds
            yield trial
            shutil.rmtree(picture)

    # ── what must hold ──────────────────────────────────────────────────────────────────────

    def at_cut(self) -> int:
        """The one generation readers of the lake see."""
        return generations.at_cut(self.storage)

    def in_warehouse(self) -> int:
        """The one generation readers of the warehouse see."""
        return generations.in_warehouse(self.lake)

    def problems(self) -> list[str]:
        """What ``flowlake verify`` finds after the janitor, but unfinished receptions."""
        sweep(self.storage)
        found = [f"{p.file}: {p.problem}" for p in verify(self.storage)]
        return [f for f in found if UNFINISHED not in f]

    def is_acknowledged(self) -> bool:
        """Whether what readers see is known to be durable."""
        last = acknowledged(self.storage)
        return last is not None and last.version == read_ledger(self.storage).version

    def exports(self) -> dict[str, set[int]]:
        """The generations in each exported table; its rows are those of the warehouse."""
        found = {}
        with duckdb.connect(str(self.lake / WAREHOUSE), read_only=True) as con:
            for table, (column, _) in generations.BUILT.items():
                read = f"read_parquet({files(self.storage, table)}, hive_partitioning = false)"
                texts = con.execute(f"select {column} from {read}").fetchall()
                found[table] = {generations.generation_of(text) for (text,) in texts}
            for mart in sorted((self.lake / "marts").glob("*.parquet")):
                ((differing,),) = con.execute(
                    f"select count(*) from (select count(*) from marts.{mart.stem}"
                    f" union select count(*) from read_parquet('{mart}'))"
                ).fetchall()
                found[f"marts.{mart.stem}"] = set() if differing == 1 else {0}
        return found

    def leftovers(self) -> list[str]:
        """Warehouses under construction that nobody is at work on."""
        sweep(self.storage)
        return [e.rel for e in self.storage.list() if BUILDING in e.rel]
