"""Word lists of the matcher, each word with its reason: ``transforms/matching/terms/*.csv``.

Changing a word is changing a row; ``version`` changes with it, and with it every mention's
``matcher_version``. All sets hold normalised words (``transforms.clean.names.normalised``).

``common_words.csv`` answers "is this word written in lower case in running text?": its
percentages were counted over 25 million words of English manuals and documentation, the rest was
added by hand for what news and ships' names use. ``countries.csv`` holds the names of countries
in the languages of the context terms (Unicode CLDR), and by hand their people and capitals.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from transforms.clean.names import normalised


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The lists, and a hash over all of them."""

    version: str
    common: frozenset[str]
    generic: frozenset[str]
    legal_forms: frozenset[str]
    given: frozenset[str]
    generic_persons: frozenset[str]
    places: frozenset[str]
    beside: frozenset[str]
    particles: frozenset[str]
    family_first: frozenset[str]
    binders: frozenset[str]
    context: tuple[str, ...]
    countries: Mapping[str, tuple[str, ...]]  # country code → its terms
    program_countries: Mapping[str, frozenset[str]]  # programme prefix → country codes
    program_topics: Mapping[str, frozenset[str]]  # programme prefix → terms

    def is_everyday(self, word: str) -> bool:
        """Whether the word alone names nobody: a common word, a place, a given name, a number."""
        return word in self.places or word in self.given or self.is_ordinary(word)

    def is_ordinary(self, word: str) -> bool:
        """Whether the word is one of everyday language, names of people and places apart."""
        return (
            word in self.common
            or word in self.generic
            or not word.isalpha()
            or (word.endswith("s") and (word[:-1] in self.common or word[:-1] in self.generic))
        )


@cache
def vocabulary() -> Vocabulary:
    """All word lists as shipped."""
    return load(files("transforms.matching").joinpath("terms"))


def load(folder: Traversable) -> Vocabulary:
    """Word lists of a folder; a test changes one and sees the version change."""
    digest = sha256()
    rows: dict[str, list[dict[str, str]]] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".csv"):
            data = file.read_bytes()
            digest.update(file.name.encode() + b"\0" + data)
            rows[file.name.removesuffix(".csv")] = list(
                csv.DictReader(data.decode("utf-8").splitlines())
            )
    countries: dict[str, set[str]] = defaultdict(set)
    for row in rows["countries"]:
        countries[row["country"]].add(row["term"])
    return Vocabulary(
        version=digest.hexdigest()[:16],
        common=_words(rows["common_words"], "word"),
        generic=_words(rows["generic_words"], "word"),
        legal_forms=_words(
            [r for r in rows["generic_words"] if r["reason"] == "legal form"], "word"
        ),
        given=_words(rows["given_names"], "name"),
        generic_persons=_words(rows["generic_persons"], "name"),
        places=_words(rows["places"], "place")
        | frozenset(normalised(t) for terms in countries.values() for t in terms),
        beside=_words(rows["beside_names"], "word"),
        particles=_words(rows["particles"], "word"),
        family_first=_words(rows["family_first"], "family_name"),
        binders=_words(rows["bound_given_names"], "name"),
        context=tuple(sorted({r["term"] for r in rows["context"]})),
        countries={c: tuple(sorted(terms)) for c, terms in sorted(countries.items())},
        program_countries=_by_program(rows["programs"], "country"),
        program_topics=_by_program(rows["programs"], "topic"),
    )


def _words(rows: list[dict[str, str]], column: str) -> frozenset[str]:
    return frozenset(normalised(row[column]) for row in rows)


def _by_program(rows: list[dict[str, str]], kind: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["kind"] == kind:
            found[row["program_prefix"]].add(row["value"])
    return {prefix: frozenset(values) for prefix, values in sorted(found.items())}
