"""Parties to resolve, decisions of people, and the entities that come out."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from transforms.matching.evidence import Key, Party
from transforms.matching.resolve import entities, matched
from transforms.schemas import table

DAY = date(2024, 1, 1)
SOURCES = ("ofac_sdn", "un_sc", "uk_sl", "eu_fsf")
NAMES = ("Anna Maria Lindqvist", "LINDQVIST, Anna", "Ana Lindkvist", "Karl Bergman", "Anna")


def party(source: str, number: str, name: str, **stated: Any) -> Party:
    born = stated.get("born")
    return Party(
        (source, number),
        stated.get("entity_type", "person"),
        stated.get("first", DAY),
        stated.get("last", DAY),
        names={name},
        births={(born, born, "day")} if born else set(),
        countries=set(stated.get("countries", ())),
        identifiers=set(stated.get("identifiers", ())),
    )


def decided(*decisions: tuple[Key, Key, str]) -> pa.Table:
    rows = [
        {
            "decision_number": i,
            "left_source": a[0],
            "left_party_id": a[1],
            "right_source": b[0],
            "right_party_id": b[1],
            "judgement": judgement,
            "decided_by": "A. Analyst",
            "decided_on": DAY,
            "decision_reason": "seen the files",
        }
        for i, (a, b, judgement) in enumerate(decisions, 1)
    ]
    return pa.Table.from_pylist(rows, table("meta.entity_decisions").arrow)


def resolved(
    parties: Iterable[Party],
    decisions: pa.Table | None = None,
    wallets: Iterable[tuple[str, str, str]] = (),
) -> tuple[dict[Key, str], list[dict[str, Any]]]:
    """Entity by party, and the matches."""
    known = {p.key: p for p in parties}
    days = sorted({(k[0], d) for k, p in known.items() for d in (p.first, p.last)})
    matches = matched(
        known,
        pa.table({"source": [s for s, _ in days], "snapshot_date": [d for _, d in days]}),
        pa.Table.from_pylist(
            [{"source": s, "party_id": p, "address": a} for s, p, a in wallets],
            pa.schema({"source": "string", "party_id": "string", "address": "string"}),
        ),
        decided() if decisions is None else decisions,
    )
    first = [{"source": k[0], "party_id": k[1], "first_seen": p.first} for k, p in known.items()]
    found = entities(pa.Table.from_pylist(first), matches).to_pylist()
    return {(r["source"], r["party_id"]): r["entity_id"] for r in found}, matches.to_pylist()
