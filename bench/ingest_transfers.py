"""Staging of token transfers: python -m bench.ingest_transfers [rows,rows… | quick] [folder].

A generated ethereum-etl export (2.3 GB at 10 million rows) is written once into the folder, else
into the system's temporary one, plain and gz. Flowlake, DuckDB, pyarrow, polars and pandas each
run in a process of their own and do the same with it (bench/_stagers.py). The default is 10
million rows with all of them, then 50 million with flowlake and whoever of the others was fastest:
memory must stay flat. `quick` takes 300,000 rows. Not measured: the gate (bench/gate.py), and the
raw file's hash, which fetching takes.
"""

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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._stagers import STAGERS  # noqa: E402  (the path comes first)
from bench._token_transfers import export  # noqa: E402

ROWS, QUICK = "10000000,50000000", "300000"
# Larger exports take minutes to make, but tens of gigabytes to keep.
KEPT = 10_000_000


def child(name, path, out):
    """Run one contender; prints its figures as JSON."""
    out.mkdir(parents=True)
    for module in ("duckdb", "pandas", "polars", "pyarrow.csv", "transforms.sources.ethereum_etl"):
        importlib.import_module(module)  # a second that says nothing of any of them
    start = time.perf_counter()
    rows = STAGERS[name](path, out)
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
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak": int(peak[1]) / 1024,
                "size": sum(f.stat().st_size for f in out.glob("*.parquet")),
            }
        )
    )


def measured(name, path, folder):
    """A contender's figures, from a process of its own: each has its own peak memory."""
    out = folder / name
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, __file__, "child", name, str(path), str(out)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    shutil.rmtree(out)
    found = json.loads(said)
    print(
        f"{name:9} {found['rows']:>11,} rows {found['seconds']:7.1f} s"
        f" {found['speed']:>10,.0f} rows/s  cpu {found['cpu']:6.1f} s"
        f"  peak {found['peak']:6,.0f} MiB  {found['size'] / found['rows']:5.1f} bytes/row",
        flush=True,
    )
    return found


def main(sizes, folder):
    peers = [name for name in STAGERS if name != "flowlake"]
    peaks = {}
    for rows in sizes:
        fastest = {}
        for form in ("plain", "gz"):
            path = export(folder, rows, is_packed=form == "gz")
            print(f"{rows:,} rows, {form}, {path.stat().st_size / 1e9:.2f} GB", flush=True)
            ours = measured("flowlake", path, folder)
            peaks[form, rows] = ours["peak"]
            speeds = {name: measured(name, path, folder)["speed"] for name in peers}
            fastest[form] = max(speeds, key=speeds.get)
            ratios = ", ".join(f"{n} {ours['speed'] / s:.2f}" for n, s in speeds.items())
            print(f"flowlake / {ratios}", flush=True)
        peers = sorted(set(fastest.values()))
        if rows > KEPT:
            for file in folder.glob(f"token_transfers_{rows}.csv*"):
                file.unlink()
    for form in ("plain", "gz"):
        first, last = peaks[form, sizes[0]], peaks[form, sizes[-1]]
        print(f"flowlake's peak, {form}, {sizes[-1]:,} / {sizes[0]:,} rows: {last / first:.2f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["child", name, path, out]:
            child(name, Path(path), Path(out))
        case arguments:
            size, where, *_ = [*arguments, *(ROWS, tempfile.gettempdir())[len(arguments) :]]
            wanted = [int(n) for n in (QUICK if size == "quick" else size).split(",")]
            main(wanted, Path(where) / "flowlake-bench")
