"""Parties of the lists as the matching sees them: what was ever stated of each, over all snapshots.

In: distinct rows of the staged tables. Out: ``Party`` by (source, party_id). Countries become ISO
codes by rigour's names of territories, so that "Iran", "IR" and "Islamic Republic of Iran" are one;
what it does not know stays as it is written.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pyarrow as pa
from rigour import _core

from transforms.clean.names import normalised
from transforms.matching.evidence import Key, Party, number_of


def parties_of(tables: Mapping[str, pa.Table]) -> dict[Key, Party]:
    """Parties by their keys.

    ``tables``: ``parties`` (source, party_id, first_seen, last_seen, entity_type), ``names``
    (source, party_id, name), ``countries`` (source, party_id, country), ``births`` (source,
    party_id, date_from, date_to, date_precision) and ``identifiers`` (source, party_id,
    identifier_kind, identifier, country).
    """
    found = {
        (r["source"], r["party_id"]): Party(
            (r["source"], r["party_id"]), r["entity_type"], r["first_seen"], r["last_seen"]
        )
        for r in tables["parties"].to_pylist()
    }
    for p, r in _rows(found, tables["names"]):
        p.names.add(r["name"])
    for p, r in _rows(found, tables["countries"]):
        p.countries |= {code_of(c) for c in r["country"].split(";") if c.strip()}
    for p, r in _rows(found, tables["births"]):
        p.births.add((r["date_from"], r["date_to"] or r["date_from"], r["date_precision"]))
    for p, r in _rows(found, tables["identifiers"]):
        country = code_of(r["country"]) if r["country"] else ""
        kind, number = r["identifier_kind"], number_of(r["identifier"])
        if kind == "imo":
            number = number.removeprefix("imo")
        if number:
            p.identifiers.add((kind, number, country))
    return found


def _rows(found: Mapping[Key, Party], rows: pa.Table) -> Iterator[tuple[Party, Mapping[str, Any]]]:
    for r in rows.to_pylist():
        party = found.get((r["source"], r["party_id"]))
        if party is not None:
            yield party, r


def code_of(country: str) -> str:
    """ISO code of a country by any of its names; the text itself where none is known."""
    text = normalised(country)
    return _codes().get(text, text)


@cache
def _codes() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in _core.territories_jsonl().splitlines():
        territory = json.loads(line)
        code = territory.get("code")
        if not code or len(code) != 2:
            continue
        known = (
            *(code, territory.get("alpha3"), territory.get("name"), territory.get("full_name")),
            *territory.get("names_strong", ()),
            *territory.get("names_weak", ()),
        )
        for name in filter(None, known):
            names.setdefault(normalised(name), code)
    return names
