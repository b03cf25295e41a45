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
    listed = ", ".join("'" + a.replace("'", "''") + "'" for a in sorted(origins))
    if not listed:
        return
    ledgers = engine.fetch(
        "select distinct chain, asset from core.transfers where is_fungible is distinct from false"
        f" and (from_address in ({listed}) or to_address in ({listed})) order by chain, asset"
    ).to_pylist()
    for ledger in ledgers:
        addresses = _number(engine, ledger["chain"], ledger["asset"])
        ids = {a: i for i, a in enumerate(addresses.to_pylist())}
        seeds = [ids[a] for a in sorted(origins) if a in ids]
        stops = {*services.get(ledger["chain"], ()), *services.get("*", ())}
        stop_ids = [ids[a] for a in sorted(stops) if a in ids]
        log = _reached_log(engine, seeds, stop_ids, is_backward=is_backward)
        traces = trace_all(
            reverse(log) if is_backward else log,
            {i: i for i in seeds},
            stop_ids,
            policies,
            seed_funds,
            zero_id=next((ids[a] for a in NULL_ADDRESSES if a in ids), None),
        )
        yield LedgerTrace(ledger["chain"], ledger["asset"], addresses, traces)


def _number(engine: Engine, chain: str, asset: str) -> pa.Array:
    """Put one ledger aside with numbers for addresses; the addresses in that order.

    Numbers follow the addresses' own order: leftover units of haircut go in origin order.
    """
    ledger = f"chain = '{_quoted(chain)}' and asset = '{_quoted(asset)}'"
    engine.execute(
        "create or replace temp table trace_addresses as"
        " select address, row_number() over (order by address) - 1 as address_id from ("
        f" select from_address as address from core.transfers where {ledger}"
        f" union select to_address as address from core.transfers where {ledger}"
        ") as both_sides where address is not null"
    )
    engine.execute(
        "create or replace temp table trace_log as"
        " select seq, payers.address_id as from_id, payees.address_id as to_id, value,"
        " kind = 'fee' as is_fee from core.transfers"
        " left join trace_addresses as payers on from_address = payers.address"
        " left join trace_addresses as payees on to_address = payees.address"
        f" where {ledger}"
    )
    found = engine.fetch("select address from trace_addresses order by address_id")
    return found["address"].combine_chunks()


def _reached_log(
    engine: Engine, seeds: Sequence[int], services: Sequence[int], *, is_backward: bool
) -> pa.Table:
    """The part of the ledger that taint can touch, in chain order (see ``restrict``)."""
    payer, payee, sign = ("to_id", "from_id", "-") if is_backward else ("from_id", "to_id", "")
    nobody = ", ".join(f"'{a}'" for a in NULL_ADDRESSES)
    engine.execute(
        "create or replace temp view trace_transfers as"
        f" select {sign}seq as seq, {payer} as from_id, {payee} as to_id, value, is_fee,"
        f" value <> '0' and not is_fee and {payee} is not null and {payee} not in"
        f" (select address_id from trace_addresses where address in ({nobody})) as is_positive"
        " from trace_log"
    )
    for name, ids in (("trace_seeds", seeds), ("trace_services", services)):
        listed = ", ".join(map(str, ids)) or "null"
        engine.execute(
            f"create or replace temp table {name} as"
            f" select address_id from trace_addresses where address_id in ({listed})"
        )
    found = reach(engine, "trace_transfers", "trace_seeds", "trace_services")
    reached = restrict_relation(engine, "trace_transfers", found, "trace_services")
    return engine.fetch(
        f"select {sign}seq as seq, {payer} as from_id, {payee} as to_id, value, is_fee"
        f" from {reached} order by seq"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
