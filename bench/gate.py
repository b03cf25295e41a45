"""Cost of the gate over generated transfers, beside Great Expectations on pandas.

    python bench/gate.py [--rows 10_000_000] [--pandas-rows 1_000_000] [--memory 1GB]

Three measurements, each in a process of its own: the gate with the whole suite of ``ethereum_etl``;
the gate and pandas with the same checks (those that Great Expectations offers on pandas) over the
same rows. Printed are seconds without imports, rows per second, peak memory and the ratio.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from expectations.gate import great_expectations, judge
from expectations.suites import suite_of
from expectations.vocabulary import Suite

TABLE = "staged.transfers"
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


def suite(*, only_pandas: bool) -> Suite:
    """The suite of the export; or what of it Great Expectations offers on pandas."""
    whole = suite_of("ethereum_etl").expectations
    rules = ("unexpected_rows_expectation", "expect_table_columns_to_match_set")
    kept = [e for e in whole if e.table == TABLE and not (only_pandas and e.type in rules)]
    if only_pandas:  # it takes the suite's day for no lower bound of instants
        kept = [e for e in kept if "2009-01-03" not in e.kwargs.values()]
    return Suite("ethereum_etl", tuple(kept))


def by_the_gate(path: Path, memory: str, *, only_pandas: bool) -> int:
    con = connect(memory, path.parent / "spill")
    judgement = judge(
        {TABLE: [str(path)]},
        suite(only_pandas=only_pandas),
        connection=con,
        run_id="bench",
        recorded_at=datetime.now(UTC),
    )
    assert judgement.verdict == "passed", judgement.failures + judgement.warnings
    return len(judgement.results)


def by_pandas(path: Path) -> int:
    import pandas as pd

    gx = great_expectations()
    asked = suite(only_pandas=True).expectations
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
    if way == "pandas":
        checks = by_pandas(path)
    else:
        checks = by_the_gate(path, memory, only_pandas=way == "gate-same")
    seconds = time.perf_counter() - before
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "checks": checks,
        "seconds": seconds,
        # What it takes on a machine that does something else besides.
        "cpu_seconds": used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime,
        "peak_gib": used.ru_maxrss / 1024**2,
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
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for count in {given.rows, given.pandas_rows}:
            files[count] = Path(folder) / f"transfers.{count}.parquet"
            con = connect(given.memory, Path(folder) / "spill")
            con.execute(
                f"copy ({ROWS.format(count=count)}) to '{files[count]}'"
                " (format parquet, compression zstd)"
            )
            con.close()
        speed = {}
        for way, count in (
            ("gate", given.rows),
            ("gate-same", given.pandas_rows),
            ("pandas", given.pandas_rows),
        ):
            command = [sys.executable, __file__, "--memory", given.memory, "--measure", way]
            said = subprocess.run(
                [*command, str(files[count])], check=True, capture_output=True, text=True
            ).stdout
            took = json.loads(said.splitlines()[-1])
            speed[way] = count / took["seconds"]
            print(
                f"{way:10} {took['checks']:3} checks {count:11,} rows {took['seconds']:7.1f} s "
                f"({took['cpu_seconds']:.1f} s of CPU) "
                f"{speed[way]:12,.0f} rows/s {took['peak_gib']:5.2f} GiB"
            )
        print(f"gate / pandas, same checks and rows: {speed['gate-same'] / speed['pandas']:.1f} ×")


if __name__ == "__main__":
    main()
