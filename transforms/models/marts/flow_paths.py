"""One proof path per designated address and service: the way of its last tainted receipt (FIFO)."""

from hashlib import sha256
from typing import Any

import pyarrow as pa

from transforms.engine.base import Engine
from transforms.schemas import table
from transforms.tracing.paths import proof_paths
from transforms.tracing.rows import Owners, traces

READS = (
    "core.transfers",
    "core.addresses",
    "core.transfer_edges",
    "core.entity_wallets",
    "core.entities",
    "core.services",
    "core.assets",
    "core.cash_outs",
)
NAME = "marts.flow_paths"


def build(engine: Engine) -> int:
    """Rebuild the paths and put their evidence beside them; rows made."""
    names = {
        r["entity_id"]: r["name"]
        for r in engine.fetch("select entity_id, name from core.entities").to_pylist()
    }
    receipts = {
        (r["origin_entity_id"], r["origin_address"], r["seq"]): r
        for r in engine.fetch(
            "select cash_outs.*, assets.symbol from core.cash_outs"
            " left join core.assets on cash_outs.asset = assets.asset where policy = 'fifo'"
        ).to_pylist()
    }
    owners = Owners(engine)
    rows: list[dict[str, Any]] = []
    for ledger in traces(engine, owners, ("fifo",)):
        paths = proof_paths(ledger.traces["fifo"]).to_pylist()
        evidence = _evidence(engine, {s for p in paths for s in p["seqs"]})
        for p in paths:
            addresses = ledger.addresses.take(pa.array(p["address_ids"])).to_pylist()
            steps = [evidence[s] for s in p["seqs"]]
            for owner in owners.of(addresses[0]):
                receipt = receipts[owner, addresses[0], p["seqs"][-1]]
                rows.append(_row(receipt, names[owner], addresses, steps))
    return engine.register(NAME, pa.Table.from_pylist(rows, table(NAME).arrow))


def _row(
    receipt: dict[str, Any], name: str, addresses: list[str], steps: list[dict[str, Any]]
) -> dict[str, Any]:
    identity = f"fifo|{receipt['origin_address']}|{receipt['service']}|{receipt['seq']}"
    return {
        "entity_id": receipt["origin_entity_id"],
        "name": name,
        "path_id": sha256(identity.encode()).hexdigest()[:16],
        "policy": "fifo",
        "origin_address": receipt["origin_address"],
        "service": receipt["service"],
        "asset": receipt["asset"],
        "symbol": receipt["symbol"],
        "hops": len(steps),
        "addresses": addresses,
        "transaction_hashes": [s["transaction_hash"] for s in steps],
        "started_at": steps[0]["block_timestamp"],
        "ended_at": steps[-1]["block_timestamp"],
        "amount": receipt["tainted_amount"],
        "amount_usd": receipt["tainted_usd"],
        "category": receipt["category"],
        "actor": receipt["actor"],
    }


def _evidence(engine: Engine, seqs: set[int]) -> dict[int, dict[str, Any]]:
    """Hash and time of the transfers on the paths."""
    if not seqs:
        return {}
    listed = ", ".join(str(s) for s in sorted(seqs))
    rows = engine.fetch(
        f"select seq, transaction_hash, block_timestamp from core.transfers where seq in ({listed})"
    ).to_pylist()
    return {r["seq"]: r for r in rows}
