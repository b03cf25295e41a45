"""Staging of token transfers: python -m bench.ingest_transfers [rows,rows… | quick] [folder].

A generated ethereum-etl export (2.3 GB at 10 million rows) is written once into the folder, else
into the system's temporary one, plain and gz. Flowlake, DuckDB, pyarrow, polars and pandas each
run in a process of their own and do the same with it (bench/_stagers.py): their rows and rejects
must be equal, one by one and in order, or this fails. The default is 10 million rows with all of
them, then 50 million with flowlake and whoever of the others was fastest: memory must stay flat.
`quick` takes 300,000 rows. Seconds are of the clock, CPU seconds of all threads; neither holds the
imports. Not measured: the gate (bench/gate.py), the fsync of what is published, and the raw file's
hash, which fetching takes.
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

import duckdb  # noqa: E402  (the path comes first)

from bench._stager_rules import PANDAS_ROWS  # noqa: E402
from bench._stagers import STAGERS  # noqa: E402
from bench._token_transfers import export  # noqa: E402

ROWS, QUICK = "10000000,50000000", "300000"
# Larger exports take minutes to make, but tens of gigabytes to keep.
KEPT = 10_000_000


def child(name, path, out):
    """Run one contender; prints its figures as JSON."""
    out.mkdir(parents=True)
    for module in ("duckdb", "pandas", "polars", "pyarrow.csv", "transforms.sources.ethereum_etl"):
        importlib.import_module(module)  # a second that says nothing of any of them
    before = resource.getrusage(resource.RUSAGE_SELF)
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
    rejects = con.execute(
        f"select line, split_part(reason, ':', 1) from '{out}/rejects.parquet'"
        f" where line <= {first + 1} order by all"
    ).fetchall()
    return columns, transfers, rejects


def measured(name, path, folder, firsts=()):
    """A contender's figures, from a process of its own: each has its own peak memory."""
    out = folder / name
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, __file__, "child", name, str(path), str(out)]
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


def main(sizes, folder):
    peers = [name for name in STAGERS if name != "flowlake"]
    peaks = {}
    for rows in sizes:
        fastest = {}
        for form in ("plain", "gz"):
            path = export(folder, rows, is_packed=form == "gz", has_faults=True)
            print(f"{rows:,} rows, {form}, {path.stat().st_size / 1e9:.2f} GB", flush=True)
            firsts = {min(rows, PANDAS_ROWS), rows} if form == "plain" and rows <= KEPT else ()
            ours = measured("flowlake", path, folder, firsts)
            peaks[form, rows] = ours["peak"]
            found = {}
            for name in peers:
                first = min(rows, PANDAS_ROWS) if name == "pandas" else rows
                found[name] = measured(name, path, folder, {first} & set(firsts))
                for first, theirs in found[name]["told"].items():
                    if theirs != ours["told"][first]:
                        sys.exit(f"{name} makes other rows of the first {first:,} than flowlake")
            fastest[form] = max(found, key=lambda n: found[n]["speed"])
            for what, sign in (("speed", 1), ("cpu", -1)):
                per_row = {
                    n: (f[what] / (1 if what == "speed" else f["rows"])) for n, f in found.items()
                }
                own = ours[what] / (1 if what == "speed" else ours["rows"])
                ratios = ", ".join(f"{n} {(own / o) ** sign:.2f}" for n, o in per_row.items())
                print(f"flowlake / others, {what}: {ratios}", flush=True)
        peers = sorted(set(fastest.values()))
        if rows > KEPT:
            for file in folder.glob(f"token_transfers_{rows}_faulty.csv*"):
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
