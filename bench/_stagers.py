"""Five programs that stage an export of token transfers: flowlake and its peers.

Each takes a path and an empty folder, writes ``transfers.parquet`` and ``rejects.parquet`` there
and returns the number of transfers. All make the same two tables, row by row and in the file's
order (``bench/ingest_transfers.py`` compares them):

* transfers: all columns of ``staged.transfers``. Addresses and hashes in lower case and proven to
  be hex, amounts as exact text without leading zeros, at most 2^256 - 1, and as DECIMAL(38,0) where
  they fit, else flagged; mints and burns told apart and the zero address null; the asset's id;
  whether a token of the bundled registry moved; source, batch, hash of the raw file and, for every
  row, file and line;
* rejects: line, and the first column that is wrong, of every record that is none of these.

All write zstd Parquet at level 1, on which hex packs better and faster than on level 3.

What only flowlake does: it proves the bytes to be regular text with one record per line before it
trusts a reader, takes files apart that are not, keeps a reject's text and what was expected, keeps
books of blocks and hashes its output; it accepts further spellings of addresses, which this export
has none of. The peers trust their CSV reader to count lines. DuckDB reads the file a second time
for the rejects, since one COPY has one target; polars does both in one streaming pass, in two where
memory would not do; pyarrow and pandas go through the file in chunks, pandas with regular
expressions in Python.
"""

from bench._frame_stagers import pandas, polars, pyarrow
from bench._stager_rules import CHECKED, MAX_UINT256, PATTERNS, SHARED, ZERO, registered_tokens
from bench._token_transfers import NAMES


def flowlake(path, out):
    from transforms.engine.duckdb import connect
    from transforms.sources import ethereum_etl
    from transforms.sources.base import RawFile, RawSet
    from transforms.sources.batch import Batch

    file = RawFile(path.name, path, SHARED["raw_sha256"], path.stat().st_size)
    raw = RawSet("ethereum_etl", (file,), SHARED["raw_sha256"], None, "none")
    batch = Batch(ethereum_etl.SOURCE, raw, out, lambda: connect(spill=out / "spill"))
    ethereum_etl.parse(raw, batch)
    return batch.close().rows_staged


_CLEANED = """
from (
    select
        row_number() over () + 1 as line, lower(token_address) as token_address,
        lower(from_address) as from_address, lower(to_address) as to_address,
        lower(transaction_hash) as transaction_hash, value, log_index, block_number
    from read_csv(
        '{path}', columns = {columns}, header = true, auto_detect = false, strict_mode = true
    )
)
"""
_FIRST_FAULT = " ".join(
    f"when not coalesce(regexp_full_match({name}, '{PATTERNS[name]}'), false)"
    + (f" or (length(value) = 78 and value > '{MAX_UINT256}')" if name == "value" else "")
    + f" then '{name}'"
    for name in CHECKED
)
_TRANSFERS = """
select
    {shared}, 'ethereum:' || token_address as asset, block_number::bigint as block_number,
    null::timestamptz as block_timestamp, null::date as block_date, null::varchar as block_hash,
    transaction_hash, null::bigint as transaction_index, log_index::bigint as position,
    'log' as position_basis, null::varchar as trace_address,
    case
        when from_address = '{zero}' and to_address = '{zero}' then 'token'
        when from_address = '{zero}' then 'mint'
        when to_address = '{zero}' then 'burn'
        else 'token'
    end as kind,
    nullif(from_address, '{zero}') as from_address, nullif(to_address, '{zero}') as to_address,
    digits as value,
    try_cast(try_cast(digits as hugeint) as decimal(38, 0)) as value_d38,
    length(digits) > 38 as has_wide_value, token_address as contract,
    not (from_address = '{zero}' and to_address = '{zero}') as is_effective,
    true as is_status_known, true as is_exact, null::boolean as is_owner_known,
    case when token_address in ({registered}) then true end as is_fungible,
    '{name}:' || line as record_id
from (
    select *, case when value[1] <> '0' then value else coalesce(nullif(ltrim(value, '0'), ''), '0')
        end as digits
    {cleaned} where case {first_fault} end is null
)
"""


def duckdb(path, out):
    from transforms.engine.duckdb import connect

    cleaned = _CLEANED.format(path=path, columns=dict.fromkeys(NAMES, "VARCHAR"))
    transfers = _TRANSFERS.format(
        shared=", ".join(f"'{v}' as {k}" for k, v in SHARED.items()),
        registered=", ".join(f"'{c}'" for c in registered_tokens()),
        name=path.name,
        zero=ZERO,
        cleaned=cleaned,
        first_fault=_FIRST_FAULT,
    )
    rejects = f"select line, case {_FIRST_FAULT} end as reason {cleaned} where reason is not null"
    con = connect(memory_limit="2GB", spill=out / "spill")
    options = "(format parquet, compression zstd, compression_level 1)"
    rows = con.execute(f"copy ({transfers}) to '{out}/transfers.parquet' {options}").fetchall()
    con.execute(f"copy ({rejects}) to '{out}/rejects.parquet' {options}")
    return rows[0][0]


STAGERS = {f.__name__: f for f in (flowlake, duckdb, pyarrow, polars, pandas)}
