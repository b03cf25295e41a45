"""The figures on top of the report, each by one short query that anybody can run."""

from dataclasses import dataclass
from typing import Any

import duckdb

from flowlake.report.questions import ask_sql


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: ``sql`` yields ``value``, and whatever ``note`` speaks of."""

    label: str
    sql: str
    note: str
    unit: str = "count"
    is_absent: bool = False
    value: Any = None
    said: str = ""


_FIGURES = (
    Figure(
        "designated entities",
        "select count(*) filter (where is_designated) as value,"
        " count(*) filter (where not is_designated) as former from core.entities",
        "{former:,} formerly listed",
    ),
    Figure(
        "published addresses",
        "select count(distinct address) as value, count(distinct chain) as chains,"
        " count(distinct entity_id) as entities from core.entity_wallets",
        "entities: {entities:,}, chains: {chains:,}",
    ),
    Figure(
        "transfers",
        "select count(*) as value, count(distinct asset) as assets from core.transfers",
        "assets: {assets:,}",
    ),
    Figure(
        "left designated addresses",
        "select case when count(*) = 0 then 0 else sum(value_usd) end as value,"
        " count(*) as transfers, count(*) filter (where value_usd is null) as unpriced"
        " from core.transfers where value <> '0' and kind <> 'fee'"
        " and from_address in (select address from core.entity_wallets)"
        " and (to_address is null"
        " or to_address not in (select address from core.entity_wallets))",
        "direct transfers: {transfers:,}, {unpriced:,} of them without a price",
        "usd",
    ),
    Figure(
        "traced to services (FIFO)",
        "select case when count(*) = 0 then 0 else sum(tainted_usd) end as value,"
        " count(distinct service) as services from ("
        "select distinct origin_address, chain, seq, service, tainted_usd"
        " from core.cash_outs where policy = 'fifo')",
        "addresses of services: {services:,}",
        "usd",
    ),
    Figure(
        "cash-outs (FIFO)",
        "select count(*) as value, count(*) filter (where usd is null) as unpriced from ("
        "select chain, seq, sum(tainted_usd) as usd from core.cash_outs where policy = 'fifo'"
        " group by chain, seq)",
        "receipts at a service; {unpriced:,} without a price",
    ),
    Figure(
        "articles",
        "select count(distinct article_id) as value from staged.articles",
        "with the name of a listed party: {named:,}",
    ),
    Figure(
        "mentions",
        "select count(*) as value, count(*) filter (where status_at_publication = 'designated'"
        " and band in ('confirmed', 'probable')) as alerts from core.mentions",
        "confirmed or probable, of parties designated on that day: {alerts:,}",
    ),
)


def figures(con: duckdb.DuckDBPyConnection) -> list[Figure]:
    """All figures with their values; what cannot be reached from here has none."""
    named = ask_sql(con, "select count(distinct article_id) as named from core.mentions")[0]
    found = []
    for f in _FIGURES:
        try:
            row = {**named, **ask_sql(con, f.sql)[0]}
        except duckdb.Error:
            if "staged." not in f.sql:
                raise
            # Article texts stay in the lake: a warehouse that was copied elsewhere lacks them.
            row = {**named, "value": None}
        found.append(
            Figure(f.label, f.sql, f.note, f.unit, row["value"] is None, row["value"],
                   f.note.format_map(row))
        )  # fmt: skip
    return found
