"""Three of the programs of ``bench/_stagers.py``: those that go through the file in data frames."""

from bench._stager_rules import (
    ADDRESSES,
    CHECKED,
    FLAGS,
    HASH,
    MAX_UINT256,
    PANDAS_ROWS,
    PATTERNS,
    SHARED,
    ZERO,
    registered_tokens,
)
from bench._token_transfers import NAMES

# polars holds most of what one of two sinks has not taken yet: 6.6 GB of memory for 2.3 GB of CSV.
_ONE_PASS_BYTES = 4_000_000_000
_CHUNK = 100_000
_BLOCK_BYTES = 16 << 20


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
    null, known = pa.scalar(None, pa.string()), pa.array(registered_tokens())
    writer, rows, line, refused = None, 0, 2, []
    for batch in reader:
        found = {n: batch.column(n) for n in NAMES}
        found["line"] = pa.arange(line, line + batch.num_rows)
        line += batch.num_rows
        for name in (*ADDRESSES, HASH):
            found[name] = pc.utf8_lower(found[name])
        fault = pa.nulls(batch.num_rows, pa.string())
        for name in reversed(CHECKED):
            is_good = pc.match_substring_regex(found[name], rf"\A{PATTERNS[name]}\z")
            if name == "value":
                is_long = pc.equal(pc.binary_length(found[name]), len(MAX_UINT256))
                is_above = pc.and_(is_long, pc.greater(found[name], MAX_UINT256))
                is_good = pc.and_not(is_good, is_above)
            fault = pc.if_else(is_good, fault, name)
        is_good = fault.is_null()
        table = pa.table(found | {"reason": fault})
        if not pc.all(is_good).as_py():
            refused.append(table.filter(pc.invert(is_good)).select(["line", "reason"]))
            table = table.filter(is_good)
        size, payer, payee = table.num_rows, table["from_address"], table["to_address"]
        value = table["value"]
        if pc.any(pc.starts_with(value, "0")).as_py():
            value = pc.utf8_ltrim(value, "0")
            value = pc.if_else(pc.equal(value, ""), "0", value)
        is_wide = pc.greater(pc.binary_length(value), 38)
        from_nobody, to_nobody = pc.equal(payer, ZERO), pc.equal(payee, ZERO)
        is_effective = pc.invert(pc.and_(from_nobody, to_nobody))
        is_mint, is_burn = pc.and_(is_effective, from_nobody), pc.and_(is_effective, to_nobody)
        is_known = pc.is_in(table["token_address"], known)
        made = pa.table(
            {
                **{k: pa.repeat(v, size) for k, v in SHARED.items()},
                **{k: pa.repeat(pa.scalar(v), size) for k, v in FLAGS.items()},
                "asset": pc.binary_join_element_wise("ethereum", table["token_address"], ":"),
                "block_number": table["block_number"].cast(pa.int64()),
                "block_timestamp": pa.nulls(size, pa.timestamp("us", "UTC")),
                "block_date": pa.nulls(size, pa.date32()),
                "block_hash": pa.nulls(size, pa.string()),
                "transaction_hash": table[HASH],
                "transaction_index": pa.nulls(size, pa.int64()),
                "position": table["log_index"].cast(pa.int64()),
                "position_basis": pa.repeat("log", size),
                "trace_address": pa.nulls(size, pa.string()),
                "kind": pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token")),
                "from_address": pc.if_else(from_nobody, null, payer),
                "to_address": pc.if_else(to_nobody, null, payee),
                "value": value,
                "value_d38": pc.if_else(is_wide, null, value).cast(pa.decimal128(38, 0)),
                "has_wide_value": is_wide,
                "contract": table["token_address"],
                "is_effective": is_effective,
                "is_owner_known": pa.nulls(size, pa.bool_()),
                "is_fungible": pc.if_else(is_known, True, pa.scalar(None, pa.bool_())),
                "record_id": pc.binary_join_element_wise(
                    path.name, table["line"].cast(pa.string()), ":"
                ),
            }
        )
        writer = writer or pq.ParquetWriter(
            out / "transfers.parquet", made.schema, compression="zstd", compression_level=1
        )
        writer.write_table(made)
        rows += made.num_rows
    writer.close()
    if refused:
        pq.write_table(pa.concat_tables(refused), out / "rejects.parquet")
    return rows


