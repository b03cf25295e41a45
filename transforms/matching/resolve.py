"""One entity across lists: evidence weighed, people's decisions first, one pass, always the same.

``matched`` lists each pair of parties for which something speaks, with all that speaks for it and
whether it is applied; ``entities`` makes entities of the applied pairs. Nothing is learned and
nothing remembered: the same lists and decisions give the same entities, whatever the order in
which they came.

Rules, in this order:

1. A person's decision holds: ``same`` joins, ``different`` keeps apart, directly and through
   others. Where people contradict each other (A is B, B is C, A is not C), ``different`` holds, and
   of the two ``same`` the one is not applied whose names agree less.
2. Evidence joins in the order of its kind (``evidence.KINDS``), then score, then name. What would
   bring together two that a person keeps apart is not applied.
3. A list that has two parties at once means two: no evidence but a person's joins two of one
   list, unless the one replaces the other. Birth dates that exclude each other keep apart what is
   only alike by name.

An entity has the id of its first party, by first snapshot, list and party id. A party that joins
later, or two entities that turn out to be one, take the id of the older first party. Where new and
stronger evidence parts an entity, the part with that party keeps the id. Nothing else changes it
but an older snapshot, loaded late, with an earlier party of the entity.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa

from transforms.matching.comparison import VERSION as NAMES_VERSION
from transforms.matching.evidence import KINDS, Evidence, Key, Party, by_numbers, reissued
from transforms.matching.namesakes import by_names
from transforms.schemas import table

VERSION = f"entities-1 {NAMES_VERSION}"


def matched(
    parties: Mapping[Key, Party], snapshots: pa.Table, wallets: pa.Table, decisions: pa.Table
) -> pa.Table:
    """Rows of ``core.entity_matches``.

    ``snapshots`` (source, snapshot_date), ``wallets`` (source, party_id, address), ``decisions``
    (decision_number, left_source, left_party_id, right_source, right_party_id, judgement,
    decided_by, decided_on, decision_reason).
    """
    found: dict[tuple[Key, Key], list[Evidence]] = defaultdict(list)
    for e in (*reissued(parties, snapshots), *by_numbers(parties, wallets), *by_names(parties)):
        found[_pair(e.left, e.right)].append(e)
    people = dict(_people(decisions, parties))
    rows = [_row(pair, found.get(pair, []), people.get(pair)) for pair in {**found, **people}]
    rows.sort(key=_order)
    apart = [r for r in rows if r["decision"] == "different"]
    groups = _Groups(
        parties,
        by_people=[_keys(r) for r in apart if r["evidence_kind"] == "human"],
        by_dates=[_keys(r) for r in apart if r["evidence_kind"] == "name"],
    )
    for row in rows:
        row["is_applied"] = row["decision"] == "same" and groups.join(
            *_keys(row), row["evidence_kind"]
        )
    rows.sort(key=_keys)
    return pa.Table.from_pylist(rows, table("core.entity_matches").arrow)


def entities(parties: pa.Table, matches: pa.Table) -> pa.Table:
    """Rows of ``core.entity_parties``.

    ``parties`` (source, party_id, first_seen), ``matches``: rows of ``core.entity_matches``.
    """
    first = {(r["source"], r["party_id"]): r["first_seen"] for r in parties.to_pylist()}
    above = {p: p for p in first}

    def leader(p: Key) -> Key:
        while above[p] != p:
            above[p] = above[above[p]]
            p = above[p]
        return p

    def rank(p: Key) -> tuple[date, str, str]:
        return (first[p], *p)

    basis: dict[Key, str] = {}
    for row in sorted(matches.to_pylist(), key=_order):
        left, right = _keys(row)
        if row["is_applied"] and left in first and right in first:
            one, other = sorted((leader(left), leader(right)), key=rank)
            above[other] = one
            for p in (left, right):
                basis.setdefault(p, row["evidence_kind"])
    rows = [
        {
            "source": p[0],
            "party_id": p[1],
            "entity_id": entity_id(*leader(p)),
            "entity_basis": "own" if leader(p) == p else basis[p],
        }
        for p in sorted(first)
    ]
    return pa.Table.from_pylist(rows, table("core.entity_parties").arrow)


def entity_id(source: str, party_id: str) -> str:
    """Id of the entity whose first party this is: ``e-`` and 12 hex digits."""
    return "e-" + sha256(f"{source}|{party_id}".encode()).hexdigest()[:12]


class _Groups:
    """Parties joined so far, and who may not be joined."""

    def __init__(
        self,
        parties: Mapping[Key, Party],
        *,
        by_people: Iterable[tuple[Key, Key]],
        by_dates: Iterable[tuple[Key, Key]],
    ) -> None:
        self._parties = parties
        self._above = {p: p for p in parties}
        self._members = {p: {p} for p in parties}
        self._apart_by_people = _both_ways(by_people)
        self._apart_by_dates = _both_ways(by_dates)

    def join(self, a: Key, b: Key, kind: str) -> bool:
        """Make one group of two, if nothing forbids it; whether they are one now."""
        if a not in self._above or b not in self._above:
            return False
        one, other = self._leader(a), self._leader(b)
        if one == other:
            return True
        if self._are_apart(one, other, self._apart_by_people):
            return False
        if kind == "name" and self._are_apart(one, other, self._apart_by_dates):
            return False
        if kind not in ("human", "reissued") and self._are_listed_side_by_side(one, other):
            return False
        self._above[other] = one
        self._members[one] |= self._members.pop(other)
        return True

    def _leader(self, p: Key) -> Key:
        while self._above[p] != p:
            self._above[p] = self._above[self._above[p]]
            p = self._above[p]
        return p

    def _are_apart(self, one: Key, other: Key, apart: Mapping[Key, set[Key]]) -> bool:
        return any(apart.get(p, set()) & self._members[other] for p in self._members[one])

    def _are_listed_side_by_side(self, one: Key, other: Key) -> bool:
        by_source: dict[str, list[Party]] = defaultdict(list)
        for p in self._members[other]:
            by_source[p[0]].append(self._parties[p])
        return any(
            mine.first <= theirs.last and theirs.first <= mine.last
            for mine in map(self._parties.__getitem__, self._members[one])
            for theirs in by_source.get(mine.key[0], ())
        )


def _both_ways(pairs: Iterable[tuple[Key, Key]]) -> dict[Key, set[Key]]:
    found: dict[Key, set[Key]] = defaultdict(set)
    for a, b in pairs:
        found[a].add(b)
        found[b].add(a)
    return found


def _people(
    decisions: pa.Table, parties: Mapping[Key, Party]
) -> Iterator[tuple[tuple[Key, Key], dict[str, Any]]]:
    """People's decisions by pair; of several on one pair the last one written counts."""
    for r in sorted(decisions.to_pylist(), key=lambda r: r["decision_number"]):
        left, right = (
            (r["left_source"], r["left_party_id"]),
            (r["right_source"], r["right_party_id"]),
        )
        if left in parties and right in parties and left != right:
            yield _pair(left, right), r


