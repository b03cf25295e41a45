"""A day more of transfers: python -m bench.extend_transfers [days [rows a day] | quick] [folder].

Generated days of an ethereum-etl export (bench/_days.py) are ingested and built: the history in one
build, then the day after it on top, and beside it the same day in a lake of its own. The peer is
flowlake without a history. Every act is a process of its own, and holds what a data engineer waits
for: reading, judging, publishing, core, hubs, patterns, the warehouse, the report.

The lake has no list, so that no trace is walked: how far one goes is the history's to say.
"""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._days import write_day  # noqa: E402  (the path comes first)

DAYS, ROWS = 50, 1_000_000


def child(what, lake, day, rows):
    """One act in a process of its own; prints its figures as JSON."""
    from flowlake.settings import Settings
    from transforms.parts.extend import Extension

    settings = Settings.from_env(str(lake))
    taken = {"transfers": 0, "transfers_cpu": 0}
    if what == "ingest":
        from flowlake.ingest import ingest

        export = lake.parent / f"export-{day}"
        write_day(export, day, rows)
        before, start = time.process_time(), time.perf_counter()
        ingest(settings, "ethereum_etl", [str(export)])
    else:
        from flowlake.build import build

        for name in ("run", "publish"):
            setattr(Extension, name, timed(getattr(Extension, name), taken))
        before, start = time.process_time(), time.perf_counter()
        build(settings)
    taken["wall"] = time.perf_counter() - start
    taken["cpu"] = time.process_time() - before
    if what == "ingest":
        shutil.rmtree(export)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    print(json.dumps({**taken, "peak": int(peak[1]) / 1024}))


def timed(act, taken):
    """An act that adds the wall and processor seconds it took to ``transfers``."""

    def run(*arguments, **options):
        start, before = time.perf_counter(), time.process_time()
        try:
            return act(*arguments, **options)
        finally:
            taken["transfers"] += time.perf_counter() - start
            taken["transfers_cpu"] += time.process_time() - before

    return run


def measured(what, lake, day=0, rows=0):
    command = [sys.executable, __file__, "child", what, str(lake), str(day), str(rows)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


def told(name, ingested, built):
    """Print the figures of an increment; both acts together."""
    print(
        f"{name:18} ingest {ingested['wall']:6.1f} s (cpu {ingested['cpu']:6.1f})"
        f"  build {built['wall']:7.1f} s (cpu {built['cpu']:7.1f}, of it core.transfers"
        f" {built['transfers_cpu']:7.1f})  peak {max(ingested['peak'], built['peak']):6,.0f} MiB",
        flush=True,
    )
    return {
        "processor time of core.transfers": built["transfers_cpu"],
        "processor time of ingest": ingested["cpu"],
        "processor time of build": built["cpu"],
        "processor time of both": ingested["cpu"] + built["cpu"],
        "wall time of both": ingested["wall"] + built["wall"],
    }


def main(days, rows, folder):
    long, short = folder / "history", folder / "day"
    for lake in (long, short):
        shutil.rmtree(lake, ignore_errors=True)
    history = [measured("ingest", long, day, rows) for day in range(days)]
    whole = {what: sum(h[what] for h in history) for what in ("wall", "cpu")}
    whole["peak"] = max(h["peak"] for h in history)
    told(f"{days * rows:,} rows", whole, measured("build", long))
    compare(days, rows, long, short)


def compare(days, rows, long, short):
    """The day after the history, on top of it and alone."""
    alone = told("a day alone", measured("ingest", short, days, rows), measured("build", short))
    more = told("the day on top", measured("ingest", long, days, rows), measured("build", long))
    for what, spent in more.items():
        print(f"ratio, {what} {spent / alone[what]:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        what, lake, day, rows = sys.argv[2:]
        child(what, Path(lake), int(day), int(rows))
    else:
        given = sys.argv[1:]
        size = (4, 50_000) if given[:1] == ["quick"] else (DAYS, ROWS)
        numbers = [int(a) for a in given if a.isdigit()]
        size = (*numbers, *size[len(numbers) :])
        paths = [a for a in given if not a.isdigit() and a != "quick"]
        with contextlib.ExitStack() as stack:
            place = paths[0] if paths else stack.enter_context(tempfile.TemporaryDirectory())
            main(*size, Path(place))