def polars(path, out):
    import polars as pl

    fault = pl
    for name in CHECKED:
        is_wrong = ~pl.col(name).str.contains(rf"\A{PATTERNS[name]}\z")
        if name == "value":
            is_long = pl.col(name).str.len_bytes() == len(MAX_UINT256)
            is_wrong |= is_long & (pl.col(name) > MAX_UINT256)
        fault = fault.when(is_wrong.fill_null(True)).then(pl.lit(name))
    from_nobody, to_nobody = pl.col("from_address") == ZERO, pl.col("to_address") == ZERO
    is_effective = ~(from_nobody & to_nobody)
    digits = pl.col("value").str.strip_chars_start("0")
    digits = (
        pl.when(~pl.col("value").str.starts_with("0"))
        .then(pl.col("value"))
        .when(digits == "")
        .then(pl.lit("0"))
        .otherwise(digits)
    )
    read = (
        pl.scan_csv(
            path,
            schema=dict.fromkeys(NAMES, pl.String),
            row_index_name="line",
            row_index_offset=2,
        )
        .with_columns(pl.col(n).str.to_lowercase() for n in (*ADDRESSES, HASH))
        .with_columns(fault.otherwise(None).alias("reason"))
    )
    transfers = (
        read.filter(pl.col("reason").is_null())
        .with_columns(digits.alias("value"))
        .select(
            *(pl.lit(v).alias(k) for k, v in (SHARED | FLAGS).items()),
            (pl.lit("ethereum:") + pl.col("token_address")).alias("asset"),
            pl.col("block_number").cast(pl.Int64),
            pl.lit(None, pl.Datetime("us", "UTC")).alias("block_timestamp"),
            pl.lit(None, pl.Date).alias("block_date"),
            pl.lit(None, pl.String).alias("block_hash"),
            HASH,
            pl.lit(None, pl.Int64).alias("transaction_index"),
            pl.col("log_index").cast(pl.Int64).alias("position"),
            pl.lit("log").alias("position_basis"),
            pl.lit(None, pl.String).alias("trace_address"),
            pl.when(is_effective & from_nobody)
            .then(pl.lit("mint"))
            .when(is_effective & to_nobody)
            .then(pl.lit("burn"))
            .otherwise(pl.lit("token"))
            .alias("kind"),
            pl.when(~from_nobody).then(pl.col("from_address")).alias("from_address"),
            pl.when(~to_nobody).then(pl.col("to_address")).alias("to_address"),
            "value",
            pl.when(pl.col("value").str.len_bytes() <= 38)
            .then(pl.col("value"))
            .cast(pl.Decimal(38, 0))
            .alias("value_d38"),
            (pl.col("value").str.len_bytes() > 38).alias("has_wide_value"),
            pl.col("token_address").alias("contract"),
            is_effective.alias("is_effective"),
            pl.lit(None, pl.Boolean).alias("is_owner_known"),
            pl.when(pl.col("token_address").is_in(registered_tokens()))
            .then(True)
            .alias("is_fungible"),
            (pl.lit(f"{path.name}:") + pl.col("line").cast(pl.String)).alias("record_id"),
        )
    )
    rejects = read.filter(pl.col("reason").is_not_null()).select("line", "reason")
    packed = {"compression": "zstd", "compression_level": 1, "lazy": True}
    sinks = [
        transfers.sink_parquet(out / "transfers.parquet", **packed),
        rejects.sink_parquet(out / "rejects.parquet", **packed),
    ]
    for together in [sinks] if path.stat().st_size < _ONE_PASS_BYTES else [[s] for s in sinks]:
        pl.collect_all(together, engine="streaming")
    return pl.scan_parquet(out / "transfers.parquet").select(pl.len()).collect().item()


def pandas(path, out):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    known = set(registered_tokens())
    writer, rows, line, refused = None, 0, 2, []
    for frame in pd.read_csv(
        path, dtype=str, keep_default_na=False, chunksize=_CHUNK, nrows=PANDAS_ROWS
    ):
        frame["line"] = range(line, line + len(frame))
        line += len(frame)
        for name in (*ADDRESSES, HASH):
            frame[name] = frame[name].str.lower()
        frame["reason"] = pd.Series(None, frame.index, dtype="str")
        for name in reversed(CHECKED):
            is_good = frame[name].str.fullmatch(PATTERNS[name])
            if name == "value":
                is_good &= ~((frame[name].str.len() == 78) & (frame[name] > MAX_UINT256))
            frame.loc[~is_good, "reason"] = name
        refused.append(frame.loc[frame["reason"].notna(), ["line", "reason"]])
        good = frame[frame["reason"].isna()].drop(columns="reason")
        good = good.assign(**SHARED, **FLAGS, position_basis="log", kind="token")
        good["position"] = pd.to_numeric(good.pop("log_index"))
        good["block_number"] = pd.to_numeric(good["block_number"])
        good["asset"] = "ethereum:" + good["token_address"]
        good["record_id"] = f"{path.name}:" + good.pop("line").astype(str)
        from_nobody, to_nobody = good["from_address"] == ZERO, good["to_address"] == ZERO
        good["is_effective"] = ~(from_nobody & to_nobody)
        good.loc[from_nobody & ~to_nobody, "kind"] = "mint"
        good.loc[to_nobody & ~from_nobody, "kind"] = "burn"
        good.loc[from_nobody, "from_address"] = None
        good.loc[to_nobody, "to_address"] = None
        starts_zero = good["value"].str.startswith("0")
        stripped = good.loc[starts_zero, "value"].str.lstrip("0").replace("", "0")
        good.loc[starts_zero, "value"] = stripped
        good["has_wide_value"] = good["value"].str.len() > 38
        good["is_fungible"] = (
            good["token_address"].isin(known).astype("boolean").replace(False, pd.NA)
        )
        good = good.rename(columns={"token_address": "contract"})
        table = pa.Table.from_pandas(good, preserve_index=False)
        narrow = table["value"].to_pandas().where(~good["has_wide_value"].to_numpy(), None)
        exact = pa.array(narrow, pa.string()).cast(pa.decimal128(38, 0))
        table = table.append_column("value_d38", exact)
        for name, kind in (
            ("block_timestamp", pa.timestamp("us", "UTC")),
            ("block_date", pa.date32()),
            ("block_hash", pa.string()),
            ("transaction_index", pa.int64()),
            ("trace_address", pa.string()),
            ("is_owner_known", pa.bool_()),
        ):
            table = table.append_column(name, pa.nulls(table.num_rows, kind))
        writer = writer or pq.ParquetWriter(
            out / "transfers.parquet", table.schema, compression="zstd", compression_level=1
        )
        writer.write_table(table)
        rows += table.num_rows
    writer.close()
    pd.concat(refused).to_parquet(out / "rejects.parquet")
    return rows
