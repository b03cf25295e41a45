"""Who on the lists may be meant by a name: candidates found, compared, ranked, explained.

In: the listed names with their folded forms (``core.name_forms``) and the entities they belong to.
Out: ``Hit``s, best first. A candidate shares a word with the name, or a word that looks or sounds
like one: misspelt words are looked up among all listed words, once per word. The candidates whose
shared words are rarest are then compared (``transforms.matching.comparison``).

A weak name never decides: an entity found by one alone is for ``review``, whatever its score.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz import fuzz, process

from transforms.clean.names import fold
from transforms.matching.comparison import THRESHOLD, Comparison, compare
from transforms.matching.korean import as_listed

# Below this a name is not shown: two words of three in common and one that contradicts are there.
REVIEW = 0.50
# Names compared per query, and the best of them once more with the dictionary of given names; it
# lifts no name to a candidate that has next to nothing in common.
_COMPARED, _ASKED, _WORTH_ASKING = 60, 15, 0.30
# A name of fewer letters is in too many others: only the same name counts.
_SHORT = 4
# A misspelt word keeps three letters in four; the likeliest readings of it are enough.
_ALIKE, _READINGS = 75, 12
# A word that looks alike finds less than the word itself.
_LOOKS, _SOUNDS = 0.8, 0.7
_SHORTEST_WORD = 2
_VOWELS = str.maketrans("", "", "aeiouyhw' ")


class Listed(NamedTuple):
    """A name of an entity as the index holds it."""

    entity_id: str
    entity_type: str
    name: str
    name_type: str
    is_weak: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that may be meant, by which of its names, and why."""

    listed: Listed
    found: Comparison

    @property
    def decision(self) -> str:
        """``match`` or ``review``: a weak name and a middling score are a person's to judge."""
        return "match" if self.found.decision and not self.listed.is_weak else "review"


def folded(name: str) -> str:
    """Words of a name in Latin letters, spellings of one sound alike."""
    return fold(anyascii(name)).strip()


def consonants(word: str) -> str:
    """What is left of a folded word where vowels are not written, or written otherwise."""
    kept = word.translate(_VOWELS)
    return "".join(c for i, c in enumerate(kept) if c != kept[i - 1 : i])


class Index:
    """Listed names by their words."""

    def __init__(self, listed: Sequence[Listed], forms: Iterable[str]) -> None:
        """``forms``: each name's words as ``folded`` gives them."""
        self.listed = listed
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for at, form in enumerate(forms):
            for word in _words_of(form):
                self._by_word[word].append(at)
        self._words = list(self._by_word)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if len(sound := consonants(word)) > 1:
                self._by_sound[sound].append(word)
        self._alike = lru_cache(maxsize=50_000)(self._looked_up)

    def screen(
        self,
        name: str,
        *,
        entity_type: str | None = None,
        limit: int = 10,
        given_names: bool = True,
    ) -> list[Hit]:
        """Entities that may be meant, each by its best name."""
        candidates = [
            self.listed[at]
            for at in self.candidates(name)
            if entity_type is None or self.listed[at].entity_type in (entity_type, "unknown")
        ][:_COMPARED]
        found = [Hit(c, _compared(name, c, entity_type, given_names=False)) for c in candidates]
        found.sort(key=_rank)
        if given_names:
            found[:_ASKED] = [
                Hit(h.listed, _compared(name, h.listed, entity_type, given_names=True))
                if h.found.score >= _WORTH_ASKING
                else h
                for h in found[:_ASKED]
            ]
        needed = 1.0 if len(folded(name).replace(" ", "")) < _SHORT else REVIEW
        best: dict[str, Hit] = {}
        for hit in sorted(found, key=_rank):
            if hit.found.score >= needed:
                best.setdefault(hit.listed.entity_id, hit)
        return sorted(best.values(), key=_rank)[:limit]

    def candidates(self, name: str) -> list[int]:
        """Places of names that share words with a name, the rarest words first."""
        weight: dict[int, float] = defaultdict(float)
        # Hangul writes a name in one word, and lists each syllable by itself.
        for word in dict.fromkeys((*_words_of(folded(name)), *_words_of(as_listed(name)))):
            best: dict[int, float] = {}
            for known, share in self._alike(word):
                places = self._by_word[known]
                value = share * math.log(1 + len(self.listed) / len(places))
                for at in places:
                    if best.get(at, 0.0) < value:
                        best[at] = value
            for at, value in best.items():
                weight[at] += value
        return sorted(weight, key=lambda at: (-weight[at], at))

    def _looked_up(self, word: str) -> tuple[tuple[str, float], ...]:
        """Listed words that may be this one, each with how sure that is."""
        found = {word: 1.0} if word in self._by_word else {}
        if len(word) > _SHORTEST_WORD:
            sound = consonants(word)
            for known in self._by_sound.get(sound, ()):
                found.setdefault(known, _SOUNDS)
            for known, score, _ in process.extract(
                word, self._words, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_READINGS
            ):
                found[known] = max(
                    found.get(known, 0.0), _LOOKS * score / 100, float(known == word)
                )
        return tuple(sorted(found.items()))


def _words_of(form: str) -> Iterator[str]:
    """Words, and neighbours written together: Abdul Karim, Abdulkarim."""
    words = form.split()
    seen = set(words)
    seen.update(a + b for a, b in pairwise(words))
    yield from sorted(w for w in seen if len(w) >= _SHORTEST_WORD or len(words) == 1)


def _compared(
    name: str, listed: Listed, entity_type: str | None, *, given_names: bool
) -> Comparison:
    kind = entity_type if listed.entity_type == "unknown" else listed.entity_type
    return compare(name, listed.name, kind, given_names=given_names)


def _rank(hit: Hit) -> tuple[bool, float, bool, str, str]:
    return (
        hit.decision != "match",
        -hit.found.score,
        hit.listed.name_type != "primary",
        hit.listed.entity_id,
        hit.listed.name,
    )


def indexed(rows: Iterable[Mapping[str, str | bool]]) -> Index:
    """Index of rows (entity_id, entity_type, name, name_type, is_weak, folded_name)."""
    listed, forms = [], []
    for r in rows:
        listed.append(
            Listed(
                str(r["entity_id"]),
                str(r["entity_type"]),
                str(r["name"]),
                str(r["name_type"]),
                bool(r["is_weak"]),
            )
        )
        forms.append(str(r["folded_name"]))
    return Index(listed, forms)


__all__ = ["REVIEW", "THRESHOLD", "Hit", "Index", "Listed", "consonants", "folded", "indexed"]
