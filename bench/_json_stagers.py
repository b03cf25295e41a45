"""Three programs that stage streamed token transfers: flowlake, DuckDB, and Python with pyarrow.

All make ``staged.transfers``, row by row and in the file's order: addresses and hashes proven to be
hex, amounts as exact text and as DECIMAL(38,0) where they fit, mints and burns told apart, times as
instants. DuckDB's JSON reader keeps the digits of whole numbers where a text is asked for. The
others round or give up: polars says ``InvalidNumber`` and pandas ``Value is too big`` of an amount
beyond 64 bits. So who knows no DuckDB reads lines with Python's ``json``, numbers as text.

What only flowlake does: it finds lines that are broken, and keeps each with its reason; DuckDB
stops at the first or leaves them out in silence.
"""

import json
from functools import reduce
from itertools import islice

from bench._stager_rules import PATTERNS, SHARED, ZERO, registered_tokens
from bench._stagers import flowlake

NAMES = (*PATTERNS, "block_timestamp", "block_hash")
_CHUNK = 100_000

_TRANSFERS = """
select
    {shared}, 'ethereum:' || token_address as asset, block_number::bigint as block_number,
    to_timestamp(block_timestamp::bigint) as block_timestamp,
    to_timestamp(block_timestamp::bigint)::date as block_date, block_hash, transaction_hash,
    null::bigint as transaction_index, log_index::bigint as position, 'log' as position_basis,
    null::varchar as trace_address,
    case when from_address = '{zero}' then 'mint' when to_address = '{zero}' then 'burn'
        else 'token' end as kind,
    nullif(from_address, '{zero}') as from_address, nullif(to_address, '{zero}') as to_address,
    value, try_cast(try_cast(value as hugeint) as decimal(38, 0)) as value_d38,
    length(value) > 38 as has_wide_value, token_address as contract,
    from_address <> '{zero}' or to_address <> '{zero}' as is_effective,
    true as is_status_known, true as is_exact, null::boolean as is_owner_known,
    case when token_address in ({registered}) then true end as is_fungible,
    '{name}:' || row_number() over () as record_id
from read_json('{path}', format = 'newline_delimited', columns = {columns})
where {are_sound}
"""


def duckdb(path, out):
    from transforms.engine.duckdb import connect

    transfers = _TRANSFERS.format(
        shared=", ".join(f"'{v}' as {k}" for k, v in SHARED.items()),
        registered=", ".join(f"'{c}'" for c in registered_tokens()),
        name=path.name,
        path=path,
        zero=ZERO,
        columns=dict.fromkeys(NAMES, "VARCHAR"),
        are_sound=" and ".join(f"regexp_full_match({n}, '{p}')" for n, p in PATTERNS.items()),
    )
    con = connect(memory_limit="2GB", spill=out / "spill")
    con.execute("set TimeZone = 'UTC'")
    options = "(format parquet, compression zstd, compression_level 1)"
    rows = con.execute(f"copy ({transfers}) to '{out}/transfers.parquet' {options}").fetchall()
    return rows[0][0]


def python(path, out):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    writer, rows, line, known = None, 0, 1, pa.array(registered_tokens())
    null = pa.scalar(None, pa.string())
    with path.open("rb") as file:
        while lines := list(islice(file, _CHUNK)):
            objects = [json.loads(text, parse_int=str) for text in lines]
            found = {n: pa.array([o[n] for o in objects], pa.string()) for n in NAMES}
            found["line"] = pa.arange(line, line + len(lines)).cast(pa.string())
            line += len(lines)
            good = [pc.match_substring_regex(found[n], rf"\A{p}\z") for n, p in PATTERNS.items()]
            table = pa.table(found).filter(reduce(pc.and_, good))
            size, value = table.num_rows, table["value"]
            from_nobody, to_nobody = (
                pc.equal(table[c], ZERO) for c in ("from_address", "to_address")
            )
            times = table["block_timestamp"].cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
            is_wide = pc.greater(pc.binary_length(value), 38)
            is_known = pc.is_in(table["token_address"], known)
            made = pa.table(
                {
                    **{k: pa.repeat(v, size) for k, v in SHARED.items()},
                    "asset": pc.binary_join_element_wise("ethereum", table["token_address"], ":"),
                    "block_number": table["block_number"].cast(pa.int64()),
                    "block_timestamp": times.cast(pa.timestamp("us", "UTC")),
                    "block_date": times.cast(pa.date32()),
                    "block_hash": table["block_hash"],
                    "transaction_hash": table["transaction_hash"],
                    "transaction_index": pa.nulls(size, pa.int64()),
                    "position": table["log_index"].cast(pa.int64()),
                    "position_basis": pa.repeat("log", size),
                    "trace_address": pa.nulls(size, pa.string()),
                    "kind": pc.case_when(
                        pc.make_struct(from_nobody, to_nobody), "mint", "burn", "token"
                    ),
                    "from_address": pc.if_else(from_nobody, null, table["from_address"]),
                    "to_address": pc.if_else(to_nobody, null, table["to_address"]),
                    "value": value,
                    "value_d38": pc.if_else(is_wide, null, value).cast(pa.decimal128(38, 0)),
                    "has_wide_value": is_wide,
                    "contract": table["token_address"],
                    "is_effective": pc.invert(pc.and_(from_nobody, to_nobody)),
                    "is_status_known": pa.repeat(pa.scalar(True), size),
                    "is_exact": pa.repeat(pa.scalar(True), size),
                    "is_owner_known": pa.nulls(size, pa.bool_()),
                    "is_fungible": pc.if_else(is_known, True, pa.scalar(None, pa.bool_())),
                    "record_id": pc.binary_join_element_wise(path.name, table["line"], ":"),
                }
            )
            writer = writer or pq.ParquetWriter(
                out / "transfers.parquet", made.schema, compression="zstd", compression_level=1
            )
            writer.write_table(made)
            rows += made.num_rows
    writer.close()
    return rows


STAGERS = {f.__name__: f for f in (flowlake, duckdb, python)}
