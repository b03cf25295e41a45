"""Contenders of a benchmark of staging: each in a process of its own, their outputs compared."""

import importlib
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

_MODULES = ("duckdb", "pandas", "polars", "pyarrow.csv", "transforms.sources.ethereum_etl")


def child(stage, path, out):
    """Run one contender; prints its figures as JSON."""
    out.mkdir(parents=True)
    for module in _MODULES:
        importlib.import_module(module)  # a second that says nothing of any of them
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    rows = stage(path, out)
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # ru_maxrss would also count what the parent had; this begins with the program.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": seconds,
                "speed": rows / seconds,
                "cpu": usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime,
                "peak": int(peak[1]) / 1024,
                "size": (out / "transfers.parquet").stat().st_size,
            }
        )
    )


def told(out, first):
    """What tells two outputs apart: count and hash of the rows, and the rejects of the first lines.

    The hash of each row is weighed with its place, so that order counts.
    """
    con = duckdb.connect(config={"memory_limit": "2GB", "threads": "2"})
    con.execute("set TimeZone = 'UTC'")
    columns = sorted(
        r[0] for r in con.execute(f"describe from '{out}/transfers.parquet'").fetchall()
    )
    transfers = con.execute(
        f"select count(*), sum(hash({', '.join(columns)}, file_row_number)::hugeint)"
        f" from read_parquet('{out}/transfers.parquet', file_row_number = true)"
        f" where try_cast(split_part(record_id, ':', 2) as bigint) <= {first + 1}"
    ).fetchall()
    if not (out / "rejects.parquet").exists():
        return columns, transfers, []
    rejects = con.execute(
        f"select line, split_part(reason, ':', 1) from '{out}/rejects.parquet'"
        f" where line <= {first + 1} order by all"
    ).fetchall()
    return columns, transfers, rejects


def measured(script, name, path, folder, firsts=()):
    """A contender's figures, from a process of its own: each has its own peak memory.

    ``script`` is the benchmark, which runs the contender when called with ``child``.
    """
    out = folder / name
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, script, "child", name, str(path), str(out)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(said)
    found["told"] = {first: told(out, first) for first in firsts}
    shutil.rmtree(out)
    print(
        f"{name:9} {found['rows']:>11,} rows {found['seconds']:7.1f} s"
        f" {found['speed']:>10,.0f} rows/s  cpu {found['cpu']:6.1f} s"
        f"  peak {found['peak']:6,.0f} MiB  {found['size'] / found['rows']:5.1f} bytes/row",
        flush=True,
    )
    return found


def print_ratios(ours, others):
    """How much faster than each of the others, by the clock and by processor time."""
    for what, sign in (("speed", 1), ("cpu", -1)):
        per_row = {n: (f[what] / (1 if what == "speed" else f["rows"])) for n, f in others.items()}
        own = ours[what] / (1 if what == "speed" else ours["rows"])
        ratios = ", ".join(f"{n} {(own / o) ** sign:.2f}" for n, o in per_row.items())
        print(f"flowlake / others, {what}: {ratios}", flush=True)


def compete(script, names, path, folder):
    """Flowlake and the others on one export: what they make must be the same."""
    print(f"{path.name}, {path.stat().st_size / 1e9:.2f} GB", flush=True)
    everything = sys.maxsize - 1
    found = {name: measured(script, name, path, folder, [everything]) for name in names}
    ours = found.pop("flowlake")
    for name, theirs in found.items():
        if theirs["told"] != ours["told"]:
            sys.exit(f"{name} makes other rows than flowlake")
    print_ratios(ours, found)
    return ours


def run(stagers, main, rows, quick):
    """What the command line asks for: one contender, or a contest of sizes in a folder."""
    match sys.argv[1:]:
        case ["child", name, path, out]:
            child(stagers[name], Path(path), Path(out))
        case arguments:
            size, where, *_ = [*arguments, *(rows, tempfile.gettempdir())[len(arguments) :]]
            wanted = [int(n) for n in (quick if size == "quick" else size).split(",")]
            main(wanted, Path(where) / "flowlake-bench")
