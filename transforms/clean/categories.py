"""Labellers' words for what an address is, in one vocabulary.

``seeds/categories.csv`` holds the words of INTERPOL's dark web and virtual assets taxonomy, those
TagPacks use beside it, and common ones of others. Of several words the one that stands first there
decides: what was done with an address before what kind of service it belongs to, so that a
hacker's address is never taken for the exchange that was hacked; a service before ``sanctioned``,
so that a sanctioned exchange stays one; what says least comes last.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

OTHER = "other"


@cache
def _words() -> Mapping[str, tuple[int, str]]:
    text = files("transforms").joinpath("seeds/categories.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["word"]: (rank, row["category"]) for rank, row in enumerate(rows)}


def category_of(words: Iterable[str]) -> tuple[str | None, list[str]]:
    """Our category for a labeller's words, and the words that are not known: (…, unknown)."""
    said = [w.strip().lower().replace(" ", "_").replace("-", "_") for w in words if w.strip()]
    known = [_words()[w] for w in said if w in _words()]
    unknown = [w for w in said if w not in _words()]
    if known:
        return min(known)[1], unknown
    return (OTHER if unknown else None), unknown
