"""Screening: who on the lists may be meant by a name or owns an address, and their status then.

In: the built warehouse and a name, an address in any form, or a CSV of names. Out: candidates with
score, the listed name that matched, the words behind it, and what each list says of them on a day,
as known on another. Loading a hundred thousand listed names takes about a second, so many names
are asked in one batch.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flowlake.csvtables import read_rows, write_rows
from flowlake.query import open_sealed
from flowlake.settings import Settings
from transforms.clean.addresses import canonical
from transforms.errors import InputRefused
from transforms.lake.warehouse import WAREHOUSE
from transforms.matching.comparison import THRESHOLD, VERSION
from transforms.matching.listing import standings, status_over_lists
from transforms.matching.screening import Hit, Index, indexed

_ADDED = (
    *("rank", "decision", "score", "status", "entity_id", "entity_name", "entity_type"),
    *("matched_name", "name_type", "is_weak", "listings", "programs", "explanation"),
)
_PERIODS = (
    "select entity_id, source, party_id, programs, listed_from, listed_to, from_basis, to_basis,"
    " first_seen, last_seen, from_seen, end_seen from core.designations"
    " where list_contains($ids, entity_id) order by source, party_id, listed_from"
)


class Lists:
    """The warehouse, opened for screening; close it after use."""

    def __init__(self, settings: Settings) -> None:
        storage = settings.storage
        if not storage.exists(WAREHOUSE):
            raise InputRefused(f"{storage.uri(WAREHOUSE)}: no warehouse yet; run `flowlake build`")
        self._con = open_sealed(
            storage.local(WAREHOUSE), memory_limit=settings.memory_limit, threads=settings.threads
        )
        self._index: Index | None = None
        self._snapshots: dict[str, list[date]] = {}
        for source, day, is_complete in self._rows(
            "select source, snapshot_date, is_list_complete from core.list_snapshots"
        ):
            self._snapshots.setdefault(source, []).extend([day] if is_complete else [])

    def close(self) -> None:
        """Close the warehouse."""
        self._con.close()

    def _rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._con.execute(query, values).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as e:
            raise InputRefused("the warehouse is of an older version; run `flowlake build`") from e

    def _table(self, query: str, **values: Any) -> pa.Table:
        return self._con.execute(query, values).to_arrow_table()

    @property
    def index(self) -> Index:
        """Listed names, loaded once."""
        if self._index is None:
            self._rows("select 1 from core.name_forms limit 1")
            self._index = indexed(self._table("select * from core.name_forms").to_pylist())
        return self._index

    def of_name(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        day: date | None = None,
        known: date | None = None,
        limit: int = 10,
        is_quick: bool = False,
    ) -> list[dict[str, Any]]:
        """Candidates for a name, best first."""
        hits = self.index.screen(
            name, entity_type=entity_type, limit=limit, given_names=not is_quick
        )
        told = self._told([h.listed.entity_id for h in hits], day, known)
        return [_candidate(h, told[h.listed.entity_id]) for h in hits]

    def of_address(
        self, address: str, *, day: date | None = None, known: date | None = None
    ) -> list[dict[str, Any]]:
        """Parties for which an address is published, each with the address's own periods."""
        wallets = self._table(
            "select entity_id, source, party_id, chain, ticker, address, address_as_published,"
            " is_checksum_valid, null as programs, listed_from, listed_to, from_basis, to_basis,"
            " first_seen, last_seen, from_seen, end_seen from core.entity_wallets"
            " where address = $address or address_as_published = $given"
            " order by entity_id, source, party_id, ticker, listed_from",
            address=_canonical(address),
            given=address.strip(),
        ).to_pylist()
        told = self._told(sorted({w["entity_id"] for w in wallets}), day, known)
        found = []
        for entity_id in sorted({w["entity_id"] for w in wallets}):
            own = [w for w in wallets if w["entity_id"] == entity_id]
            found.append(
                {
                    **told[entity_id],
                    "address": own[0]["address"],
                    "tickers": sorted({w["ticker"] for w in own}),
                    "chains": sorted({w["chain"] for w in own if w["chain"]}),
                    "address_listings": [
                        asdict(s) for s in standings(own, self._snapshots, day=day, known=known)
                    ],
                }
            )
        return found

    def _told(
        self, ids: Sequence[str], day: date | None, known: date | None
    ) -> dict[str, dict[str, Any]]:
        """Name, type and standing of entities."""
        names = {
            entity_id: (name, kind)
            for entity_id, name, kind in self._rows(
                "select entity_id, name, entity_type from core.entities"
                " where list_contains($ids, entity_id)",
                ids=list(ids),
            )
        }
        periods: dict[str, list[Mapping[str, Any]]] = {i: [] for i in ids}
        for p in self._table(_PERIODS, ids=list(ids)).to_pylist():
            periods[p["entity_id"]].append(p)
        told = {}
        for entity_id, own in periods.items():
            found = standings(own, self._snapshots, day=day, known=known)
            name, kind = names[entity_id]
            told[entity_id] = {
                "entity_id": entity_id,
                "entity_name": name,
                "entity_type": kind,
                "status": status_over_lists(found),
                "listings": [asdict(s) for s in found],
            }
        return told


