"""Traces every asset ledger that the origins touch, over ``core.transfers``.

A ledger is one asset on one chain. An origin is an address wherever it occurs: the same key owns
it on every EVM chain. In: an engine, origin addresses, services. Out: one ``LedgerTrace`` per
ledger; amounts in base units, ``seq`` as in ``core.transfers`` in both directions.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from transforms.engine.base import Engine
from transforms.tracing.ledger import Trace, trace_all
from transforms.tracing.log import reverse

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
        log, addresses = _log(engine, ledger["chain"], ledger["asset"])
        ids = {a: i for i, a in enumerate(addresses.to_pylist())}
        stops = {*services.get(ledger["chain"], ()), *services.get("*", ())}
        traces = trace_all(
            reverse(log) if is_backward else log,
            {ids[a]: ids[a] for a in sorted(origins) if a in ids},
            [ids[a] for a in sorted(stops) if a in ids],
            policies,
            seed_funds,
            zero_id=next((ids[a] for a in NULL_ADDRESSES if a in ids), None),
        )
        yield LedgerTrace(ledger["chain"], ledger["asset"], addresses, traces)


def _log(engine: Engine, chain: str, asset: str) -> tuple[pa.Table, pa.Array]:
    """One ledger with addresses as numbers, and the addresses in their order."""
    rows = engine.fetch(
        "select seq, from_address, to_address, value, kind = 'fee' as is_fee from core.transfers"
        f" where chain = '{_quoted(chain)}' and asset = '{_quoted(asset)}' order by seq"
    )
    both = pa.chunked_array(
        rows["from_address"].chunks + rows["to_address"].chunks, pa.string()
    ).combine_chunks()
    addresses = pc.unique(both.drop_null()).sort()
    return (
        pa.table(
            {
                "seq": rows["seq"],
                "from_id": pc.index_in(rows["from_address"], addresses).cast(pa.int64()),
                "to_id": pc.index_in(rows["to_address"], addresses).cast(pa.int64()),
                "value": rows["value"],
                "is_fee": rows["is_fee"],
            }
        ),
        addresses,
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
