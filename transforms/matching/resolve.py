"""One entity across lists: exact evidence only.

Two parties are one entity where

* they stand on different lists, are of one type, share a strong identifier (passport, tax or
  registration number with the same country, IMO, LEI) or a wallet, *and* bear a compatible name;
* they stand on one list and one replaces the other: the second appears in the very snapshot from
  which the first is absent, with the same name and type (OFAC 38499 → 39796, 2022-11-09).

Names alone never decide, a surname least of all; one address may belong to two parties.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import combinations

import pyarrow as pa

from transforms.schemas import table

Party = tuple[str, str]

STRONG_KINDS = frozenset({"passport", "national_id", "tax_id", "registration", "imo", "lei"})
# These are unique in the world; the others only within the country that issued them.
WORLDWIDE_KINDS = frozenset({"imo", "lei"})


@dataclass(frozen=True, slots=True)
class _Seen:
    entity_type: str
    first: date
    last: date


def resolve(
    parties: pa.Table,
    snapshots: pa.Table,
    names: pa.Table,
    identifiers: pa.Table,
    wallets: pa.Table,
) -> pa.Table:
    """Rows of ``core.entity_parties``.

    ``parties`` (source, party_id, first_seen, last_seen, entity_type), ``snapshots`` (source,
    snapshot_date), ``names`` (source, party_id, name; weak ones left out), ``identifiers``
    (source, party_id, identifier_kind, identifier, country), ``wallets`` (source, party_id,
    address). The entity's id is made from its first party, by first_seen, source and id.
    """
    seen = {
        (r["source"], r["party_id"]): _Seen(r["entity_type"], r["first_seen"], r["last_seen"])
        for r in parties.to_pylist()
    }
    tokens: dict[Party, set[frozenset[str]]] = defaultdict(set)
    for r in names.to_pylist():
        tokens[r["source"], r["party_id"]].add(frozenset(_tokens(r["name"])))

    groups = _Groups(seen)
    for a, b in _reissued(seen, snapshots, tokens):
        groups.join(a, b, "reissued")
    for why, group in _sharing(identifiers, wallets):
        for a, b in combinations(sorted(group & seen.keys()), 2):
            if a[0] != b[0] and _compatible(a, b, seen, tokens):
                groups.join(a, b, why)

    rows = [
        {
            "source": p[0],
            "party_id": p[1],
            "entity_id": entity_id(*groups.leader(p)),
            "entity_basis": groups.basis[p],
        }
        for p in sorted(seen)
    ]
    return pa.Table.from_pylist(rows, table("core.entity_parties").arrow)


class _Groups:
    """Parties joined so far; a group is led by its first party, by first_seen, source and id."""

    def __init__(self, seen: Mapping[Party, _Seen]) -> None:
        self._seen = seen
        self._above = {p: p for p in seen}
        self.basis = dict.fromkeys(seen, "own")

    def leader(self, p: Party) -> Party:
        """First party of the group that ``p`` belongs to."""
        while self._above[p] != p:
            self._above[p] = self._above[self._above[p]]
            p = self._above[p]
        return p

    def join(self, a: Party, b: Party, why: str) -> None:
        """Make one group of two; the later party says why it is there."""
        first, second = sorted((self.leader(a), self.leader(b)), key=self._rank)
        self._above[second] = first
        later = max(a, b, key=self._rank)
        if self.basis[later] == "own":
            self.basis[later] = why

    def _rank(self, p: Party) -> tuple[date, str, str]:
        return (self._seen[p].first, *p)


def entity_id(source: str, party_id: str) -> str:
    """Id of the entity whose first party this is: ``e-`` and 12 hex digits."""
    return "e-" + sha256(f"{source}|{party_id}".encode()).hexdigest()[:12]


def _tokens(name: str) -> list[str]:
    return ["".join(c for c in t if c.isalnum()) for t in name.casefold().split()]


def _compatible(
    a: Party, b: Party, seen: Mapping[Party, _Seen], tokens: Mapping[Party, set[frozenset[str]]]
) -> bool:
    """Same type, and a name of each that share two words, or the one word there is."""
    types = {seen[a].entity_type, seen[b].entity_type} - {"unknown"}
    if len(types) > 1:
        return False
    return any(len(x & y) >= min(2, len(x), len(y)) and x & y for x in tokens[a] for y in tokens[b])


def _reissued(
    seen: Mapping[Party, _Seen],
    snapshots: pa.Table,
    tokens: Mapping[Party, set[frozenset[str]]],
) -> Iterable[tuple[Party, Party]]:
    """Pairs (old, new) of one list where the new id replaces the old in one publication."""
    days: dict[str, list[date]] = defaultdict(list)
    for r in snapshots.to_pylist():
        days[r["source"]].append(r["snapshot_date"])
    following = {
        (source, day): after
        for source, ds in days.items()
        for day, after in zip(sorted(ds), sorted(ds)[1:], strict=False)
    }
    gone: dict[tuple[str, date], list[Party]] = defaultdict(list)
    for p, s in seen.items():
        if (p[0], s.last) in following:
            gone[p[0], following[p[0], s.last]].append(p)
    for new, s in sorted(seen.items()):
        for old in sorted(gone.get((new[0], s.first), ())):
            if old != new and seen[old].entity_type == s.entity_type and tokens[old] & tokens[new]:
                yield old, new


def _sharing(identifiers: pa.Table, wallets: pa.Table) -> Iterable[tuple[str, set[Party]]]:
    """Groups of parties that share a strong identifier or a wallet."""
    by_identifier: dict[tuple[str, str, str], set[Party]] = defaultdict(set)
    for r in identifiers.to_pylist():
        kind = r["identifier_kind"]
        if kind in STRONG_KINDS and (r["country"] or kind in WORLDWIDE_KINDS):
            country = "" if kind in WORLDWIDE_KINDS else r["country"].casefold()
            number = "".join(c for c in r["identifier"].casefold() if c.isalnum())
            by_identifier[kind, country, number].add((r["source"], r["party_id"]))
    by_wallet: dict[str, set[Party]] = defaultdict(set)
    for r in wallets.to_pylist():
        by_wallet[r["address"]].add((r["source"], r["party_id"]))
    for _, group in sorted(by_identifier.items()):
        yield "identifier", group
    for _, group in sorted(by_wallet.items()):
        yield "wallet", group
