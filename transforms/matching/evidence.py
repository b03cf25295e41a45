"""What speaks for two parties of the lists being one: declared references, identifiers, wallets.

In: parties and what the lists state of them. Out: ``Evidence`` per pair of parties. Stronger kinds
stand first in ``KINDS``:

* ``reissued``: one list replaces a party's id by another in one publication, under the same name
  (OFAC 38499 → 39796, 2022-11-09);
* ``declared``: a list names the other list's number of the party (UN reference, OFSI group, UK
  reference), or one publisher keeps its number on both of its lists;
* ``identifier``: an IMO number or LEI, or a passport, tax or registration number of one country
  under a compatible name;
* ``wallet``: an address under a compatible name; one address may belong to two parties;
* ``name``: see ``transforms.matching.namesakes``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import pyarrow as pa
from anyascii import anyascii
from rapidfuzz import fuzz

from transforms.clean.names import fold
from transforms.matching.comparison import THRESHOLD, Comparison, compare

Key = tuple[str, str]  # source, party_id

KINDS = ("human", "reissued", "declared", "identifier", "wallet", "name")
STRONG_KINDS = frozenset({"passport", "national_id", "tax_id", "registration", "imo", "lei"})
# These are unique in the world; the others only within the country that issued them.
WORLDWIDE_KINDS = frozenset({"imo", "lei"})
# Where a list states the number that the party has on another one; the UN's see below.
_REFERENCES = {
    "uk_reference": "uk_sl",
    "ofsi_group_id": "uk_ofsi",
}
# Al-Qaida's and the Taliban's lists: person or entity, first letter of the name, number, year.
_UN_BEFORE_2014 = re.compile(r"([qt])([ie])[a-z](\d{1,3})\d{2}")
_UN_UNPADDED = re.compile(r"([a-z]{2}[ie])(\d{1,2})")
# OpenSanctions says in its referents which records it merged.
_REFERENTS = (("ofac", "ofac_sdn"), ("gbhmt", "uk_ofsi"))
# One publisher, one sequence of numbers on all of its lists.
_SHARED_NUMBERS = (("ofac_cons", "ofac_sdn"),)

# A name may be misspelt where a number agrees, but not be another name. References are mistyped,
# too: OFSI of 2020 gives SSi.007 for two persons, and KPe.023 for five companies.
_COMPATIBLE, _COMPATIBLE_IF_DECLARED = THRESHOLD, 0.5
# Spellings of two parties' names that are compared word by word; below half the letters in common
# two words are no spellings of one.
_COMPARED, _UNLIKE = 3, 50


@dataclass(slots=True)
class Party:
    """What the matching needs to know of a party, over all snapshots."""

    key: Key
    entity_type: str
    first: date
    last: date
    names: set[str] = field(default_factory=set)
    births: set[tuple[date, date, str]] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    identifiers: set[tuple[str, str, str]] = field(default_factory=set)  # kind, number, country


class Evidence(NamedTuple):
    """Why two parties are one (``same``), are not (``different``), or need a look."""

    left: Key
    right: Key
    kind: str
    decision: str
    score: float
    text: str


def by_numbers(parties: Mapping[Key, Party], wallets: pa.Table) -> Iterator[Evidence]:
    """Evidence of declared references, identifiers and wallets."""
    for text, group in _declared(parties):
        yield from _between(parties, group, "declared", text, _COMPATIBLE_IF_DECLARED)
    shared: dict[tuple[str, str, str], set[Key]] = defaultdict(set)
    for p in parties.values():
        for kind, number, country in p.identifiers:
            if kind in WORLDWIDE_KINDS:
                shared[kind, number, ""].add(p.key)
            elif kind in STRONG_KINDS and country:
                shared[kind, number, country].add(p.key)
    for (kind, number, country), group in sorted(shared.items()):
        text = " ".join(filter(None, (kind, number, country and f"({country})")))
        # Ships and companies are renamed, and keep these.
        needed = 0.0 if kind in WORLDWIDE_KINDS else _COMPATIBLE
        yield from _between(parties, group, "identifier", text, needed)
    owners: dict[str, set[Key]] = defaultdict(set)
    for r in wallets.to_pylist():
        owners[r["address"]].add((r["source"], r["party_id"]))
    for address, group in sorted(owners.items()):
        yield from _between(parties, group, "wallet", address, _COMPATIBLE)


def _declared(parties: Mapping[Key, Party]) -> Iterator[tuple[str, set[Key]]]:
    by_number = {(p.key[0], number_of(p.key[1])): p.key for p in parties.values()}
    groups: dict[Key, set[Key]] = defaultdict(set)
    for p in parties.values():
        for kind, number, _ in p.identifiers:
            for source, party_id in _referred(kind, number):
                groups[source, party_id].add(p.key)
    for (source, number), group in sorted(groups.items()):
        named = by_number.get((source, number))
        yield f"{source} {number}", group | ({named} if named else set())
    for one, other in _SHARED_NUMBERS:
        for source, party_id in sorted(parties):
            if source == one and (other, party_id) in parties:
                yield f"{other} {party_id}", {(one, party_id), (other, party_id)}


def _referred(kind: str, number: str) -> Iterator[Key]:
    """Which party of which list an identifier names, if any."""
    if kind == "un_reference":
        yield "un_sc", _of_today(number)
    elif kind in _REFERENCES:
        yield _REFERENCES[kind], number
    elif kind == "referent":
        for prefix, source in _REFERENTS:
            if number.startswith(prefix) and number.removeprefix(prefix).isdecimal():
                yield source, number.removeprefix(prefix)


def _of_today(number: str) -> str:
    """A UN reference in its form since 2014: QI.A.248.08. became QDi.248; KPe.23 is KPe.023."""
    if found := _UN_UNPADDED.fullmatch(number):
        return f"{found[1]}{int(found[2]):03}"
    if found := _UN_BEFORE_2014.fullmatch(number):
        return f"{'qd' if found[1] == 'q' else 'ta'}{found[2]}{int(found[3]):03}"
    return number


def number_of(text: str) -> str:
    """An identifier without case, blanks and punctuation."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _between(
    parties: Mapping[Key, Party], group: Iterable[Key], kind: str, text: str, needed: float
) -> Iterator[Evidence]:
    """Evidence for each two parties of different lists in a group."""
    for a, b in combinations(sorted(set(group) & parties.keys()), 2):
        if a[0] == b[0]:
            continue
        one, other = parties[a], parties[b]
        if is_other_type(one, other):
            yield Evidence(
                a, b, kind, "different", 0.0, f"{text}; {one.entity_type} is no {other.entity_type}"
            )
            continue
        found = best_name(one, other)
        said = f"{text}; {found.explanation()}" if found else text
        score = found.score if found else 0.0
        yield Evidence(a, b, kind, "same" if score >= needed else "undecided", score, said)


