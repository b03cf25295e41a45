"""Staging of Parquet exports: python -m bench.ingest_parquet [rows | quick] [folder].

BigQuery's token transfers and transactions (NUMERIC amounts, receipts, fees) and cryo's ERC-20
transfers (bytes and 32-byte amounts) are generated once into the folder, else into the system's
temporary one, 1 million rows each; `quick` takes 100,000. Flowlake and DuckDB each run in a process
of their own and do the same: every value checked, addresses and hashes as canonical text, kinds
told apart, amounts as exact text and as DECIMAL(38,0), fees multiplied, bad rows kept out, zstd
Parquet. Flowlake also keeps what it rejects and gives every row its place in the file. DuckDB has
no type for 32-byte amounts that it can write: of cryo it reads the text beside them.
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

import numpy as np  # noqa: E402  (the path comes first)
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.csv as pa_csv  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from bench._stager_rules import ZERO  # noqa: E402
from bench._token_transfers import export  # noqa: E402

ROWS, QUICK = 1_000_000, 100_000
# As many rows as BigQuery and polars put into a row group, about.
GROUP = 250_000
SOURCES = {
    "bigquery_transfers": "bigquery_ethereum",
    "bigquery_transactions": "bigquery_ethereum",
    "cryo": "cryo",
}


def generated(folder, rows):
    """The three exports, from the generated one of ethereum-etl."""
    paths = {name: folder / f"{name}_{rows}.parquet" for name in SOURCES}
    if not all(p.exists() for p in paths.values()):
        text = pa_csv.ConvertOptions(column_types={"value": pa.string()})
        given = pa_csv.read_csv(export(folder, rows), convert_options=text)
        for name, path in paths.items():
            table = {"bigquery_transfers": transfers, "cryo": cryo}.get(name, transactions)(given)
            pq.write_table(table, path.with_suffix(".part"), row_group_size=GROUP)
            path.with_suffix(".part").replace(path)
    return paths


def times(given):
    seconds = pc.add(pc.multiply(given["block_number"], 12), 1_480_000_000)
    return seconds.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "UTC"))


def transfers(given):
    return given.append_column("block_timestamp", times(given)).append_column(
        "block_hash", given["transaction_hash"]
    )


def transactions(given):
    rows = given.num_rows
    rng = np.random.default_rng(1)
    numeric = pa.decimal128(38, 9)
    return pa.table(
        {
            "hash": given["transaction_hash"],
            "nonce": pa.array(np.arange(rows)),
            "transaction_index": given["log_index"],
            "from_address": given["from_address"],
            "to_address": given["to_address"],
            # NUMERIC has room for 29 digits before the point.
            "value": pc.utf8_slice_codeunits(given["value"], 0, 24).cast(numeric),
            "gas_price": pa.array(rng.integers(1, 10**11, rows)),
            "receipt_gas_used": pa.array(rng.integers(21_000, 10**6, rows)),
            "receipt_status": pa.array((rng.random(rows) > 0.02).astype(np.int64)),
            "receipt_effective_gas_price": pa.array(rng.integers(1, 10**11, rows)),
            "block_timestamp": times(given),
            "block_number": given["block_number"],
            "block_hash": given["transaction_hash"],
        }
    )


def cryo(given):
    def raw(column):
        return pa.array([bytes.fromhex(t[2:]) for t in given[column].to_pylist()], pa.binary())

    values = given["value"].to_pylist()
    rows = given.num_rows
    return pa.table(
        {
            "block_number": given["block_number"].cast(pa.uint32()),
            "transaction_index": pc.divide(given["log_index"], 2).cast(pa.uint32()),
            "log_index": given["log_index"].cast(pa.uint32()),
            "transaction_hash": raw("transaction_hash"),
            "erc20": raw("token_address"),
            "from_address": raw("from_address"),
            "to_address": raw("to_address"),
            "value_binary": pa.array([int(v).to_bytes(32, "big") for v in values], pa.binary()),
            "value_string": given["value"],
            "value_f64": given["value"].cast(pa.float64()),
            "chain_id": pa.array(np.ones(rows, np.uint64)),
        }
    )


def flowlake(form, path, out):
    from transforms.engine.duckdb import connect
    from transforms.sources import registry
    from transforms.sources.base import RawFile, RawSet
    from transforms.sources.batch import Batch

    source = registry.source(SOURCES[form])
    file = RawFile(path.name, path, "0" * 64, path.stat().st_size)
    raw = RawSet(source.name, (file,), "0" * 64, None, "none")
    batch = Batch(source, raw, out, lambda: connect(spill=out / "spill"))
    registry.parser(source.name)(raw, batch)
    return batch.close().rows_staged


TOKENS = """
select
    'ethereum' as chain, 'ethereum:' || token as asset, block as block_number, seen, block_hash,
    hash as transaction_hash, log as position, 'log' as position_basis,
    case
        when payer = '{zero}' then 'mint' when payee = '{zero}' then 'burn' else 'token'
    end as kind,
    nullif(payer, '{zero}') as from_address, nullif(payee, '{zero}') as to_address,
    value, try_cast(try_cast(value as hugeint) as decimal(38, 0)) as value_d38,
    length(value) > 38 as has_wide_value, token as contract, true as is_effective
