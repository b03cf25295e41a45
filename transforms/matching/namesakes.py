"""Parties of different lists that bear one name: one party or namesakes.

In: parties with names, birth dates, countries and identifiers. Out: ``Evidence`` of kind ``name``.
A name never decides alone; it needs a birth date or year, a country, or an identifier besides, and
dates that exclude each other outweigh any name. What has the name and nothing else is ``undecided``
and waits for a person's decision. Weak names are not among the names.

Candidates are names that share two folded words (or the one there is), so that a list of tens of
thousands is compared in seconds: blocks with more parties than ``_LARGEST_BLOCK`` hold everyday
names, whose bearers meet in a block of a rarer word, if they are alike. Who was born on one day is
compared, too.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations

from transforms.matching.comparison import Comparison
from transforms.matching.evidence import (
    Evidence,
    Key,
    Party,
    best_of,
    is_other_type,
    latin,
    may_agree,
)

logger = logging.getLogger(__name__)

_LARGEST_BLOCK = 200
# The rarest words of a long name block it; two of five are in common with any other of its forms.
_BLOCKING_WORDS = 5

# Nearly the same name; the same but for spelling; alike, which a day of birth makes one.
_NEAR, _SAME, _ALIKE = 0.90, 0.95, 0.80
# Where only a country is known besides, a person's name must have as many words in common.
_WORDS_FOR_COUNTRY = 3
_SHORTEST_IDENTIFIER = 5
_TELLING = frozenset(
    {"passport", "national_id", "tax_id", "registration", "mmsi", "email", "phone"}
)
# Lists state circa years, and lunar calendars shift by one.
_YEARS_APART = 1


def by_names(parties: Mapping[Key, Party]) -> Iterator[Evidence]:
    """Evidence for each two parties of different lists whose names are nearly the same."""
    names = _blocks(parties)
    for (a, b), pairs in sorted(names.items()):
        one, other = parties[a], parties[b]
        found = best_of(one, other, (p for p in pairs if may_agree(*p)))
        if found is None:
            continue
        judged = _judged(one, other, found)
        if judged:
            decision, text = judged
            yield Evidence(a, b, "name", decision, found.score, f"{found.explanation()}; {text}")


def _judged(one: Party, other: Party, found: Comparison) -> tuple[str, str] | None:
    shared = _identifier(one, other)
    if shared and found.decision:
        return "same", shared
    birth = _births(one, other)
    if birth and birth[0] == "day" and found.score >= _ALIKE:
        return "same", birth[1]
    if found.score < _NEAR:
        return None
    if birth and birth[0] == "different":
        return birth
    if birth and found.score >= _SAME:
        return "same", birth[1]
    return _by_country(one, other, found)


def _by_country(one: Party, other: Party, found: Comparison) -> tuple[str, str]:
    countries = sorted(one.countries & other.countries)
    if not countries:
        return "undecided", "nothing else is known of both"
    agreeing = [w for w in found.words if w.kind not in ("omission", "contradiction")]
    words = sum(len(w.left.split()) for w in agreeing)
    types = {one.entity_type, other.entity_type}
    is_enough = types == {"organization"} or (
        # A person's name tells enough beside a country if it is long, and births are not known.
        types == {"person"} and words >= _WORDS_FOR_COUNTRY and not (one.births and other.births)
    )
    decision = "same" if is_enough and found.score >= _SAME else "undecided"
    return decision, f"both of {', '.join(countries)}"


def _births(one: Party, other: Party) -> tuple[str, str] | None:
    """``day``, ``year`` or ``different``, and how to say it; None where one has no date."""
    if not one.births or not other.births:
        return None
    days = sorted(_days(one) & _days(other))
    if days:
        return "day", f"born {days[0]}"
    spans = [
        ((a[0].year, a[1].year), (b[0].year, b[1].year)) for a in one.births for b in other.births
    ]
    common = sorted(max(a[0], b[0]) for a, b in spans if a[0] <= b[1] and b[0] <= a[1])
    if common:
        # Two full dates of one year that differ are two birthdays, or a typing error.
        return None if _days(one) and _days(other) else ("year", f"born {common[0]}")
    apart = min(max(b[0] - a[1], a[0] - b[1]) for a, b in spans)
    if apart > _YEARS_APART:
        return "different", f"born {apart} years apart"
    return None


def _days(p: Party) -> set[date]:
    """Full dates of birth; the first of January stands for an unknown day in many registers."""
    return {a for a, _, precision in p.births if precision == "day" and (a.month, a.day) != (1, 1)}


def _identifier(one: Party, other: Party) -> str | None:
    """An identifier both have, though its country is known of one at most."""
    mine, theirs = _telling(one), _telling(other)
    for kind, number in sorted(mine.keys() & theirs.keys()):
        a, b = mine[kind, number], theirs[kind, number]
        if a & b or "" in a | b:
            return f"{kind} {number}"
    return None


def _telling(p: Party) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind, number, country in p.identifiers:
        if kind in _TELLING and len(number) >= _SHORTEST_IDENTIFIER:
            found[kind, number].add(country)
    return found


def _blocks(parties: Mapping[Key, Party]) -> dict[tuple[Key, Key], set[tuple[str, str]]]:
    """Pairs of parties of different lists, each with the pairs of names that share words."""
    words = {(p.key, name): _words(name) for p in parties.values() for name in p.names}
    bearers = Counter(w for (_, _), ws in words.items() for w in ws)
    blocks: dict[tuple[str, ...], list[tuple[Key, str]]] = defaultdict(list)
    for (key, name), found in words.items():
        rarest = sorted(found, key=lambda w: (bearers[w], w))[:_BLOCKING_WORDS]
        keys = (
            combinations(sorted(rarest), 2)
            if len(rarest) > 1
            else [tuple(rarest)]
            if rarest
            else []
        )
        for block in keys:
            blocks[block].append((key, name))
    skipped = 0
    pairs: dict[tuple[Key, Key], set[tuple[str, str]]] = defaultdict(set)
    for members in (*blocks.values(), *_born_together(parties)):
        sources = {key[0] for key, _ in members}
        if len(sources) < 2:
            continue
        if len({key for key, _ in members}) > _LARGEST_BLOCK:
            skipped += 1
            continue
        for (a, x), (b, y) in combinations(sorted(members), 2):
            if a[0] != b[0] and not is_other_type(parties[a], parties[b]):
                pairs[a, b].add((x, y))
    logger.info("names: %d pairs of parties to compare, %d blocks too large", len(pairs), skipped)
    return pairs


def _born_together(parties: Mapping[Key, Party]) -> Iterator[list[tuple[Key, str]]]:
    born: dict[date, list[tuple[Key, str]]] = defaultdict(list)
    for p in parties.values():
        for day in _days(p):
            born[day].extend((p.key, name) for name in p.names)
    yield from born.values()


def _words(name: str) -> frozenset[str]:
    """Folded Latin words of a name that tell something; of one-word names that word."""
    found = frozenset(latin(name).split())
    return frozenset(w for w in found if len(w) > 2) or found
