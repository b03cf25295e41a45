"""Staging of traces: python -m bench.ingest_traces [rows,rows… | quick] [folder].

Generated exports of Parity's traces (``bench/_traces.py``, 360 MB at a million) are written once
into the folder, else into the system's temporary one. Flowlake, DuckDB and polars each run in a
process of their own and do the same with them (``bench/_trace_stagers.py``): rows and rejects must
be equal, one by one and in order, or this fails. The default is 300,000 and 1.5 million rows:
memory must stay flat. `quick` takes 100,000.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._contest import compete, run  # noqa: E402  (the path comes first)
from bench._trace_stagers import STAGERS  # noqa: E402
from bench._traces import export  # noqa: E402

ROWS, QUICK = "300000,1500000", "100000"


def main(sizes, folder):
    peaks = [
        compete(__file__, STAGERS, export(folder, rows, has_faults=True), folder)["peak"]
        for rows in sizes
    ]
    print(f"flowlake's peak, {sizes[-1]:,} / {sizes[0]:,} rows: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    run(STAGERS, main, ROWS, QUICK)
