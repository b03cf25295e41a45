"""Staging of token transfers: python -m bench.ingest_transfers [rows | quick] [folder].

A generated ethereum-etl export (230 bytes a row, 2.3 GB at the default 10 million rows; `quick`
takes 300,000) is written once into the folder, else into the system's temporary one. Flowlake,
DuckDB and pandas each run in a process of their own and do the same: every value checked, addresses
and hashes in lower case, amounts as exact text and as DECIMAL(38,0), bad rows kept out, zstd
Parquet. Flowlake also screens the file's bytes and gives every row its line; the others trust
their CSV reader. Not measured: the gate, and the raw file's hash, which fetching takes.
"""

import importlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

ROWS, QUICK = 10_000_000, 300_000
CHUNK = 500_000
# pandas takes minutes for what the others do in seconds; its speed does not depend on the size.
PANDAS_ROWS = 1_000_000
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
NAMES = [
    "token_address",
    "from_address",
    "to_address",
    "value",
    "transaction_hash",
    "log_index",
    "block_number",
]


def hexes(rng, rows, size):
    """Random 0x… texts of that many bytes."""
    raw = rng.integers(0, 256, (rows, size), np.uint8)
    text = np.empty((rows, 2 + 2 * size), np.uint8)
    text[:, 0], text[:, 1] = ord("0"), ord("x")
    text[:, 2::2], text[:, 3::2] = HEX[raw >> 4], HEX[raw & 15]
    offsets = np.arange(0, (rows + 1) * (2 + 2 * size), 2 + 2 * size, np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))


