"""Lists and articles as the Arrow tables the matcher takes."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from transforms.matching.mentions import Lists

HERE = Path(__file__).parent
_TEXT, _DAY, _BOOL = pa.string(), pa.date32(), pa.bool_()


def _table(rows: Iterable[dict[str, Any]], **columns: pa.DataType) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema(columns))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def lists_of(parties: list[dict[str, Any]], snapshots: Iterable[str]) -> Lists:
    """Parties as in parties.json; a name is "text", or [text, type] with type weak for weak."""
    names = [
        {"entity_id": p["id"], "name": n[0], "name_type": n[1], "is_weak": n[1] == "weak"}
        for p in parties
        for n in (n if isinstance(n, list) else [n, "primary"] for n in p["names"])
    ]
    periods = [
        {"entity_id": p["id"], "source": p.get("source", "ofac_sdn"), "from_basis": basis}
        | {"listed_from": _day(begin), "listed_to": _day(end), "last_seen": None}
        for p in parties
        for begin, end, basis in p.get("periods", [])
    ]
    links = [
        {"from_entity_id": p["id"], "to_entity_id": other}
        for p in parties
        for other in p.get("links", [])
    ]
    identifiers = [
        {"entity_id": p["id"], "identifier": i} for p in parties for i in p.get("identifiers", [])
    ]
    return Lists(
        entities=_table(
            [
                {"entity_id": p["id"], "entity_type": p["type"]}
                | {"programs": p.get("programs"), "countries": p.get("countries")}
                for p in parties
            ],
            **dict.fromkeys(("entity_id", "entity_type", "programs", "countries"), _TEXT),
        ),
        names=_table(names, entity_id=_TEXT, name=_TEXT, name_type=_TEXT, is_weak=_BOOL),
        designations=_table(
            periods,
            **dict.fromkeys(("entity_id", "source", "from_basis"), _TEXT),
            **dict.fromkeys(("listed_from", "listed_to", "last_seen"), _DAY),
        ),
        links=_table(links, from_entity_id=_TEXT, to_entity_id=_TEXT),
        snapshots=_table(
            [{"source": "ofac_sdn", "snapshot_date": _day(s)} for s in snapshots],
            source=_TEXT,
            snapshot_date=_DAY,
        ),
        identifiers=_table(identifiers, entity_id=_TEXT, identifier=_TEXT),
    )


def articles_of(*articles: dict[str, Any]) -> pa.Table:
    """Articles; what a test does not say is as for a text file without a sidecar."""
    rows = []
    for i, a in enumerate(articles):
        body = a.get("body")
        published = a.get("published_at")
        rows.append(
            {"article_id": f"{i:016x}", "source": "articles", "batch": "b", "title": None}
            | {"language": None, "text_sha256": body and sha256(body.encode()).hexdigest()}
            | a
            | {"published_at": published and datetime.fromisoformat(published).replace(tzinfo=UTC)}
        )
    texts = ("article_id", "source", "batch", "title", "body", "language", "text_sha256")
    return _table(rows, **dict.fromkeys(texts, _TEXT), published_at=pa.timestamp("us", "UTC"))


def names_of(*names: tuple[str, str, str]) -> pa.Table:
    """Feed-extracted names as (article_id, name, kind)."""
    rows = [dict(zip(("article_id", "name", "name_kind"), n, strict=True)) for n in names]
    return _table(rows, **dict.fromkeys(("article_id", "name", "name_kind"), _TEXT))


PARTIES: list[dict[str, Any]] = json.loads((HERE / "parties.json").read_text("utf-8"))
SNAPSHOTS = ("2021-07-01", "2025-09-05")
CASES = sorted(p.parent for p in HERE.glob("cases/*/article.txt"))