def _row(
    pair: tuple[Key, Key], evidence: list[Evidence], person: Mapping[str, Any] | None
) -> dict[str, Any]:
    evidence = sorted(evidence, key=lambda e: (KINDS.index(e.kind), -e.score, e.text))
    (left, right) = pair
    row: dict[str, Any] = {
        "left_source": left[0],
        "left_party_id": left[1],
        "right_source": right[0],
        "right_party_id": right[1],
        "score": _hundredths(max((e.score for e in evidence), default=None)),
        "evidence": " | ".join(f"{e.kind}: {e.text}" for e in evidence) or None,
        "matcher_version": VERSION,
        "is_applied": False,
    }
    if person is not None:
        return row | {
            "evidence_kind": "human",
            "decision": person["judgement"],
            "decided_by": person["decided_by"],
            "decided_on": person["decided_on"],
            "decision_reason": person["decision_reason"],
        }
    # Evidence of birth dates against evidence of names: dates outweigh names, numbers both.
    telling = next((e for e in evidence if e.decision != "undecided"), evidence[0])
    return row | {
        "evidence_kind": telling.kind,
        "decision": telling.decision,
        "decided_by": "rule",
        "decided_on": None,
        "decision_reason": None,
    }


def _hundredths(score: float | None) -> int | None:
    return None if score is None else round(score * 100)


def _pair(a: Key, b: Key) -> tuple[Key, Key]:
    return (a, b) if a < b else (b, a)


def _keys(row: Mapping[str, Any]) -> tuple[Key, Key]:
    return (
        (row["left_source"], row["left_party_id"]),
        (row["right_source"], row["right_party_id"]),
    )


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (KINDS.index(row["evidence_kind"]), -(row["score"] or 0), _keys(row))
