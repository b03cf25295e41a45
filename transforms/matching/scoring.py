"""Points of one hit: integers, each with its reason, the same on every machine.

The components are those of the design (news.md §3). Three things are added to its table, each
because a check of the same page cannot hold without it:

* ``case`` +10 where one distinctive word (tier B) is written as a name: base 35 with both context
  components is 49, one short of review, so "FARC with Colombia" could never be seen.
* base B2 45 for several words such as "Central Bank": they need a context and nothing else.
* ``inflected`` −4 where only the ending differs in a Cyrillic text: inflection is no misspelling.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from transforms.clean.names import normalised
from transforms.matching.aliases import Alias, Dictionary, Entity
from transforms.matching.ranks import BASE
from transforms.matching.reading import Reading, Term, breaks_inside, nearest
from transforms.matching.relations import Relations
from transforms.matching.vocabulary import Vocabulary

CONFIRMED, PROBABLE, REVIEW = 85, 70, 50

_CASE_MISSING, _CASE_SHOWN = -35, 10
_LONGER_NAME, _SENTENCE_INSIDE = -20, -30
_CONTEXT, _PROGRAM, _IDENTIFIER, CO_MENTION = 6, 8, 25, 10
_CONTEXT_WITHIN = 300
_INFLECTED, _PER_RATIO_POINT = -4, -2
# "michael hart" and "michael haik" have 83; "yevgeny prigozhin" and "yevgeniy prigozhin" 97.
_LEAST_RATIO = 88
# A short word's spelling variant is another word.
_FUZZY_LETTERS = 6

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_SENTENCE_MARK = re.compile(r"[.!?;:…]|\n\s*\n|\s[–—-]+\s|\s•")


@dataclass(slots=True)
class Candidate:
    """A name hit under judgement; ``components`` add up to the score."""

    entity: int
    alias: Alias
    first: int
    last: int
    start: int
    end: int
    surface: str
    components: dict[str, int]
    evidence: dict[str, dict[str, object]] = field(default_factory=dict)
    reason: str = ""

    @property
    def score(self) -> int:
        """Sum of the components, within 0 and 100."""
        return max(0, min(100, sum(self.components.values())))

    def add(self, component: str, points: int, **evidence: object) -> None:
        """Add a component with what speaks for it; nothing where it has no points."""
        if points:
            self.components[component] = points
            if evidence:
                self.evidence[component] = evidence

    def overlaps(self, other: "Candidate") -> bool:
        """Whether the two share a letter of the text."""
        return self.start < other.end and other.start < self.end


def co_mentions(
    candidates: Sequence[Candidate],
    relations: Relations,
    is_same: Callable[[Candidate, Candidate], bool],
) -> list[tuple[Candidate, Candidate, str]]:
    """Who is borne out by a linked or same-action party named in full elsewhere, by whom and how.

    ``is_same`` tells where the two are one place or name, which bears out nothing.
    """
    anchors = [c for c in candidates if c.alias.tier == "A" and c.score >= REVIEW]
    found = []
    for c in candidates:
        for a in anchors:
            how = a.entity != c.entity and relations.between(c.entity, a.entity)
            if how and not is_same(c, a):
                found.append((c, a, how))
                break
    return found


def band(score: int) -> str | None:
    """How sure the name is; None below review."""
    if score >= CONFIRMED:
        return "confirmed"
    if score >= PROBABLE:
        return "probable"
    return "review" if score >= REVIEW else None


def names_only(alias: Alias) -> dict[str, int]:
    """Components that follow from the alias alone."""
    points = {
        "base": BASE[alias.rank],
        "list_quality": alias.quality,
        "variant": alias.variant_points,
        "ambiguity": alias.ambiguity,
    }
    return {component: value for component, value in points.items() if value}


def spelling(surface: str, alias: Alias) -> tuple[str, int, int] | None:
    """Component, points and likeness of a differing spelling; None where it is another name."""
    found = normalised(surface)
    ratio = int(fuzz.ratio(found, alias.form))
    if ratio == 100:
        return "fuzzy", 0, ratio
    if _CYRILLIC.search(found) and _CYRILLIC.search(alias.form):
        return "inflected", _INFLECTED, ratio
    if ratio < _LEAST_RATIO or len(alias.form) < _FUZZY_LETTERS:
        return None
    return "fuzzy", _PER_RATIO_POINT * (100 - ratio), ratio


def judge(
    reading: Reading, first: int, last: int, alias: Alias, dictionary: Dictionary
) -> Candidate | None:
    """Candidate with all components that need no other name; None where it is another name."""
    start = reading.tokens.starts[first] + alias.lead
    end = reading.tokens.ends[last - 1]
    differs = spelling(reading.text[start - alias.lead : end], alias)
    if differs is None:
        return None
    c = Candidate(
        alias.entity,
        alias,
        first,
        last,
        start,
        end,
        reading.text[start:end],
        names_only(alias),
        reason=alias.reason,
    )
    if alias.variant_points:
        c.evidence["variant"] = {"kind": alias.variant}
    component, points, ratio = differs
    c.add(component, points, ratio=ratio)
    words = dictionary.words
    c.add("case", case_points(reading, first, last, alias, words))
    c.add("boundaries", _boundary_points(reading, first, last, alias, words))
    add_context(c, reading, dictionary.entities[alias.entity])
    return c


def add_context(c: Candidate, reading: Reading, entity: Entity) -> None:
    """Sanctions vocabulary nearby; the party's programme or country elsewhere in the text."""
    near = nearest(reading.contexts, c.start, c.end, _CONTEXT_WITHIN)
    if near:
        c.add("context", _CONTEXT, term=near.term, offset=near.start)
    place = _elsewhere(
        (t for t in reading.countries if entity.countries.intersection(t.countries)), c
    ) or _elsewhere((t for t in reading.topics if t.term in entity.topics), c)
    if place:
        c.add("program", _PROGRAM, term=place.term, offset=place.start)


