"""Assets and prices that transfers use, and the parts in which another one is used now."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from transforms.parts.state import FACTS

_ASSETS = """
    select
        asset as name,
        cast(null as varchar) as day,
        concat_ws(
            ' ', chain, coalesce(cast(decimals as varchar), '-'), asset_basis,
            coalesce(cast(is_fungible as varchar), '-'), cast(is_counterfeit as varchar),
            case when asset_basis in ('mapping', 'registry') then symbol end,
            cast(is_stablecoin as varchar)
        ) as said
    from core.assets
    order by asset
"""
# Of packs that disagree the last one by name wins: all that any says, in order, decides.
_PRICES = """
    select
        asset as name,
        cast(price_date as varchar) as day,
        string_agg(
            cast(price_usd as varchar), ' ' order by batch desc, source, record_id
        ) as said
    from staged.asset_prices
    group by asset, price_date
    order by asset, price_date
"""


def par_names(con: duckdb.DuckDBPyConnection) -> str:
    """What the settings declare to be worth a dollar; another list may touch any part."""
    return repr(con.execute("select name from seeds.par_names order by name").fetchall())


def asset_facts(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """What core.transfers takes from each asset."""
    return con.execute(_ASSETS).to_arrow_table().cast(FACTS)


def price_facts(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Prices of each asset and day."""
    return con.execute(_PRICES).to_arrow_table().cast(FACTS)


def changed(con: duckdb.DuckDBPyConnection, before: pa.Table, now: pa.Table) -> pa.Table:
    """Names and days for which something else is said than before, or nothing before or now."""
    con.register("facts_before", before)
    con.register("facts_now", now)
    try:
        return con.execute(
            "with gone as (select * from facts_before except select * from facts_now),"
            " come as (select * from facts_now except select * from facts_before)"
            " select name, day from gone union select name, day from come"
        ).to_arrow_table()
    finally:
        con.unregister("facts_before")
        con.unregister("facts_now")


def files_with(
    con: duckdb.DuckDBPyConnection, files: Sequence[str], names: pa.Table, *, by_day: bool
) -> set[str]:
    """Those of the files whose transfers use one of the assets (of that day)."""
    if not files or not names.num_rows:
        return set()
    con.register("facts_changed", names)
    same_day = " and moved.block_date = cast(day as date)" if by_day else ""
    try:
        rows = con.execute(
            "select distinct filename from read_parquet($files, filename = true,"
            " hive_partitioning = false) as moved"
            f" semi join facts_changed on moved.asset = name{same_day}",
            {"files": list(files)},
        ).fetchall()
    finally:
        con.unregister("facts_changed")
    return {row[0] for row in rows}
