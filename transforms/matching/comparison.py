"""Whether two names may be one party's: a score from 0 to 1, and why.

In: two names and what they name. Out: a ``Comparison``: the score, the decision at ``THRESHOLD``
and the evidence, word by word (``transforms.matching.alignment``).

A name agrees with another as far as its words do, weighed by what they tell. Two words that
contradict each other (al-Rawi, al-Tikriti) count more than any number that agree; a word that is
only left out counts little for a person (middle names are) and much for a company (Santander,
Santander México). Names in Han or Hangul are compared sign by sign, names in different scripts by
their transliteration, and where one script writes no vowels, by their consonants.

The constants are round numbers chosen for these reasons, not fitted: F1 moves by a hundredth
between neighbours. ``THRESHOLD`` is the default of yente, the screening service that runs
logic-v2. It was held against 5,000 pairs made of the lists themselves (OFAC July 2021, UN April
2025, OFSI April 2020; none is in the development file): of names with one typing error 98 % pass,
of names with a word left out or the order changed all, of each name's most similar stranger 5 %
(persons) and 8 % (companies), of persons with one word exchanged 0.4 %.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from anyascii import anyascii
from rapidfuzz.distance import OSA
from rigour import _core

from transforms.clean.names import normalised
from transforms.matching.alignment import LONGEST_NAME, Pairing, analysed, has_legal_form, pairings
from transforms.matching.korean import family_apart, has_hangul, romanised_alike, spelt_sounds

VERSION = "names-2"
THRESHOLD = 0.70

# A contradicted word leaves three quarters of what agrees.
_CONTRADICTED = 0.75
# What a left-out word weighs beside one that agrees: in a person's name, in a company's.
_OMITTED = {"person": 0.2}
_OMITTED_OF_COMPANY = 0.8
# One word in common is no name (Michaela, Michelle Obama): a person needs more than that where
# the other name goes on.
_ONE_WORD, _ONE_WORD_SCORE = 1.25, 0.6
# Nothing in a dictionary of given names betters this.
_CERTAIN = 0.95
# Transliteration loses letters, and without vowels more names are alike.
_TRANSLITERATED, _CONSONANTS, _CONSONANTS_ALIKE = 0.95, 0.9, 0.8
_SOUNDS_OF_A_NAME = 5
# Signs that sound alike may be one in its traditional and its simplified form.
_SAME_SOUNDING_SIGN = 0.5

_KINDS = {
    "person": "person",
    "company": "organization",
    "organization": "organization",
    "publicbody": "organization",
    "vessel": "object",
    "aircraft": "object",
    "airplane": "object",
    "vehicle": "object",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A score, how it was found, and the words behind it."""

    score: float
    method: str
    words: tuple[Pairing, ...] = ()

    @property
    def decision(self) -> bool:
        """Whether the score reaches the shipped threshold."""
        return self.score >= THRESHOLD

    def components(self) -> dict[str, Any]:
        """Evidence for programs and readers of JSON."""
        return {"method": self.method, "words": [w._asdict() for w in self.words]}

    def explanation(self) -> str:
        """Evidence in a line: ``khan = khan, imran ~ imraan (spelling 0.87), + ali``."""
        return ", ".join(_said(w) for w in self.words) or self.method


def _said(w: Pairing) -> str:
    if w.kind == "same":
        return f"{w.left} = {w.right}"
    if w.kind == "contradiction":
        return f"{w.left} ≠ {w.right}"
    if w.kind == "omission":
        return f"- {w.left}" if w.left else f"+ {w.right}"
    return f"{w.left} ~ {w.right} ({w.kind} {w.score:.2f})"


def kind_of(schema: str | None) -> str:
    """``person``, ``organization``, ``object``, or ``unknown``: then legal forms tell companies."""
    return _KINDS.get((schema or "").strip().casefold(), "unknown")


def compare(
    left: str, right: str, schema: str | None = None, *, given_names: bool = True
) -> Comparison:
    """Compare two names; the order of the two changes nothing but sides.

    ``given_names`` allows the dictionary of given names, which knows nicknames and other scripts
    but takes seconds to load: it is asked only where it can matter.
    """
    kind = kind_of(schema)
    a, b = _plain(left), _plain(right)
    if (b, right) < (a, left):
        found = _compare(b, a, kind, given_names)
        flipped = tuple(w._replace(left=w.right, right=w.left) for w in found.words)
        return Comparison(found.score, found.method, flipped)
    return _compare(a, b, kind, given_names)


def _plain(name: str) -> str:
    """The name as text: no control characters, compatibility forms made common ones, cut."""
    text = unicodedata.normalize("NFKC", name[: 2 * LONGEST_NAME])
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(kept.split())[:LONGEST_NAME]


@lru_cache(maxsize=4096)
def _compare(left: str, right: str, kind: str, given_names: bool) -> Comparison:
    one, other = normalised(left), normalised(right)
    if not one or not other:
        return Comparison(0.0, "nothing to compare")
    if one == other:
        return Comparison(1.0, "same name", (Pairing(one, other, "same", 1.0, 1.0),))
    if kind == "object":
        left, right, kind = _without_prefix(left), _without_prefix(right), "organization"
    elif kind == "unknown":
        is_company = has_legal_form(left) or has_legal_form(right)
        kind = "organization" if is_company else "person"
    signs = _by_signs(left, right, kind)
    if signs:
        return signs
    if kind == "person":
        left, right = family_apart(left), family_apart(right)
    found = _by_words(left, right, kind, is_given_names=False)
    is_same_script = bool(_core.common_scripts(left, right))
    is_open = not is_same_script or any(w.score >= 0.5 and w.weight >= 0.5 for w in found.words)
    if given_names and kind == "person" and found.score < _CERTAIN and is_open:
        found = max(found, _by_words(left, right, kind, is_given_names=True), key=_score)
    if not is_same_script and found.score < _CERTAIN:
        others = (
            _transliterated(left, right, kind),
            _by_consonants(left, right),
            _by_sounds(left, right, kind),
        )
        found = max(found, *others, key=_score)
        if others[-1].method == "other sounds" and any(w.kind == "spelling" for w in found.words):
            found = replace(found, score=round(found.score * _CONTRADICTED, 4))
    return found