from ({inner})
where
    regexp_full_match(token, '0x[0-9a-f]{{40}}') and regexp_full_match(payer, '0x[0-9a-f]{{40}}')
    and regexp_full_match(payee, '0x[0-9a-f]{{40}}')
    and regexp_full_match(hash, '0x[0-9a-f]{{64}}')
    and regexp_full_match(value, '[0-9]{{1,78}}') and log is not null and block is not null
"""
INNER = {
    "bigquery_transfers": """
        select lower(token_address) as token, lower(from_address) as payer,
            lower(to_address) as payee, lower(transaction_hash) as hash, value,
            log_index as log, block_number as block, block_timestamp as seen,
            lower(block_hash) as block_hash
        from read_parquet('{path}')""",
    "cryo": """
        select '0x' || lower(hex(erc20)) as token, '0x' || lower(hex(from_address)) as payer,
            '0x' || lower(hex(to_address)) as payee, '0x' || lower(hex(transaction_hash)) as hash,
            value_string as value, log_index as log, block_number as block,
            null::timestamp as seen, null::varchar as block_hash
        from read_parquet('{path}') where chain_id = 1""",
}
NATIVE = """
with moved as (
    select lower(hash) as hash, lower(from_address) as payer, lower(to_address) as payee,
        value::decimal(38, 0) as value, receipt_gas_used as gas,
        receipt_effective_gas_price as price, receipt_status as status,
        transaction_index as place, block_number as block, block_timestamp as seen,
        lower(block_hash) as block_hash
    from read_parquet('{path}')
    where
        regexp_full_match(lower(from_address), '0x[0-9a-f]{{40}}')
        and regexp_full_match(lower(to_address), '0x[0-9a-f]{{40}}')
        and regexp_full_match(lower(hash), '0x[0-9a-f]{{64}}') and value is not null
)
select
    'ethereum' as chain, 'ethereum:eth' as asset, block as block_number, seen, block_hash,
    hash as transaction_hash, place as transaction_index, 'native' as kind, payer as from_address,
    payee as to_address, value::varchar as value, value as value_d38, status = 1 as is_effective
from moved
union all
select
    'ethereum', 'ethereum:eth', block, seen, block_hash, hash, place, 'fee', payer, null,
    (gas::hugeint * price)::varchar, (gas::hugeint * price)::decimal(38, 0), true
from moved where gas * price > 0
"""


def duckdb(form, path, out):
    from transforms.engine.duckdb import connect

    if form in INNER:
        sql = TOKENS.format(inner=INNER[form].format(path=path), zero=ZERO)
    else:
        sql = NATIVE.format(path=path)
    copy = f"copy ({sql}) to '{out}/transfers.parquet' (format parquet, compression zstd)"
    written = connect(memory_limit="2GB", spill=out / "spill").execute(copy).fetchall()[0][0]
    return written // 2 if form == "bigquery_transactions" else written


def child(name, form, path, out):
    """Run one contender; prints its figures as JSON."""
    out.mkdir(parents=True)
    for module in ("duckdb", "pyarrow.parquet", f"transforms.sources.{SOURCES[form]}"):
        importlib.import_module(module)  # a second that says nothing of either
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    rows = {"flowlake": flowlake, "duckdb": duckdb}[name](form, path, out)
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    size = sum(f.stat().st_size for f in out.glob("*.parquet"))
    print(json.dumps([rows, seconds, cpu, int(peak[1]) / 1024, size]))


def main(rows, folder):
    for form, path in generated(folder, rows).items():
        print(f"{form}, {rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        cost = {}
        for name in ("flowlake", "duckdb"):
            out = folder / name
            shutil.rmtree(out, ignore_errors=True)
            command = [sys.executable, __file__, "child", name, form, str(path), str(out)]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            shutil.rmtree(out)
            found, seconds, cpu, peak, size = json.loads(said)
            cost[name] = cpu / found * 1e6
            print(
                f"  {name:9} {found:>11,} rows {seconds:6.1f} s"
                f"  cpu {cost[name]:5.1f} s per million  peak {peak:6,.0f} MiB"
                f"  {size / found:5.1f} bytes/row",
                flush=True,
            )
        print(f"  cpu of flowlake / duckdb: {cost['flowlake'] / cost['duckdb']:.2f}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["child", name, form, path, out]:
            child(name, form, Path(path), Path(out))
        case arguments:
            size, where, *_ = [*arguments, *(str(ROWS), tempfile.gettempdir())[len(arguments) :]]
            main(QUICK if size == "quick" else int(size), Path(where) / "flowlake-bench")