def add_identifier(c: Candidate, text: str, values: Mapping[int, tuple[str, ...]]) -> None:
    """An identifier, birth date or wallet of the party in the same text."""
    for value in values.get(c.entity, ()):
        # Articles print EVM addresses in mixed case; any other identifier is exact.
        is_hex = value.startswith("0x")
        if value not in text and not (is_hex and "0x" in text):
            continue
        flags = re.IGNORECASE if is_hex else 0
        found = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, flags)
        if found:
            c.add("identifier", _IDENTIFIER, term=value, offset=found.start())
            return


def _elsewhere(terms: Iterable[Term], c: Candidate) -> Term | None:
    """First of the terms that is no part of the name itself."""
    return next((t for t in terms if t.end <= c.start or t.start >= c.end), None)


# ── how it is written ───────────────────────────────────────────────────────────────────────


def case_points(reading: Reading, first: int, last: int, alias: Alias, words: Vocabulary) -> int:
    """Points for capitals: missing where a name has them, shown where one word needs them."""
    cased = [
        s
        for i in range(first, last)
        if (s := reading.surface(i, i + 1))[0].lower() != s[0].upper()
        # Single letters are initials, or what an apostrophe leaves of "People's".
        and len(s) > 1
        and normalised(s) not in words.particles
    ]
    if not cased:
        return 0
    if any(s[0].islower() for s in cased):
        return _CASE_MISSING
    is_shown = (
        alias.rank == "B" and reading.is_unstyled(first) and not reading.opens_sentence(first)
    )
    return _CASE_SHOWN if is_shown else 0


def _boundary_points(
    reading: Reading, first: int, last: int, alias: Alias, words: Vocabulary
) -> int:
    points = 0
    if reading.is_unstyled(first):
        own = set(normalised(alias.name).split())
        points += _LONGER_NAME * is_name_part(reading, first - 1, first, words, own)
        points += _LONGER_NAME * is_name_part(reading, last, last, words, own)
    if _has_sentence_mark(reading, first, last, alias, words):
        points += _SENTENCE_INSIDE
    return points


def is_name_part(
    reading: Reading, neighbour: int, gap: int, words: Vocabulary, own: set[str]
) -> bool:
    """Whether the neighbouring token seems to belong to the same, longer name."""
    if not 0 <= neighbour < len(reading.tokens) or reading.gap(gap) not in (" ", "-", "\u00a0"):
        return False
    surface = reading.surface(neighbour, neighbour + 1)
    if not surface[0].isupper():
        return False
    word = normalised(surface)
    if word in own or word in words.particles or word in words.beside:
        return False
    if word in words.places or word in words.legal_forms:
        return False
    return not (neighbour < gap and reading.opens_sentence(neighbour) and words.is_ordinary(word))


def _has_sentence_mark(
    reading: Reading, first: int, last: int, alias: Alias, words: Vocabulary
) -> bool:
    """Sentence punctuation inside; one comma is allowed where the family name stands first."""
    commas = 0
    for later, gap in breaks_inside(reading, first, last):
        if "," in gap and normalised(reading.surface(later, later + 1)) not in words.legal_forms:
            commas += 1
        if not _SENTENCE_MARK.search(gap):
            continue
        before = reading.surface(later - 1, later)
        # The dot of an initial or of "Co." ends no sentence.
        if not (gap.startswith(".") and len(before) <= 3 and not _SENTENCE_MARK.search(gap[1:])):
            return True
    is_reversible = "," in alias.name and alias.form.split()[0] in normalised(
        alias.name.partition(",")[0]
    )
    return commas > (1 if is_reversible else 0)