def _score(c: Comparison) -> float:
    return c.score


def _by_words(left: str, right: str, kind: str, *, is_given_names: bool) -> Comparison:
    best = Comparison(0.0, "words")
    for x in _readings(left, kind, is_given_names):
        for y in _readings(right, kind, is_given_names):
            if x.comparable == y.comparable:
                same = Pairing(x.comparable, y.comparable, "same", 1.0, 1.0)
                return Comparison(1.0, "words", (same,))
            for words in pairings(x, y):
                score = _weighed(words, kind)
                if score > best.score or not best.words:
                    best = Comparison(score, "words", words)
    return best


@lru_cache(maxsize=16_384)
def _readings(name: str, kind: str, is_given_names: bool) -> Sequence[Any]:
    return analysed(name, kind, given_names=is_given_names)


def _weighed(words: Sequence[Pairing], kind: str) -> float:
    agreed = weight = contradicted = omitted = 0.0
    for w in words:
        if w.kind == "omission":
            omitted += w.weight
        else:
            weight += w.weight
            agreed += w.weight * w.score
            contradicted += w.weight * (1 - w.score)
    if not agreed:
        return 0.0
    of_omitted = _OMITTED.get(kind, _OMITTED_OF_COMPANY)
    score = agreed / (weight + of_omitted * omitted) * float(_CONTRADICTED**contradicted)
    if kind == "person" and omitted >= 0.5 and agreed < _ONE_WORD:
        score *= _ONE_WORD_SCORE
    return round(score, 4)


def _without_prefix(name: str) -> str:
    words = name.split()
    while len(words) > 1 and words[0].casefold().strip(".") in _object_prefixes():
        words.pop(0)
    return " ".join(words)


@cache
def _object_prefixes() -> frozenset[str]:
    return frozenset(p.casefold().strip(".") for p in _core.obj_name_prefixes_list())


def _by_signs(left: str, right: str, kind: str) -> Comparison | None:
    """Names written in Han or Hangul alone: a sign is a part of a name, not a letter."""
    one, other = (s.replace(" ", "").replace("·", "") for s in (left, right))
    for script in ("Han", "Hangul"):
        if all(_core.text_scripts(s) == {script} and s.isalpha() for s in (one, other)):
            break
    else:
        return None
    return _signs_compared(one, other, kind)


def _signs_compared(one: str, other: str, kind: str) -> Comparison:
    distance = float(OSA.distance(one, other))
    if len(one) == len(other):
        differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        sounds = sum(anyascii(a).casefold() == anyascii(b).casefold() for a, b in differing)
        distance = min(distance, len(differing) - _SAME_SOUNDING_SIGN * sounds)
    agreed = 1 - distance / max(len(one), len(other))
    score = agreed * (_CONTRADICTED**distance if kind == "person" else 1.0)
    words = (Pairing(one, other, "signs", round(agreed, 4), 1.0),)
    return Comparison(round(score, 4), "signs", words)


def _transliterated(left: str, right: str, kind: str) -> Comparison:
    found = _by_words(anyascii(left), anyascii(right), kind, is_given_names=False)
    return Comparison(round(found.score * _TRANSLITERATED, 4), "transliterated", found.words)


def _by_consonants(left: str, right: str) -> Comparison:
    if not {"Arabic", "Hebrew", "Syriac"} & (_core.text_scripts(left) | _core.text_scripts(right)):
        return Comparison(0.0, "consonants")
    one, other = _consonants(left), _consonants(right)
    # Three consonants are a word, not a name.
    if min(len(one), len(other)) <= 3:
        return Comparison(0.0, "consonants")
    alike = OSA.normalized_similarity(one, other, score_cutoff=_CONSONANTS_ALIKE)
    words = (Pairing(one, other, "consonants", round(alike, 4), 1.0),)
    return Comparison(round(alike * _CONSONANTS, 4), "consonants", words)


def _by_sounds(left: str, right: str, kind: str) -> Comparison:
    """A Korean's name as Latin letters spell it, or what Hangul spells of a company's."""
    if has_hangul(left) == has_hangul(right):
        return Comparison(0.0, "sounds")
    sides = (left, right) if has_hangul(left) else (right, left)
    if kind == "person" and (alike := romanised_alike(*sides)) is not None:
        words = (Pairing(left, right, "sounds", alike, 1.0),)
        method = "sounds" if alike else "other sounds"
        return Comparison(round(alike * _TRANSLITERATED, 4), method, words)
    one, other = spelt_sounds(left), spelt_sounds(right)
    if min(len(one), len(other)) < _SOUNDS_OF_A_NAME:
        return Comparison(0.0, "sounds")
    alike = OSA.normalized_similarity(one, other, score_cutoff=_CONSONANTS_ALIKE)
    words = (Pairing(one, other, "sounds", round(alike, 4), 1.0),)
    return Comparison(round(alike * _CONSONANTS, 4), "sounds", words)


def _consonants(name: str) -> str:
    family, _, given = name.partition(",")
    kept = ""
    for c in anyascii(f"{given} {family}").casefold():
        if c.isalpha() and c not in "aeiouyw" and not kept.endswith(c):
            kept += {"q": "k", "c": "k"}.get(c, c)
    return kept
