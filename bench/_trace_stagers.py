"""Three programs that stage Parity's traces: flowlake, DuckDB and polars.

All make the same two tables, row by row and in the file's order: ``staged.transfers`` with each
trace's place in its transaction, depth first, root calls as the transaction's own value, rewards
counted in their block and calls that lend code without effect; and rejects, with the first column
that is wrong. DuckDB and polars sort traces by addresses whose numbers are padded, as flowlake
does, and back into the file's order; DuckDB reads the file again for the rejects.
"""

from bench._stager_rules import FLAGS, MAX_UINT256, SHARED, ZERO
from bench._stagers import flowlake
from bench._traces import NAMES

_ADDRESS, _HASH, _WHOLE = "0x[0-9a-f]{40}", "(0x[0-9a-f]{64})?", "[0-9]{1,18}"
_TYPES = {"selfdestruct": "suicide", "create2": "create"}
_KNOWN = ("call", "create", "suicide", "reward", "genesis", "daofork")
_LENDING = ("delegatecall", "staticcall", "callcode")
_NULLS = {
    "block_timestamp": "timestamptz",
    "block_date": "date",
    "block_hash": "varchar",
    "contract": "varchar",
    "is_owner_known": "boolean",
}
_PACKED = "(format parquet, compression zstd, compression_level 1)"

_READ = """
from (
    select
        *, row_number() over () + 1 as line, lower(from_address) as payer,
        lower(to_address) as payee, lower(transaction_hash) as hash,
        trim(trace_address, '[] ') as path,
        case trace_type when 'selfdestruct' then 'suicide' when 'create2' then 'create'
            else trace_type end as type,
        coalesce(nullif(ltrim(value, '0'), ''), '0') as digits
    from read_csv(
        '{path}', columns = {columns}, header = true, auto_detect = false, quote = '"',
        force_not_null = {names}
    )
)
"""
_FAULT = f"""
case
    when type not in {_KNOWN} then 'trace_type'
    when not regexp_full_match(block_number, '{_WHOLE}') then 'block_number'
    when not regexp_full_match(value, '[0-9]{{1,78}}')
        or (length(value) = 78 and value > '{MAX_UINT256}') then 'value'
    when not regexp_full_match(payer, '({_ADDRESS})?') then 'from_address'
    when not regexp_full_match(payee, '({_ADDRESS})?') then 'to_address'
    when status not in ('', '0', '1') then 'status'
    when payer = '' and type not in ('reward', 'genesis') then 'from_address'
    when payee = '' and status <> '0' and error = '' and digits <> '0' then 'to_address'
    when not regexp_full_match(path, '([0-9]{{1,9}}(,[0-9]{{1,9}})*)?') then 'trace_address'
    when not regexp_full_match(transaction_index, '({_WHOLE})?') then 'transaction_index'
    when not regexp_full_match(hash, '{_HASH}') then 'transaction_hash'
end
"""
_PLACED = f"""
select
    *, index is not null and path = '' and type in ('call', 'create') as is_root,
    case
        when index is null then row_number() over (
            partition by block_number, index
            order by
                type, reward_type, nullif(payee, '{ZERO}') nulls first, length(digits), digits, line
        ) - 1
        else dense_rank() over (partition by block_number, index order by padded) - 1
    end as place
from (
    select
        * exclude (block_number), block_number::bigint as block_number,
        nullif(transaction_index, '')::bigint as index,
        case when path = '' then '' else array_to_string(
            list_transform(string_split(path, ','), x -> lpad(x, 9, '0')), ''
        ) end as padded
    {{read}} where {_FAULT} is null
)
"""
_TRANSFERS = f"""
select
    {", ".join(f"'{v}' as {k}" for k, v in SHARED.items())},
    {", ".join(f"null::{v} as {k}" for k, v in _NULLS.items())},
    'ethereum:eth' as asset, block_number, nullif(hash, '') as transaction_hash,
    index as transaction_index, case when is_root then index else place end as position,
    case when is_root then 'transaction' else 'trace' end as position_basis,
    case when index is not null then nullif(path, '') end as trace_address,
    case when is_root then 'native' when type = 'reward' then 'reward'
        when type = 'genesis' then 'mint' else 'internal' end as kind,
    nullif(nullif(payer, ''), '{ZERO}') as from_address,
    nullif(nullif(payee, ''), '{ZERO}') as to_address, digits as value,
    try_cast(try_cast(digits as hugeint) as decimal(38, 0)) as value_d38,
    length(digits) > 38 as has_wide_value,
    status <> '0' and (is_root or digits <> '0')
    and not (type = 'call' and call_type in {_LENDING}) as is_effective,
    true as is_status_known, true as is_exact, true as is_fungible,
    '{{name}}:' || line as record_id
from ({_PLACED}) order by line
"""


def duckdb(path, out):
    from transforms.engine.duckdb import connect

    read = _READ.format(path=path, columns=dict.fromkeys(NAMES, "VARCHAR"), names=NAMES)
    # Patterns have braces of their own.
    transfers = _TRANSFERS.replace("{name}", path.name).replace("{read}", read)
    con = connect(memory_limit="2GB", spill=out / "spill")
    rows = con.execute(f"copy ({transfers}) to '{out}/transfers.parquet' {_PACKED}").fetchall()
    rejects = f"select line, {_FAULT} as reason {read} where reason is not null"
    con.execute(f"copy ({rejects}) to '{out}/rejects.parquet' {_PACKED}")
    return rows[0][0]


