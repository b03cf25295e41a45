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

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._contest import measured, print_ratios, run  # noqa: E402  (the path comes first)
from bench._stager_rules import PANDAS_ROWS  # noqa: E402
from bench._stagers import STAGERS  # noqa: E402
from bench._token_transfers import export  # noqa: E402

ROWS, QUICK = "10000000,50000000", "300000"
# Larger exports take minutes to make, but tens of gigabytes to keep.
KEPT = 10_000_000


def main(sizes, folder):
    peers = [name for name in STAGERS if name != "flowlake"]
    peaks = {}
    for rows in sizes:
        fastest = {}
        for form in ("plain", "gz"):
            path = export(folder, rows, is_packed=form == "gz", has_faults=True)
            print(f"{rows:,} rows, {form}, {path.stat().st_size / 1e9:.2f} GB", flush=True)
            firsts = {min(rows, PANDAS_ROWS), rows} if form == "plain" and rows <= KEPT else ()
            ours = measured(__file__, "flowlake", path, folder, firsts)
            peaks[form, rows] = ours["peak"]
            found = {}
            for name in peers:
                first = min(rows, PANDAS_ROWS) if name == "pandas" else rows
                found[name] = measured(__file__, name, path, folder, {first} & set(firsts))
                for first, theirs in found[name]["told"].items():
                    if theirs != ours["told"][first]:
                        sys.exit(f"{name} makes other rows of the first {first:,} than flowlake")
            fastest[form] = max(found, key=lambda n: found[n]["speed"])
            print_ratios(ours, found)
        peers = sorted(set(fastest.values()))
        if rows > KEPT:
            for file in folder.glob(f"token_transfers_{rows}_faulty.csv*"):
                file.unlink()
    for form in ("plain", "gz"):
        first, last = peaks[form, sizes[0]], peaks[form, sizes[-1]]
        print(f"flowlake's peak, {form}, {sizes[-1]:,} / {sizes[0]:,} rows: {last / first:.2f}")


if __name__ == "__main__":
    run(STAGERS, main, ROWS, QUICK)