def screen(
    settings: Settings,
    name: str,
    *,
    entity_type: str | None = None,
    day: date | None = None,
    known: date | None = None,
    limit: int = 10,
    is_quick: bool = False,
) -> dict[str, Any]:
    """Owners of an address, or candidates for a name."""
    asked = {"name": name, "date": day, "known": known, "threshold": THRESHOLD}
    with contextlib.closing(Lists(settings)) as lists:
        if is_address(name):
            owners = lists.of_address(name, day=day, known=known)
            return {**asked, "kind": "address", "address": _canonical(name), "owners": owners}
        candidates = lists.of_name(
            name, entity_type=entity_type, day=day, known=known, limit=limit, is_quick=is_quick
        )
    return {**asked, "kind": "name", "candidates": candidates, "matcher_version": VERSION}


def screen_batch(
    settings: Settings,
    names: Path,
    out: Path,
    *,
    entity_type: str | None = None,
    day: date | None = None,
    known: date | None = None,
    limit: int = 10,
    is_quick: bool = False,
) -> dict[str, Any]:
    """Screen the column ``name`` of a CSV; one row per candidate, or one that says ``none``.

    A column ``type`` (person, organization, vessel, aircraft) holds for its row.
    """
    if out.exists() and out.samefile(names):
        raise InputRefused(f"{out}: the answers may not replace the names; name another file")
    header, rows = read_rows(names, ("name",))
    kept = [c for c in header if c not in _ADDED]
    counts = {"names": 0, "matches": 0, "reviews": 0}
    with contextlib.closing(Lists(settings)) as lists:

        def answered() -> Iterator[Mapping[str, str]]:
            for row in rows:
                counts["names"] += 1
                given = row.get("type", "").strip().lower() or entity_type
                if given not in (None, *TYPES):
                    raise InputRefused(
                        f"{names}: expected a type of {', '.join(TYPES)}, found {given!r}"
                    )
                found = (
                    lists.of_address(row["name"], day=day, known=known)
                    if is_address(row["name"])
                    else lists.of_name(
                        row["name"],
                        entity_type=given,
                        day=day,
                        known=known,
                        limit=limit,
                        is_quick=is_quick,
                    )
                )
                decisions = [c.get("decision", "match") for c in found]
                counts["matches"] += "match" in decisions
                counts["reviews"] += "match" not in decisions and "review" in decisions
                blank = dict.fromkeys(_ADDED, "") | {"decision": "none"}
                for answer in [_cells(n, c) for n, c in enumerate(found, 1)] or [blank]:
                    yield {**row, **answer}

        written = write_rows(out, [*kept, *_ADDED], answered())
    return {**counts, "rows": written, "out": str(out), "matcher_version": VERSION}


TYPES = ("person", "organization", "vessel", "aircraft")


def is_address(text: str) -> bool:
    """Whether a text is a chain address rather than a name."""
    text = text.strip()
    # No format known is shorter, and names of one word this long are none.
    if len(text) < 25 or " " in text:
        return False
    try:
        canonical(text)
    except ValueError:
        return False
    return True


def _canonical(address: str) -> str:
    try:
        return canonical(address.strip()).address
    except ValueError:
        return address.strip()


def _candidate(hit: Hit, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **told,
        "score": hit.found.score,
        "decision": hit.decision,
        "matched_name": hit.listed.name,
        "name_type": hit.listed.name_type,
        "is_weak": hit.listed.is_weak,
        "explanation": hit.found.explanation(),
        "components": hit.found.components(),
    }


def _cells(rank: int, c: Mapping[str, Any]) -> dict[str, str]:
    found = {
        "rank": rank,
        "decision": "match",
        "score": 1.0,
        "matched_name": c.get("address", ""),
        "name_type": "address" if "address" in c else "",
        "is_weak": False,
        "explanation": "the same address" if "address" in c else "",
        **c,
        "listings": listings(c),
        "programs": "; ".join(sorted({s["programs"] for s in c["listings"] if s["programs"]})),
    }
    cells = {name: found[name] for name in _ADDED}
    return {
        name: f"{v:.4f}"
        if isinstance(v, float)
        else str(v).lower()
        if isinstance(v, bool)
        else str(v)
        for name, v in cells.items()
    }


def listings(c: Mapping[str, Any]) -> str:
    """What each list says, in a line."""
    stated = c.get("address_listings", c["listings"])
    return "; ".join(f"{s['source']} {s['party_id']}: {s['said']}" for s in stated)