def polars(path, out):
    import polars as pl

    col = pl.col

    def full(name, pattern):
        return col(name).str.contains(rf"\A(?:{pattern})\z")

    has_value = col("digits") != "0"
    faults = (
        ("trace_type", ~col("type").is_in(_KNOWN)),
        ("block_number", ~full("block_number", _WHOLE)),
        ("value", ~full("value", "[0-9]{1,78}")),
        ("value", (col("value").str.len_bytes() == 78) & (col("value") > MAX_UINT256)),
        ("from_address", ~full("payer", f"({_ADDRESS})?")),
        ("to_address", ~full("payee", f"({_ADDRESS})?")),
        ("status", ~col("status").is_in(["", "0", "1"])),
        ("from_address", (col("payer") == "") & ~col("type").is_in(["reward", "genesis"])),
        (
            "to_address",
            (col("payee") == "") & (col("status") != "0") & (col("error") == "") & has_value,
        ),
        ("trace_address", ~full("path", "([0-9]{1,9}(,[0-9]{1,9})*)?")),
        ("transaction_index", ~full("transaction_index", f"({_WHOLE})?")),
        ("transaction_hash", ~full("hash", _HASH)),
    )
    fault = pl
    for name, is_wrong in faults:
        fault = fault.when(is_wrong).then(pl.lit(name))
    digits = col("value").str.strip_chars_start("0")
    read = (
        pl.scan_csv(
            path,
            schema=dict.fromkeys(NAMES, pl.String),
            missing_utf8_is_empty_string=True,
            row_index_name="line",
            row_index_offset=2,
        )
        .with_columns(
            col("from_address").str.to_lowercase().alias("payer"),
            col("to_address").str.to_lowercase().alias("payee"),
            col("transaction_hash").str.to_lowercase().alias("hash"),
            col("trace_address").str.strip_chars("[] ").alias("path"),
            col("trace_type").replace(_TYPES).alias("type"),
            pl.when(digits == "").then(pl.lit("0")).otherwise(digits).alias("digits"),
        )
        .with_columns(fault.otherwise(None).alias("reason"))
        .collect()
    )
    read.filter(col("reason").is_not_null()).select("line", "reason").write_parquet(
        out / "rejects.parquet", compression_level=1
    )
    place = ["block_number", "index"]
    outside = ["type", "reward_type", "payee", "size", "digits", "line"]
    is_lent = (col("type") == "call") & col("call_type").is_in(_LENDING)
    rows = (
        read.filter(col("reason").is_null())
        .with_columns(
            col("block_number").cast(pl.Int64),
            pl.when(col("transaction_index") != "")
            .then(col("transaction_index"))
            .cast(pl.Int64)
            .alias("index"),
            _padded(pl).alias("padded"),
            *(col(c).replace(["", ZERO], None) for c in ("payer", "payee", "hash")),
            col("digits").str.len_bytes().alias("size"),
        )
        .with_columns(
            (
                col("index").is_not_null()
                & (col("path") == "")
                & col("type").is_in(["call", "create"])
            ).alias("is_root"),
            pl.when(col("index").is_null())
            .then(pl.struct(pl.col(outside).fill_null("")).rank("ordinal").over(place))
            .otherwise(col("padded").rank("dense").over(place))
            .alias("place"),
        )
        .select(
            *(pl.lit(v).alias(k) for k, v in (SHARED | FLAGS).items()),
            *(pl.lit(None, t).alias(k) for k, t in _nulls(pl).items()),
            pl.lit("ethereum:eth").alias("asset"),
            "block_number",
            col("hash").alias("transaction_hash"),
            col("index").alias("transaction_index"),
            pl.when("is_root")
            .then(col("index"))
            .otherwise(col("place").cast(pl.Int64) - 1)
            .alias("position"),
            pl.when("is_root")
            .then(pl.lit("transaction"))
            .otherwise(pl.lit("trace"))
            .alias("position_basis"),
            pl.when(col("index").is_not_null() & (col("path") != ""))
            .then(col("path"))
            .alias("trace_address"),
            pl.when("is_root")
            .then(pl.lit("native"))
            .when(col("type") == "reward")
            .then(pl.lit("reward"))
            .when(col("type") == "genesis")
            .then(pl.lit("mint"))
            .otherwise(pl.lit("internal"))
            .alias("kind"),
            col("payer").alias("from_address"),
            col("payee").alias("to_address"),
            col("digits").alias("value"),
            pl.when(col("size") <= 38)
            .then(col("digits"))
            .cast(pl.Decimal(38, 0))
            .alias("value_d38"),
            (col("size") > 38).alias("has_wide_value"),
            ((col("status") != "0") & (col("is_root") | (col("digits") != "0")) & ~is_lent).alias(
                "is_effective"
            ),
            pl.lit(True).alias("is_fungible"),
            (pl.lit(f"{path.name}:") + col("line").cast(pl.String)).alias("record_id"),
        )
    )
    rows.write_parquet(out / "transfers.parquet", compression_level=1)
    return rows.height


def _padded(pl):
    numbers = pl.col("path").str.split(",").list.eval(pl.element().str.zfill(9)).list.join("")
    return pl.when(pl.col("path") != "").then(numbers).otherwise(pl.lit(""))


def _nulls(pl):
    return {
        "block_timestamp": pl.Datetime("us", "UTC"),
        "block_date": pl.Date,
        "block_hash": pl.String,
        "contract": pl.String,
        "is_owner_known": pl.Boolean,
    }


STAGERS = {f.__name__: f for f in (flowlake, duckdb, polars)}
