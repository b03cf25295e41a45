"""Builds small warehouses from rows: core, meta and articles as said, the marts by their models."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tests.models.given import MODELS, make
from transforms.engine.duckdb import DuckDBEngine
from transforms.schemas import TABLES

Rows = dict[str, list[dict[str, Any]]]

USDT = "ethereum:0xdac17f958d2ee523a2206206994597c13d831ec7"
FAKE = "ethereum:0x2b5ea1d656ce182c9c28f8cc6588863a60087eec"
ETH = "ethereum:eth"
LISTED = date(2025, 8, 27)
PROVENANCE = {"raw_sha256": "ab" * 32, "record_id": "sdn.csv:1"}


def address(label: str) -> str:
    return "0x" + hashlib.sha256(label.encode()).hexdigest()[:40]


def transaction(label: object) -> str:
    return "0x" + hashlib.sha256(f"tx {label}".encode()).hexdigest()


def at(day: str, hour: int = 9) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


@dataclass(frozen=True)
class Leg:
    """A transfer to be made."""

    when: datetime | None
    asset: str
    start: str
    end: str | None
    amount: str | None
    usd: str | None


class Story:
    """Collects rows; transfers get their place in chain order, traces their evidence."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self._owners: dict[str, list[str]] = {}

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def asset(self, asset: str, symbol: str, decimals: int, basis: str = "registry") -> None:
        self.add(
            "core.assets",
            asset=asset,
            chain="ethereum",
            symbol=symbol,
            decimals=decimals,
            is_stablecoin=symbol == "USDT",
            asset_basis=basis,
        )

    def service(self, where: str, category: str, actor: str | None) -> None:
        self.add(
            "core.services",
            chain="ethereum",
            address=where,
            category=category,
            actor=actor,
            basis="label",
            basis_detail="a labeller says so",
        )

    def entity(self, entity_id: str, name: str, **more: Any) -> None:
        """An entity with one listing period and its primary name."""
        row = {
            "entity_type": "organization",
            "list_count": 1,
            "is_designated": True,
            "wallet_count": 1,
            "programs": "DPRK3; CYBER2",
            "first_listed_from": LISTED,
        } | more
        self.add("core.entities", entity_id=entity_id, name=name, **row)
        self.add(
            "core.entity_names",
            entity_id=entity_id,
            name=name,
            name_type="primary",
            is_weak=False,
            sources="ofac_sdn",
        )
        is_over = not row["is_designated"]
        self.add(
            "core.designations",
            entity_id=entity_id,
            source="ofac_sdn",
            party_id=entity_id,
            period=1,
            name=name,
            programs=row["programs"],
            listed_from=row["first_listed_from"],
            listed_to=date(2025, 9, 1) if is_over else None,
            from_basis="snapshot",
            to_basis="snapshot" if is_over else None,
            first_seen=LISTED,
            last_seen=LISTED,
            legal_basis="EO13810",
            is_wallet_set_complete=True,
            **PROVENANCE,
        )

    def wallet(self, entity_id: str, where: str, **more: Any) -> None:
        self._owners.setdefault(where, []).append(entity_id)
        row = {
            "entity_id": entity_id,
            "source": "ofac_sdn",
            "party_id": entity_id,
            "chain": "ethereum",
            "ticker": "ETH",
            "address": where,
            "is_checksum_valid": True,
            "listed_from": LISTED,
            "from_basis": "snapshot",
            "first_seen": LISTED,
            "last_seen": LISTED,
            **PROVENANCE,
        }
        self.add("core.entity_wallets", **(row | more))

    def transfer(self, leg: Leg) -> dict[str, Any]:
        seq = len(self.rows.get("core.transfers", [])) + 1
        base_units = Context(prec=60).multiply(Decimal(leg.amount or 5), Decimal(10**6))
        self.add(
            "core.transfers",
            seq=seq,
            chain="ethereum",
            asset=leg.asset,
            block_number=seq,
            block_timestamp=leg.when,
            block_date=leg.when and leg.when.date(),
            transaction_hash=transaction(seq),
            kind="token",
            from_address=leg.start,
            to_address=leg.end,
            value=str(int(base_units)),
            has_wide_value=False,
            amount=leg.amount and Decimal(leg.amount),
            value_usd=leg.usd and Decimal(leg.usd),
            is_poisoning_suspect=False,
            source="ethereum_etl",
            raw_sha256="cd" * 32,
            record_id=f"row {seq}",
        )
        return self.rows["core.transfers"][-1]

    def flow(self, origin: str, legs: Sequence[Leg], *, haircut: str = "1") -> None:
        """Transfers one after the other, each traced whole by FIFO and in part by haircut."""
        for hop, leg in enumerate(legs, start=1):
            moved = self.transfer(leg)
            for policy, share in (("fifo", "1"), ("haircut", haircut)):
                for owner in self._owners[origin]:
                    who = {
                        "policy": policy,
                        "origin_entity_id": owner,
                        "origin_address": origin,
                    }
                    self._trace(moved, who, Decimal(share), hop)

    def _trace(self, moved: dict[str, Any], who: dict[str, str], share: Decimal, hop: int) -> None:
        traced = {
            **who,
            **{k: moved[k] for k in ("seq", "chain", "asset", "transaction_hash")},
            "block_timestamp": moved["block_timestamp"],
            "tainted": moved["value"],
            "tainted_amount": part(moved["amount"], share),
            "tainted_usd": part(moved["value_usd"], share),
        }
        ends = {k: moved[k] for k in ("from_address", "to_address", "value")}
        self.add("core.traced_transfers", seed_funds="all", hop=hop, **traced, **ends)
        for s in self.rows.get("core.services", []):
            if s["address"] == moved["to_address"]:
                at_service = {"service": s["address"], "hops": hop, **traced}
                self.add("core.cash_outs", category=s["category"], actor=s["actor"], **at_service)


def part(amount: Decimal | None, share: Decimal) -> Decimal | None:
    if amount is None or share == 1:
        return amount
    return (amount * share).quantize(Decimal("0.000001"))


def warehouse(rows: Rows) -> duckdb.DuckDBPyConnection:
    """Every table of a warehouse, in memory; marts come from their SQL where no rows are given."""
    unknown = set(rows) - set(TABLES)
    assert not unknown
    con = duckdb.connect(config={"threads": "2"})
    con.execute("set TimeZone = 'UTC'")
    engine = DuckDBEngine(con)
    engine.prepare()
    marts = {n: m for n, m in MODELS.items() if n.startswith("marts.") and m.sql}
    # Marts read all the others, and steps that stand between.
    for t in sorted(TABLES.values(), key=lambda t: t.layer == "marts"):
        if t.name in marts and t.name not in rows:
            make(engine, marts[t.name])
        else:
            engine.register(t.name, pa.Table.from_pylist(rows.get(t.name, []), t.arrow))
    return con
