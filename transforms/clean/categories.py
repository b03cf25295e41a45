"""Labellers' words for what an address is, in one vocabulary.

``seeds/categories.csv`` holds the words of INTERPOL's dark web and virtual assets taxonomy, those
TagPacks use beside it, and common ones of others. Of several words the one that stands first there
decides: what was done with an address before what kind of service it belongs to, so that a
hacker's address is never taken for the exchange that was hacked; a service before ``sanctioned``,
so that a sanctioned exchange stays one; what says least comes last.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

OTHER = "other"
# The taxonomy's list of abuses ends in None.
_NOTHING = frozenset({"", "none", "null"})
# Where one word of a camelCased name ends and the next begins: mixingService.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BLANKS = re.compile(r"[\s_-]+")


@cache
def _words() -> Mapping[str, tuple[int, str]]:
    text = files("transforms").joinpath("seeds/categories.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["word"]: (rank, row["category"]) for rank, row in enumerate(rows)}


def category_of(words: Iterable[str]) -> tuple[str | None, list[str]]:
    """Our category for a labeller's words, and the words that are not known: (…, unknown)."""
    said = [word for w in words if (word := _word(w)) not in _NOTHING]
    known = [_words()[w] for w in said if w in _words()]
    unknown = [w for w in said if w not in _words()]
    if known:
        return min(known)[1], unknown
    return (OTHER if unknown else None), unknown


def _word(text: str) -> str:
    """A word as the vocabulary spells it; of a concept's address what stands behind the #."""
    word = text.strip()
    if "://" in word:
        word = word.rpartition("#" if "#" in word else "/")[2]
    plain = _BLANKS.sub("_", word).lower().strip("_")
    parted = _HUMP.sub("_", word).lower()
    return parted if plain not in _words() and parted in _words() else plain
