"""Cost of the gate as a share of the ingest, and beside Great Expectations on pandas.

    python bench/gate.py [--rows 10_000_000] [--pandas-rows 1_000_000] [--memory 1GB]

A generated export of token transfers with its blocks is fetched, staged and judged as ``flowlake
ingest`` does it: the ratio of the gate to what comes before it shall not exceed 1. Then the gate
and pandas judge the same rows by the same checks (those that Great Expectations offers on pandas).
Each runs in a process of its own; printed are seconds without imports, rows per second and peak
memory. Publishing is not measured.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._token_transfers import export  # noqa: E402  (the path comes first)
from expectations.gate import great_expectations, judge  # noqa: E402
from expectations.suites import suite_of  # noqa: E402
from expectations.vocabulary import Suite  # noqa: E402
from flowlake.fetch import fetch  # noqa: E402
from flowlake.judge import judge as judge_run  # noqa: E402
from flowlake.runs import Run  # noqa: E402
from flowlake.settings import Settings  # noqa: E402
from flowlake.stage import stage  # noqa: E402

TABLE = "staged.transfers"
STATUS = Path("/proc/self/status")
ADDRESS = "'0x' || substr(md5(({key})::varchar) || md5(({key})::varchar), 1, 40)"
# 300 tokens, half a million accounts, 200 transfers to a block of 12 seconds, 18-digit amounts.
ROWS = f"""
    select
        'ethereum_etl' as source,
        'abcdef0123456789' as batch,
        'ethereum' as chain,
        'ethereum:' || {ADDRESS.format(key="i % 300")} as asset,
        17_000_000 + i // 200 as block_number,
        to_timestamp(1_680_000_000 + (i // 200) * 12) as block_timestamp,
        (to_timestamp(1_680_000_000 + (i // 200) * 12) at time zone 'UTC')::date as block_date,
        null::varchar as block_hash,
        '0x' || sha256((i // 2)::varchar) as transaction_hash,
        null::bigint as transaction_index,
        i % 200 as position,
        'log' as position_basis,
        'token' as kind,
        {ADDRESS.format(key="hash(i) % 500_000")} as from_address,
        {ADDRESS.format(key="hash(i + 7) % 500_000")} as to_address,
        (hash(i) % 1_000_000_000_000_000_000)::varchar as value,
        (hash(i) % 1_000_000_000_000_000_000)::hugeint::decimal(38, 0) as value_d38,
        false as has_wide_value,
        {ADDRESS.format(key="i % 300")} as contract,
        true as is_effective,
        false as is_status_known,
        true as is_exact,
        null::boolean as is_fungible,
        repeat('ab', 32) as raw_sha256,
        'token_transfers.csv:' || (i + 2) as record_id
    from range({{count}}) as t(i)
"""


def connect(memory: str, spill: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"set memory_limit = '{memory}'; set threads = 2; set TimeZone = 'UTC'")
    con.execute(f"set temp_directory = '{spill}'; set enable_progress_bar = false")
    return con


def export_with_blocks(folder: Path, rows: int) -> Path:
    """An export of that many token transfers, and of their blocks, in a folder of its own."""
    made = folder / f"export_{rows}"
    made.mkdir(parents=True)
    os.link(export(folder, rows), made / "token_transfers.csv")
    with (made / "blocks.csv").open("w") as f:
        f.write("number,hash,timestamp\n")
        for n in range(-(-rows // 200)):
            f.write(f"{17_000_000 + n},0x{n:064x},{1_680_000_000 + 12 * n}\n")
    return made


def by_staging(path: Path, memory: str) -> int:
    run = fetch(settings(path, memory), "ethereum_etl", [str(path)], run_id="bench")
    stage(settings(path, memory), run)
    return 0


def by_judging(path: Path, memory: str) -> int:
    run = Run.of(settings(path, memory).storage, "bench")
    judge_run(settings(path, memory), run)
    said = run.read("0/judgement.json")
    assert not said["failures"] + list(said["warnings"]), said["summary"]
    return len(said["results"])


def settings(path: Path, memory: str) -> Settings:
    return Settings(str(path.parent / "lake"), path.parent, memory_limit=memory)


def suite() -> Suite:
    """What Great Expectations offers on pandas of the export's suite."""
    rules = ("unexpected_rows_expectation", "expect_table_columns_to_match_set")
    kept = [e for e in suite_of("ethereum_etl").expectations if e.table == TABLE]
    # It takes the suite's day for no lower bound of instants.
    kept = [e for e in kept if e.type not in rules and "2009-01-03" not in e.kwargs.values()]
    return Suite("ethereum_etl", tuple(kept))


def by_the_gate(path: Path, memory: str) -> int:
    con = connect(memory, path.parent / "spill")
    judgement = judge(
        {TABLE: [str(path)]},
        suite(),
        connection=con,
        run_id="bench",
        recorded_at=datetime.now(UTC),
    )
    assert judgement.verdict == "passed", judgement.failures + judgement.warnings
    return len(judgement.results)


def by_pandas(path: Path) -> int:
    import pandas as pd

    gx = great_expectations()
    asked = suite().expectations
    named = [e.kwargs.get("column_list") or [e.kwargs["column"]] for e in asked]
    frame = pd.read_parquet(path, columns=sorted({c for columns in named for c in columns}))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("transfers")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    given = gx.ExpectationSuite(name="same", expectations=[e.configuration() for e in asked])
    result = batch.validate(given, result_format="BASIC")
    assert result.success, [r.expectation_config for r in result.results if not r.success]
    return len(result.results)


def measure(way: str, path: Path, memory: str) -> dict[str, float]:
    """Run one way in this process and say what it took, imports left out."""
    great_expectations()
    import pandas as pd  # noqa: F401 loaded before the clock starts, for both ways

    before, started = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    match way:
        case "stage":
            checks = by_staging(path, memory)
        case "gate":
            checks = by_judging(path, memory)
        case "pandas":
            checks = by_pandas(path)
        case _:
            checks = by_the_gate(path, memory)
    seconds = time.perf_counter() - before
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "checks": checks,
        "seconds": seconds,
        # What it takes on a machine that does something else besides.
        "cpu_seconds": used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime,
        # ru_maxrss would also count what the parent had.
        "peak_gib": int(re.search(r"VmHWM:\s+(\d+)", STATUS.read_text("ascii"))[1]) / 1024**2,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--pandas-rows", type=int, default=1_000_000)
    parser.add_argument("--memory", default="1GB", help="DuckDB's limit")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        way, path = given.measure
        print(json.dumps(measure(way, Path(path), given.memory)))
        return
    kept = Path(tempfile.gettempdir()) / "flowlake-bench"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as folder:
        os.link(export(kept, given.rows), Path(folder) / f"token_transfers_{given.rows}.csv")
        whole = export_with_blocks(Path(folder), given.rows)
        same = Path(folder) / "transfers.parquet"
        with connect(given.memory, Path(folder) / "spill") as con:
            con.execute(
                f"copy ({ROWS.format(count=given.pandas_rows)}) to '{same}'"
                " (format parquet, compression zstd)"
            )
        took = {
            way: measured(way, path, count, given.memory)
            for way, path, count in (
                ("stage", whole, given.rows),
                ("gate", whole, given.rows),
                ("gate-same", same, given.pandas_rows),
                ("pandas", same, given.pandas_rows),
            )
        }
    for what in ("seconds", "cpu_seconds"):
        share = took["gate"][what] / took["stage"][what]
        faster = took["pandas"][what] / took["gate-same"][what]
        print(
            f"{what}: gate / (fetch + stage) {share:.2f}; pandas / gate, same checks {faster:.1f}"
        )


def measured(way: str, path: Path, count: int, memory: str) -> dict[str, float]:
    """Figures of one way, from a process of its own: each has its own peak memory."""
    command = [sys.executable, __file__, "--memory", memory, "--measure", way, str(path)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    took = json.loads(said.splitlines()[-1])
    print(
        f"{way:10} {took['checks']:3} checks {count:11,} rows {took['seconds']:7.1f} s "
        f"({took['cpu_seconds']:.1f} s of CPU) {count / took['seconds']:12,.0f} rows/s "
        f"{took['peak_gib']:5.2f} GiB",
        flush=True,
    )
    return took


if __name__ == "__main__":
    main()
