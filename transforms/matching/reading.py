"""One article read against the dictionary: where names, countries and sanctions words stand.

In: a text. Out: hits as token ranges, and offsets in code points, which are computed only for
texts in which a name hit that can count. What hit is not judged here.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from transforms.clean.names import Tokens, fold, is_hangul, tokens
from transforms.matching.aliases import Alias, Dictionary

# A line in which most words are capitalised (a headline) tells nothing about a name's case.
_TITLE_SHARE, _TITLE_WORDS = 0.7, 4
_SENTENCE_ENDS = ".!?:;…•·|\n\r"
_OPENERS = " \t\"'“”‘’«»„([{—–-*#>\u00a0\u3000"


class Hit(NamedTuple):
    """Tokens ``first`` to ``last`` (exclusive) fold to a form of these aliases."""

    first: int
    last: int
    aliases: tuple[Alias, ...]


class Term(NamedTuple):
    """A context term, topic or country name, in code points."""

    start: int
    end: int
    term: str
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Hits of one text; offsets are code points of ``text``, half-open."""

    text: str
    folded: str
    tokens: Tokens
    hits: tuple[Hit, ...]
    contexts: tuple[Term, ...]
    topics: tuple[Term, ...]
    countries: tuple[Term, ...]

    def surface(self, first: int, last: int) -> str:
        """The text's own letters of a token range."""
        return self.text[self.tokens.starts[first] : self.tokens.ends[last - 1]]

    def gap(self, index: int) -> str:
        """What stands between token ``index - 1`` and token ``index``."""
        return self.text[self.tokens.ends[index - 1] : self.tokens.starts[index]]

    @cached_property
    def words(self) -> list[str]:
        """The folded tokens."""
        return self.folded.split()

    def is_unstyled(self, first: int) -> bool:
        """Whether the token's line has the case of prose: neither a headline nor all capitals."""
        begin = self.text.rfind("\n", 0, self.tokens.starts[first]) + 1
        if begin not in self._prose:
            end = self.text.find("\n", begin)
            self._prose[begin] = _is_prose(self.text[begin : end if end >= 0 else None])
        return self._prose[begin]

    @cached_property
    def _prose(self) -> dict[int, bool]:
        """What ``is_unstyled`` found, by where a line begins."""
        return {}

    def opens_sentence(self, first: int) -> bool:
        """Whether the token is the first of its sentence, where any word is capitalised."""
        at = self.tokens.starts[first] - 1
        while at >= 0 and self.text[at] in _OPENERS:
            at -= 1
        return at < 0 or self.text[at] in _SENTENCE_ENDS


def _is_prose(line: str) -> bool:
    if not any(c.islower() for c in line):
        return False
    long = [w for w in line.split() if len(w) > 3 and w[0].isalpha()]
    capital = sum(w[0].isupper() for w in long)
    return len(long) < _TITLE_WORDS or capital < _TITLE_SHARE * len(long)


def read(text: str, dictionary: Dictionary) -> tuple[Reading | None, int]:
    """Hits of a text, None where no name hit that can count; and how many weak ones hit."""
    folded = fold(text)
    patterns, strengths = dictionary.patterns, dictionary.strengths
    found = dictionary.automaton.find_matches_as_indexes(folded, overlapping=True)
    weak = sum(strengths[p] == 1 for p, _, _ in found)
    if not any(strengths[p] == 3 for p, _, _ in found):
        return None, weak
    at = tokens(text)
    hits: list[Hit] = []
    contexts: list[Term] = []
    topics: list[Term] = []
    countries: list[Term] = []
    found.sort(key=lambda m: (m[1], m[2], m[0]))
    index = position = 0
    for number, start, end in found:
        index += folded.count(" ", position, start)
        position = start
        last = index + folded.count(" ", start, end) - 1
        pattern = patterns[number]
        if strengths[number] > 1 and _begins_word(text, at, index):
            hits.append(Hit(index, last, pattern.aliases))
        begin, finish = at.starts[index], at.ends[last - 1]
        if pattern.context:
            contexts.append(Term(begin, finish, pattern.context))
        if pattern.topic:
            topics.append(Term(begin, finish, pattern.topic))
        if pattern.countries:
            term = text[begin:finish]
            countries.append(Term(begin, finish, term, pattern.countries))
    reading = Reading(
        text, folded, at, tuple(hits), tuple(contexts), tuple(topics), tuple(countries)
    )
    return reading, weak


def _begins_word(text: str, at: Tokens, index: int) -> bool:
    """Hangul syllables are tokens, yet a name begins where a word does; particles may follow."""
    start = at.starts[index]
    return not (start and is_hangul(text[start]) and is_hangul(text[start - 1]))


def nearest(terms: tuple[Term, ...], start: int, end: int, within: int) -> Term | None:
    """The term closest to a span and outside it, the earlier of two; None if none is near."""
    near = [
        (gap, t.start, t)
        for t in terms
        if (gap := max(t.start - end, start - t.end)) >= 0 and gap <= within
    ]
    return min(near)[2] if near else None


def breaks_inside(reading: Reading, first: int, last: int) -> list[tuple[int, str]]:
    """Gaps between the tokens of a range: the number of the later token and the gap's text."""
    return [(later, reading.gap(later)) for _, later in pairwise(range(first, last))]
