"""Five programs that stage an export of token transfers: flowlake and its peers.

Each takes a path and an empty folder, writes zstd Parquet there and returns its rows. All do the
same: every value checked, addresses and hashes in lower case, kinds told apart, amounts as exact
text and as DECIMAL(38,0), bad rows kept out. Flowlake also screens the file's bytes, keeps what it
rejects and gives every row its line; the others trust their CSV reader.
"""

from bench._token_transfers import NAMES

ZERO = "0x" + "0" * 40
ADDRESSES = ("token_address", "from_address", "to_address")
# pandas takes minutes for what the others do in seconds; its speed does not depend on the size.
PANDAS_ROWS = 1_000_000
_CHUNK = 100_000
_BLOCK_BYTES = 16 << 20


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


_SQL = """
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
    sql = _SQL.format(path=path, out=out, columns=columns, zero=ZERO)
    return connect(memory_limit="2GB", spill=out / "spill").execute(sql).fetchall()[0][0]


def pyarrow(path, out):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    reader = pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
        convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(NAMES, pa.string())),
    )
    writer, rows = None, 0
    for batch in reader:
        found = {n: batch.column(n) for n in NAMES}
        for name in (*ADDRESSES, "transaction_hash"):
            found[name] = pc.utf8_lower(found[name])
        is_good = pc.match_substring_regex(found["value"], r"\A[0-9]{1,78}\z")
        for name in (*ADDRESSES, "transaction_hash"):
            digits = 64 if name == "transaction_hash" else 40
            pattern = rf"\A0x[0-9a-f]{{{digits}}}\z"
            is_good = pc.and_(is_good, pc.match_substring_regex(found[name], pattern))
        for name in ("log_index", "block_number"):
            is_good = pc.and_(is_good, pc.match_substring_regex(found[name], r"\A[0-9]{1,18}\z"))
        table = pa.table(found).filter(is_good)
        payer, payee, value = table["from_address"], table["to_address"], table["value"]
        is_wide = pc.greater(pc.utf8_length(value), 38)
        null = pa.scalar(None, pa.string())
        is_mint, is_burn = pc.equal(payer, ZERO), pc.equal(payee, ZERO)
        made = pa.table(
            {
                "chain": pa.array(["ethereum"] * len(table)),
                "asset": pc.binary_join_element_wise("ethereum", table["token_address"], ":"),
                "block_number": table["block_number"].cast(pa.int64()),
                "transaction_hash": table["transaction_hash"],
                "position": table["log_index"].cast(pa.int64()),
                "kind": pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token")),
                "from_address": pc.if_else(is_mint, null, payer),
                "to_address": pc.if_else(is_burn, null, payee),
                "value": value,
                "value_d38": pc.if_else(is_wide, null, value).cast(pa.decimal128(38, 0)),
                "has_wide_value": is_wide,
                "contract": table["token_address"],
            }
        )
        writer = writer or pq.ParquetWriter(
            out / "transfers.parquet", made.schema, compression="zstd"
        )
        writer.write_table(made)
        rows += made.num_rows
    writer.close()
    return rows


def polars(path, out):
    import polars as pl

    address, hash_ = r"\A0x[0-9a-f]{40}\z", r"\A0x[0-9a-f]{64}\z"
    lowered = [pl.col(n).str.to_lowercase() for n in (*ADDRESSES, "transaction_hash")]
    is_good = [pl.col(n).str.contains(address) for n in ADDRESSES]
    is_mint, is_burn = pl.col("from_address") == ZERO, pl.col("to_address") == ZERO
    value = pl.col("value")
    query = (
        pl.scan_csv(path, schema=dict.fromkeys(NAMES, pl.String))
        .with_columns(
            *lowered,
            pl.col("log_index").cast(pl.Int64, strict=False),
            pl.col("block_number").cast(pl.Int64, strict=False),
        )
        .filter(
            *is_good,
            pl.col("transaction_hash").str.contains(hash_),
            value.str.contains(r"\A[0-9]{1,78}\z"),
            pl.col("log_index").is_not_null(),
            pl.col("block_number").is_not_null(),
        )
        .select(
            pl.lit("ethereum").alias("chain"),
            (pl.lit("ethereum:") + pl.col("token_address")).alias("asset"),
            "block_number",
            "transaction_hash",
            pl.col("log_index").alias("position"),
            pl.when(is_mint)
            .then(pl.lit("mint"))
            .when(is_burn)
            .then(pl.lit("burn"))
            .otherwise(pl.lit("token"))
            .alias("kind"),
            pl.when(~is_mint).then(pl.col("from_address")).alias("from_address"),
            pl.when(~is_burn).then(pl.col("to_address")).alias("to_address"),
            "value",
            value.cast(pl.Decimal(38, 0), strict=False).alias("value_d38"),
            (value.str.len_bytes() > 38).alias("has_wide_value"),
            pl.col("token_address").alias("contract"),
        )
    )
    query.sink_parquet(out / "transfers.parquet", compression="zstd")
    return pl.scan_parquet(out / "transfers.parquet").select(pl.len()).collect().item()


def pandas(path, out):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, rows = None, 0
    for frame in pd.read_csv(
        path, dtype=str, keep_default_na=False, chunksize=_CHUNK, nrows=PANDAS_ROWS
    ):
        is_good = frame["value"].str.fullmatch("[0-9]{1,78}")
        for name in (*ADDRESSES, "transaction_hash"):
            frame[name] = frame[name].str.lower()
            digits = 64 if name == "transaction_hash" else 40
            is_good &= frame[name].str.fullmatch(f"0x[0-9a-f]{{{digits}}}")
        good = frame[is_good].copy()
        good["position"] = pd.to_numeric(good.pop("log_index"))
        good["block_number"] = pd.to_numeric(good["block_number"])
        good["asset"] = "ethereum:" + good["token_address"]
        good["kind"] = "token"
        good.loc[good["to_address"] == ZERO, "kind"] = "burn"
        good.loc[good["from_address"] == ZERO, "kind"] = "mint"
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


STAGERS = {f.__name__: f for f in (flowlake, duckdb, pyarrow, polars, pandas)}
