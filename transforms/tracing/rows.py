"""Rows of ``core.traced_transfers`` and ``core.traced_sources``: traces joined to their evidence.

Amounts stay integers: whole units set the point in the text, US dollars are
``value_usd × tainted ÷ value`` in micro-dollars, rounded half up once per row.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from transforms.engine.base import Engine
from transforms.schemas import table
from transforms.tracing.assets import LedgerTrace, trace_assets

# What the build follows; lifo, tiho and poison are there for ad-hoc traces.
POLICIES = ("fifo", "haircut")
# A designated address taints all it touches: wages that reach it in the log count, too.
SEED_FUNDS = "all"
# Python's default of 28 digits would round amounts in silence.
_EXACT = Context(prec=100)
# 20 digits before the point: what core.transfers.amount holds as well.
_AMOUNT_LIMIT = Decimal(10) ** 20


class Owners:
    """Who owns the designated addresses; an address may be published for two entities."""

    def __init__(self, engine: Engine) -> None:
        self._of: dict[str, list[str]] = defaultdict(list)
        for r in engine.fetch(
            "select distinct entity_id, address from core.entity_wallets"
            " order by entity_id, address"
        ).to_pylist():
            self._of[r["address"]].append(r["entity_id"])

    @property
    def addresses(self) -> list[str]:
        """All designated addresses."""
        return sorted(self._of)

    def of(self, address: str) -> list[str]:
        """Entities the address was published for."""
        return self._of[address]


def traces(
    engine: Engine, owners: Owners, policies: Sequence[str], *, is_backward: bool = False
) -> Iterator[LedgerTrace]:
    """Traces of the build: from all designated addresses, stopped by ``core.services``."""
    services: dict[str, list[str]] = defaultdict(list)
    for r in engine.fetch("select chain, address from core.services").to_pylist():
        services[r["chain"]].append(r["address"])
    return trace_assets(
        engine, owners.addresses, services, policies, SEED_FUNDS, is_backward=is_backward
    )


def traced_rows(engine: Engine, name: str, *, is_backward: bool) -> pa.Table:
    """All rows of the table ``name``, from ``core.transfers`` and the designated wallets."""
    owners = Owners(engine)
    decimals = {
        r["asset"]: r["decimals"]
        for r in engine.fetch("select asset, decimals from core.assets").to_pylist()
    }
    schema = table(name).arrow
    parts = [schema.empty_table()]
    for ledger in traces(engine, owners, POLICIES, is_backward=is_backward):
        evidence = _evidence(engine, ledger)
        for policy in POLICIES:
            rows = _rows(ledger, policy, evidence, owners, decimals.get(ledger.asset))
            parts.append(pa.Table.from_pylist(rows, schema))
    return pa.concat_tables(parts)


def _evidence(engine: Engine, ledger: LedgerTrace) -> dict[int, dict[str, object]]:
    """Transfers that carry taint under any policy, by seq."""
    seqs = pc.unique(
        pa.chunked_array([c for t in ledger.traces.values() for c in t.traced["seq"].chunks])
    )
    if not len(seqs):
        return {}
    low, high = pc.min_max(seqs).as_py().values()
    wanted = set(seqs.to_pylist())
    # Whoever a fee row names, the fee reaches no address of the ledger.
    rows = engine.fetch(
        "select seq, transaction_hash, block_timestamp, from_address,"
        " case when kind <> 'fee' then to_address end as to_address, value, value_usd"
        f" from core.transfers where seq between {low} and {high} order by seq"
    ).to_pylist()
    return {r["seq"]: r for r in rows if r["seq"] in wanted}


def _rows(
    ledger: LedgerTrace,
    policy: str,
    evidence: dict[int, dict[str, object]],
    owners: Owners,
    decimals: int | None,
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for r in ledger.traces[policy].traced.to_pylist():
        origin = ledger.addresses[r["origin_id"]].as_py()
        seen = evidence[r["seq"]]
        tainted = int(r["tainted"])
        row = {
            **seen,
            "policy": policy,
            "seed_funds": SEED_FUNDS,
            "origin_address": origin,
            "chain": ledger.chain,
            "asset": ledger.asset,
            "tainted": str(tainted),
            "tainted_amount": whole_units(tainted, decimals),
            "tainted_usd": _share(seen["value_usd"], tainted, seen["value"]),
            "hop": r["hop"],
        }
        rows.extend({**row, "origin_entity_id": owner} for owner in owners.of(origin))
    return rows


def whole_units(base_units: int, decimals: int | None) -> Decimal | None:
    """Exact amount in whole units; None where decimals are unknown, above 18, or it is too wide."""
    if decimals is None or decimals > 18:
        return None
    amount = Decimal(base_units).scaleb(-decimals, _EXACT)
    return amount if amount < _AMOUNT_LIMIT else None


def _share(value_usd: object, tainted: int, value: object) -> Decimal | None:
    if not isinstance(value_usd, Decimal):
        return None
    micros = int(value_usd.scaleb(6, _EXACT))
    whole = int(str(value))
    return Decimal((2 * micros * tainted + whole) // (2 * whole)).scaleb(-6, _EXACT)
