"""Traces every asset ledger that the origins touch, over ``core.transfers``.

A ledger is one asset on one chain. An origin is an address wherever it occurs: the same key owns
it on every EVM chain. In: an engine, origin addresses, services. Out: one ``LedgerTrace`` per
ledger; amounts in base units, ``seq`` as in ``core.transfers`` in both directions.

Reach first, in SQL over integers, then the ledger over the complete history of what is reached:
a log may be much larger than memory, what designated money can touch seldom is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from transforms.engine.base import Engine
from transforms.tracing.ledger import Trace, trace_all
from transforms.tracing.log import reverse
from transforms.tracing.reach import reach
from transforms.tracing.restrict import restrict_relation

# Mint and burn, never an account: the zero address of EVM chains, and Tron's spelling of it.
NULL_ADDRESSES = ("0x" + 40 * "0", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb")


@dataclass(frozen=True, slots=True)
class LedgerTrace:
    """Traces of one asset on one chain by policy, and the addresses behind their ids."""

    chain: str
    asset: str
    addresses: pa.Array  # address id → address
    traces: Mapping[str, Trace]


def trace_assets(
    engine: Engine,
    origins: Collection[str],
    services: Mapping[str, Collection[str]],
    policies: Sequence[str],
    seed_funds: str,
    *,
    is_backward: bool = False,
) -> Iterator[LedgerTrace]:
    """Trace forward from the origins, or backward on the reversed log.

    ``services`` maps a chain to its stop addresses; the key ``*`` holds for every chain.
    Known NFTs are no amounts and are left out.
    """
    if not origins:
        return
    payer, payee, sign = ("to_id", "from_id", "-") if is_backward else ("from_id", "to_id", "")
    _number(engine, "trace_origins", {"*": origins})
    _number(engine, "trace_stops", services)
    _number(engine, "trace_nobody", {"*": NULL_ADDRESSES})
    for ledger in _ledgers(engine):
        chain, asset = ledger["chain"], ledger["asset"]
        of_chain = f"from {{}} where chain = '{_quoted(chain)}'"
        engine.execute(
            "create or replace temp view trace_transfers as"
            f" select {sign}seq as seq, {payer} as from_id, {payee} as to_id,"
            " cast(null as varchar) as value, is_fee,"
            f" is_payment and {payee} is not null"
            f" and {payee} not in (select address_id from trace_nobody) as is_positive"
            f" {of_chain.format('core.transfer_edges')} and asset = '{_quoted(asset)}'"
        )
        for name in ("seeds", "services"):
            table = "trace_origins" if name == "seeds" else "trace_stops"
            engine.execute(
                f"create or replace temp table trace_{name} as"
                f" select address_id {of_chain.format(table)}"
            )
        found = reach(engine, "trace_transfers", "trace_seeds", "trace_services")
        reached = restrict_relation(engine, "trace_transfers", found, "trace_services")
        addresses = _in_order(engine, reached)
        ids = {a: i for i, a in enumerate(addresses.to_pylist())}
        stops = {*services.get(chain, ()), *services.get("*", ())}
        stop_ids = [ids[a] for a in sorted(stops & ids.keys())]
        log = _log(engine, reached, payer, payee)
        traces = trace_all(
            reverse(log) if is_backward else log,
            {ids[a]: ids[a] for a in sorted(origins & ids.keys())},
            stop_ids,
            policies,
            seed_funds,
            zero_id=next((ids[a] for a in NULL_ADDRESSES if a in ids), None),
        )
        yield LedgerTrace(chain, asset, addresses, traces)


def _number(engine: Engine, table: str, addresses: Mapping[str, Collection[str]]) -> None:
    """Put the numbers of addresses aside, by chain (``*`` for each chain)."""
    engine.execute(
        f"create or replace temp table {table} as"
        " select chain, address_id from core.addresses where false"
    )
    for chain, found in sorted(addresses.items()):
        if found:
            listed = ", ".join(f"'{_quoted(a)}'" for a in sorted(found))
            where = "" if chain == "*" else f" where chain = '{_quoted(chain)}'"
            engine.execute(
                f"insert into {table} select chain, address_id from core.addresses semi join"
                f" (select unnest([{listed}]) as address) as listed using (address){where}"
            )


def _ledgers(engine: Engine) -> list[dict[str, str]]:
    """Every asset that the origins touch."""
    rows: list[dict[str, str]] = engine.fetch(
        "select distinct edges.chain, edges.asset from core.transfer_edges as edges"
        " where edges.is_fungible is distinct from false"
        " and (edges.from_id in (select address_id from trace_origins)"
        " or edges.to_id in (select address_id from trace_origins))"
        " order by edges.chain, edges.asset"
    ).to_pylist()
    return rows


def _in_order(engine: Engine, reached: str) -> pa.Array:
    """Addresses of a part of a ledger, numbered from 0 in their own order.

    Leftover units of haircut go in the order of origins, whenever their addresses first came.
    """
    engine.execute(
        "create or replace temp table trace_addresses as"
        " select address_id, address, row_number() over (order by address) - 1 as place"
        f" from core.addresses where address_id in (select from_id from {reached}"
        f" union select to_id from {reached})"
    )
    found = engine.fetch("select address from trace_addresses order by place")
    return found["address"].combine_chunks()


def _log(engine: Engine, reached: str, payer: str, payee: str) -> pa.Table:
    """The ledger's rows in chain order, with their values, and ends as the chain has them."""
    return engine.fetch(
        "select transfers.seq, payers.place as from_id, payees.place as to_id, transfers.value,"
        f" reached.is_fee from {reached} as reached"
        " inner join core.transfers as transfers on abs(reached.seq) = transfers.seq"
        f" left join trace_addresses as payers on reached.{payer} = payers.address_id"
        f" left join trace_addresses as payees on reached.{payee} = payees.address_id"
        " order by transfers.seq"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
