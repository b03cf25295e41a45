"""Staging of JSON lines: python -m bench.ingest_json [rows,rows… | quick] [folder].

Generated streams of token transfers (``bench/_streamed.py``, 630 MB at a million), amounts as
numbers of up to 26 digits, are written once into the folder, else into the system's temporary one.
Flowlake, DuckDB, and Python's ``json`` with pyarrow each run in a process of their own and do the
same with them (``bench/_json_stagers.py``): rows must be equal, one by one and in order, or this
fails. The default is 300,000 and 1.5 million rows: memory must stay flat. `quick` takes 100,000.
Flowlake reads the first 16 MB in Python and then starts its compiled reader; both are in its time.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._contest import compete, run  # noqa: E402  (the path comes first)
from bench._json_stagers import STAGERS  # noqa: E402
from bench._streamed import export  # noqa: E402

ROWS, QUICK = "300000,1500000", "100000"


def main(sizes, folder):
    peaks = [
        compete(__file__, STAGERS, export(folder, rows, "token_transfers"), folder)["peak"]
        for rows in sizes
    ]
    print(f"flowlake's peak, {sizes[-1]:,} / {sizes[0]:,} rows: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    run(STAGERS, main, ROWS, QUICK)