def is_other_type(one: Party, other: Party) -> bool:
    """Whether two parties are of different types; unknown goes with all."""
    return len({one.entity_type, other.entity_type} - {"unknown"}) > 1


def best_name(one: Party, other: Party) -> Comparison | None:
    """The two names that agree best; weak ones are not among them. None: one has no name."""
    return best_of(one, other, ((x, y) for x in one.names for y in other.names))


def best_of(one: Party, other: Party, pairs: Iterable[tuple[str, str]]) -> Comparison | None:
    """The best of some pairs of names of two parties.

    Lists give a party up to a hundred spellings: only the few pairs that look most alike are
    compared in full.
    """
    kind = one.entity_type if one.entity_type != "unknown" else other.entity_type
    alike = sorted((-_looks(x, y), x, y) for x, y in pairs)
    best: Comparison | None = None
    for _, x, y in alike[:_COMPARED]:
        found = compare(x, y, kind, given_names=False)
        if best is None or found.score > best.score:
            best = found
        if best.score == 1:
            break
    return best


def _looks(x: str, y: str) -> float:
    return fuzz.token_sort_ratio(latin(x), latin(y))


def may_agree(x: str, y: str) -> bool:
    """False where two names must contradict each other: what they do not share is unlike.

    A cheap look: nine of ten candidates end here.
    """
    one, other = _words(x), _words(y)
    lone = sorted(one - other), sorted(other - one)
    return not all(lone) or fuzz.ratio(" ".join(lone[0]), " ".join(lone[1])) >= _UNLIKE


@lru_cache(maxsize=200_000)
def _words(name: str) -> frozenset[str]:
    """Words that may contradict others: not particles and initials."""
    return frozenset(w for w in latin(name).split() if len(w) > 3)


@lru_cache(maxsize=200_000)
def latin(name: str) -> str:
    """A name's folded words in Latin letters."""
    return fold(anyascii(name)).strip()


def reissued(parties: Mapping[Key, Party], snapshots: pa.Table) -> Iterator[Evidence]:
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
    for p in parties.values():
        if (p.key[0], p.last) in following:
            gone[p.key[0], following[p.key[0], p.last]].append(p)
    words = {
        k: {frozenset(number_of(w) for w in n.split()) for n in p.names} for k, p in parties.items()
    }
    for key, new in sorted(parties.items()):
        for old in sorted(gone.get((key[0], new.first), ()), key=lambda p: p.key):
            if (
                old is not new
                and old.entity_type == new.entity_type
                and words[old.key] & words[key]
            ):
                text = f"{key[0]} of {new.first} has {key[1]} in place of {old.key[1]}"
                yield Evidence(old.key, key, "reissued", "same", 1.0, text)