def generate(path, rows):
    """Blocks of 200 logs, two logs a transaction; tokens and accounts by a power law."""
    rng = np.random.default_rng(20250827)
    accounts, tokens = hexes(rng, 400_000, 20), hexes(rng, 5_000, 20)
    schema = pa.schema([(n, pa.string()) for n in NAMES])
    options = pa_csv.WriteOptions(quoting_style="none")
    with pa_csv.CSVWriter(path, schema, write_options=options) as writer:
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            who = [
                (len(pool) * rng.random(size) ** 3).astype(np.int64)
                for pool in (tokens, accounts, accounts)
            ]
            values = pa.array(rng.integers(1, 10**15, size)).cast(pa.string())
            zeros = pa.array(["0" * n for n in range(16)]).take(pa.array(rng.integers(0, 16, size)))
            numbers = np.arange(start, start + size)
            columns = [
                tokens.take(who[0]),
                accounts.take(who[1]),
                accounts.take(who[2]),
                pa.compute.binary_join_element_wise(values, zeros, ""),
                hexes(rng, (size + 1) // 2, 32).take(pa.array(np.arange(size) // 2)),
                pa.array(numbers % 200).cast(pa.string()),
                pa.array(17_000_000 + numbers // 200).cast(pa.string()),
            ]
            writer.write_table(pa.table(columns, schema=schema))


def flowlake(path, out):
    from transforms.engine.duckdb import connect
    from transforms.sources import ethereum_etl
    from transforms.sources.base import RawFile, RawSet
    from transforms.sources.batch import Batch

    file = RawFile(path.name, path, "0" * 64, path.stat().st_size)
    raw = RawSet("ethereum_etl", (file,), "0" * 64, None, "none")
    batch = Batch(ethereum_etl.SOURCE, raw, out, lambda: connect(spill=out / "spill"))
    ethereum_etl.parse(raw, batch)
    return batch.close().rows_staged


SQL = """
copy (
    select
        'ethereum' as chain, 'ethereum:' || token as asset, block as block_number,
        hash as transaction_hash, log as position, 'log' as position_basis,
        case
            when payer = '{zero}' then 'mint' when payee = '{zero}' then 'burn' else 'token'
        end as kind,
        nullif(payer, '{zero}') as from_address, nullif(payee, '{zero}') as to_address,
        value, try_cast(try_cast(value as hugeint) as decimal(38, 0)) as value_d38,
        length(value) > 38 as has_wide_value, token as contract, true as is_effective
    from (
        select
            lower(token_address) as token, lower(from_address) as payer,
            lower(to_address) as payee, lower(transaction_hash) as hash, value,
            try_cast(log_index as bigint) as log, try_cast(block_number as bigint) as block
        from read_csv(
            '{path}', columns = {columns}, header = true, auto_detect = false,
            strict_mode = true, store_rejects = true
        )
    )
    where
        regexp_full_match(token, '0x[0-9a-f]{{40}}')
        and regexp_full_match(payer, '0x[0-9a-f]{{40}}')
        and regexp_full_match(payee, '0x[0-9a-f]{{40}}')
        and regexp_full_match(hash, '0x[0-9a-f]{{64}}')
        and regexp_full_match(value, '[0-9]{{1,78}}')
        and log is not null and block is not null
) to '{out}/transfers.parquet' (format parquet, compression zstd)
"""


def duckdb(path, out):
    from transforms.engine.duckdb import connect

    columns = dict.fromkeys(NAMES, "VARCHAR")
    sql = SQL.format(path=path, out=out, columns=columns, zero="0x" + "0" * 40)
    return connect(memory_limit="2GB", spill=out / "spill").execute(sql).fetchall()[0][0]


def pandas(path, out):
    import pandas as pd
    import pyarrow.parquet as pq

    writer, rows = None, 0
    for frame in pd.read_csv(
        path, dtype=str, keep_default_na=False, chunksize=CHUNK // 5, nrows=PANDAS_ROWS
    ):
        is_good = frame["value"].str.fullmatch("[0-9]{1,78}")
        for name in ("token_address", "from_address", "to_address", "transaction_hash"):
            frame[name] = frame[name].str.lower()
            digits = 64 if name == "transaction_hash" else 40
            is_good &= frame[name].str.fullmatch(f"0x[0-9a-f]{{{digits}}}")
        good = frame[is_good].copy()
        good["position"] = pd.to_numeric(good.pop("log_index"))
        good["block_number"] = pd.to_numeric(good["block_number"])
        good["asset"] = "ethereum:" + good["token_address"]
        zero = "0x" + "0" * 40
        good["kind"] = "token"
        good.loc[good["to_address"] == zero, "kind"] = "burn"
        good.loc[good["from_address"] == zero, "kind"] = "mint"
        good["has_wide_value"] = good["value"].str.len() > 38
        table = pa.Table.from_pandas(good, preserve_index=False)
        exact = pa.compute.cast(table["value"], pa.decimal128(38, 0))
        table = table.append_column("value_d38", exact)
        writer = writer or pq.ParquetWriter(
            out / "transfers.parquet", table.schema, compression="zstd"
        )
        writer.write_table(table)
        rows += table.num_rows
    writer.close()
    return rows


def child(name, path, out):
    """Run one contender; prints its figures as JSON."""
    out.mkdir(parents=True)
    for module in ("duckdb", "pandas", "pyarrow.parquet", "transforms.sources.ethereum_etl"):
        importlib.import_module(module)  # a second that says nothing of any of them
    start = time.perf_counter()
    rows = {"flowlake": flowlake, "duckdb": duckdb, "pandas": pandas}[name](path, out)
    found = {"rows": rows, "seconds": time.perf_counter() - start}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    found["cpu"] = usage.ru_utime + usage.ru_stime
    found["peak"] = usage.ru_maxrss / 1024
    found["size"] = sum(f.stat().st_size for f in out.glob("*.parquet"))
    print(json.dumps(found))


def run(*arguments):
    """This program in a process of its own, so that each has its own peak memory."""
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(rows, folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"token_transfers_{rows}.csv"
    if not path.exists():
        start = time.perf_counter()
        run("generate", path.with_suffix(".part"), rows)
        path.with_suffix(".part").replace(path)
        seconds = time.perf_counter() - start
        print(f"generated {path.stat().st_size / 1e9:.2f} GB in {seconds:.0f} s")
    speeds = {}
    for name in ("flowlake", "duckdb", "pandas"):
        out = folder / name
        shutil.rmtree(out, ignore_errors=True)
        found = json.loads(run("child", name, path, out))
        shutil.rmtree(out)
        speeds[name] = found["rows"] / found["seconds"]
        print(
            f"{name:9} {found['rows']:>11,} rows {found['seconds']:7.1f} s"
            f" {speeds[name]:>10,.0f} rows/s  cpu {found['cpu']:6.1f} s"
            f"  peak {found['peak']:6,.0f} MiB  {found['size'] / found['rows']:5.1f} bytes/row"
        )
    for name in ("duckdb", "pandas"):
        print(f"flowlake / {name}: {speeds['flowlake'] / speeds[name]:.2f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["generate", path, rows]:
            generate(path, int(rows))
        case ["child", name, path, out]:
            child(name, Path(path), Path(out))
        case arguments:
            size, where, *_ = [*arguments, *(str(ROWS), tempfile.gettempdir())[len(arguments) :]]
            main(QUICK if size == "quick" else int(size), Path(where) / "flowlake-bench")
