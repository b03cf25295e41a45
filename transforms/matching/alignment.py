"""Which word of one name stands for which word of another, and why.

In: two names and whether they are a person's. Out: ``Pairing``s, the evidence of a comparison.
What a word is, which legal forms, numbers, places and given names are the same, and which
spellings are close comes from rigour, the name library of OpenSanctions: the same analysis and
alignment that nomenklatura's logic-v2 weighs. Words that rigour leaves alone on both sides are
looked at once more: spellings that sound alike, initials, and single typos in short words.

rigour's public modules load PyICU, for transliteration we do not use, and PyICU has no wheels. So
its compiled core is imported, where these names live; ``pyproject.toml`` leaves PyICU out and
holds rigour to one minor version.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from rigour import _core

from transforms.clean.names import fold
from transforms.matching.vocabulary import vocabulary

# rigour's own bound for what a name may be; the rest of a longer one is not compared.
LONGEST_NAME = int(_core.MAX_NAME_LENGTH)

# How sure a symbol makes us that two words written differently are one. Nicknames are shared by
# several names (Alex: Alexander, Alexei); legal forms are grouped coarsely (LLC, GmbH).
_SYMBOLS = {
    "ORGCLS": ("legal form", 0.8),
    "INITIAL": ("initial", 0.9),
    "NAME": ("name", 0.95),
    "NICK": ("nickname", 0.7),
    "SYMBOL": ("word", 0.95),
    "DOMAIN": ("word", 0.95),
    "NUM": ("number", 0.95),
    "LOC": ("place", 0.95),
}
_SAME_SOUND = 0.95
_INITIAL = 0.85
# Words that share less than two letters in three are two words; so are AB and AC.
_CLOSE_SPELLING, _SHORTEST_TYPO = 2 / 3, 4

# What tells persons or companies apart is a full word (1); these tell less.
_BY_TAG = {"STOP": 0.3, "LEGAL": 0.2, "TITLE": 0.1, "HONORIFIC": 0.1}
_BY_SYMBOL = {"ORGCLS": 0.2, "SYMBOL": 0.4, "INITIAL": 0.5, "DOMAIN": 0.7, "LOC": 0.8}
_PARTICLE, _BEGINS_A_NAME, _WORD = 0.3, 0.6, 0.35
_PARTICLES = frozenset(
    "al bin bint ben da de del el ibn la na of the ud ul ur van von".split()  # noqa: SIM905 (reads better)
)
# "Servant of", "father of": half of a name that the next word completes.
_BEGINNINGS = frozenset({"abd", "abdal", "abdel", "abdul", "abu"})


class Pairing(NamedTuple):
    """Words that stand for each other; one side is empty where a word has no counterpart."""

    left: str
    right: str
    kind: str
    score: float
    weight: float


def analysed(name: str, kind: str, *, given_names: bool) -> list[Any]:
    """Readings of a name; ``given_names`` looks words up in rigour's dictionary of them.

    That dictionary takes some seconds and 400 MB to load, once per process.
    """
    is_person = kind == "person"
    found = _core.analyze_names(
        _core.NameTypeTag.PER if is_person else _core.NameTypeTag.ORG,
        [name[:LONGEST_NAME]],
        infer_initials=True,
        symbols=given_names or not is_person,
        phonetics=False,
        consolidate=False,
    )
    return sorted(found, key=lambda n: n.form)


def has_legal_form(name: str) -> bool:
    """Whether a word of the name says what kind of company it is."""
    return any(
        reading.parts[-1].comparable in vocabulary().legal_forms
        or any(span.symbol.category == _core.SymbolCategory.ORG_CLASS for span in reading.spans)
        for reading in analysed(name, "organization", given_names=False)
        if reading.parts
    )


def pairings(left: Any, right: Any) -> Iterator[tuple[Pairing, ...]]:
    """Each way to lay two analysed names side by side."""
    is_org = _core.NameTypeTag.ORG in (left.tag, right.tag)
    weights = Weights(left, right, is_org=is_org)
    for edges in _core.pair_symbols(left, right) or [()]:
        found = [_by_symbol(e, weights) for e in edges]
        used_left = {p for e in edges for p in e.qps}
        used_right = {p for e in edges for p in e.rps}
        rest = (
            [p for p in left.parts if p not in used_left],
            [p for p in right.parts if p not in used_right],
        )
        if rest[0] or rest[1]:
            found.extend(_by_spelling(*rest, weights))
        yield tuple(found)


class Weights(dict[Any, float]):
    """What each word of two names tells, and which words are numbers."""

    def __init__(self, *names: Any, is_org: bool) -> None:
        super().__init__()
        self.is_org = is_org
        self.numbers: set[Any] = set()
        for name in names:
            self.update({part: _alone(part, is_org) for part in name.parts})
            for span in name.spans if is_org else ():
                self._within(span)

    def _within(self, span: Any) -> None:
        category = span.symbol.category.value
        for part in span.parts:
            if category == "NUM":  # Fund II is not Fund III
                self[part] = 1.0
                self.numbers.add(part)
            elif part not in self.numbers:
                self[part] = min(self[part], _BY_SYMBOL.get(category, 1.0))


def _alone(part: Any, is_org: bool) -> float:
    word = part.comparable
    if word in _BEGINNINGS:
        return _BEGINS_A_NAME
    if word in _PARTICLES:
        return _PARTICLE
    if is_org and word in vocabulary().legal_forms:
        return _BY_SYMBOL["ORGCLS"]
    return _BY_TAG.get(part.tag.value, 1.0)


def _weight(left: Sequence[Any], right: Sequence[Any], weights: Weights) -> float:
    """Of the fuller side, yet no pairing counts for more than a word and a half."""
    return min(1.5, max(sum(weights[p] for p in left), sum(weights[p] for p in right)))


def _by_symbol(edge: Any, weights: Weights) -> Pairing:
    kind, score = _SYMBOLS.get(edge.symbol.category.value, ("word", 0.9))
    if edge.qstr == edge.rstr:
        kind, score = "same", 1.0
    elif fold(edge.qstr) == fold(edge.rstr):
        score = max(score, _SAME_SOUND)
    return Pairing(edge.qstr, edge.rstr, kind, score, _weight(edge.qps, edge.rps, weights))


def _by_spelling(left: list[Any], right: list[Any], weights: Weights) -> Iterator[Pairing]:
    if weights.is_org:
        left, right = _core.NamePart.tag_sort(left), _core.NamePart.tag_sort(right)
    else:
        left, right = _core.align_person_name_order(left, right)
    lone: tuple[list[Any], list[Any]] = ([], [])
    for e in _core.compare_parts(left, right):
        if e.qps and e.rps and e.score > 0:
            kind, score = "same" if e.qstr == e.rstr else "spelling", e.score
            if score < _SAME_SOUND and fold(e.qstr) == fold(e.rstr):
                kind, score = "sound", _SAME_SOUND
            yield Pairing(e.qstr, e.rstr, kind, score, _weight(e.qps, e.rps, weights))
        else:
            lone[0].extend(e.qps)
            lone[1].extend(e.rps)
    yield from _by_second_look(*lone, weights)


def _by_second_look(left: list[Any], right: list[Any], weights: Weights) -> Iterator[Pairing]:
    """Words that rigour found no counterpart for: close ones, contradictions, omissions."""
    close = sorted(
        (
            (-score, abs(i - j), i, j, kind)
            for i, p in enumerate(left)
            for j, q in enumerate(right)
            for kind, score in [_likeness(p.comparable, q.comparable, weights.is_org)]
            if score
        ),
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for minus, _, i, j, kind in close:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            p, q = left[i], right[j]
            yield Pairing(p.comparable, q.comparable, kind, -minus, _weight([p], [q], weights))
    lone_left = [p for i, p in enumerate(left) if i not in taken[0]]
    lone_right = [q for j, q in enumerate(right) if j not in taken[1]]
    # The weightiest word of one name contradicts the weightiest of the other. A particle
    # contradicts no word; a number that only one company's name has does (Fund, Fund II).
    lone_left.sort(key=lambda p: -weights[p])
    lone_right.sort(key=lambda p: -weights[p])
    for p, q in zip_longest(lone_left, lone_right):
        is_word = [w is not None and weights[w] >= _WORD for w in (p, q)]
        if p is not None and q is not None and is_word[0] == is_word[1]:
            weight = (weights[p] + weights[q]) / 2
            yield Pairing(p.comparable, q.comparable, "contradiction", 0.0, weight)
            continue
        for word, side in ((p, "left"), (q, "right")):
            if word is not None:
                kind = "contradiction" if word in weights.numbers else "omission"
                lone_word = Pairing("", "", kind, 0.0, weights[word])
                yield lone_word._replace(**{side: word.comparable})


def _likeness(left: str, right: str, is_org: bool) -> tuple[str, float]:
    if min(len(left), len(right)) > 1 and fold(left) == fold(right):
        return "sound", _SAME_SOUND
    if not is_org and 1 in (len(left), len(right)) and left[:1] == right[:1]:
        return "initial", _INITIAL
    if max(len(left), len(right)) < _SHORTEST_TYPO:
        return "spelling", 0.0
    score = OSA.normalized_similarity(left, right, score_cutoff=_CLOSE_SPELLING)
    return "spelling", score
