"""Names that a feed extracted, matched exactly against listed forms.

In: the names of one article, its title and whether it was machine-translated. Out: candidates
without a span, at most of band review: there is no text to look at, and the extractor destroys
or invents capitals. Names of the translation feed stand in inverted order ("Guard
Revolutionary") and are compared as sets of words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.clean.names import fold, normalised
from transforms.matching.aliases import Alias, Dictionary
from transforms.matching.relations import Relations
from transforms.matching.scoring import (
    CO_MENTION,
    PROBABLE,
    REVIEW,
    Candidate,
    co_mentions,
    names_only,
)

_TYPE_CONFLICT = -15
_CONTEXT, _PROGRAM = 6, 8


@dataclass(slots=True)
class FeedNames:
    """Exact look-up of names; keeps what it normalised, since feeds repeat names."""

    dictionary: Dictionary
    relations: Relations
    _forms: dict[str, tuple[Alias, ...]] = field(default_factory=dict)
    _sets: dict[str, tuple[Alias, ...]] = field(default_factory=dict)
    _by_set: Mapping[str, tuple[Alias, ...]] | None = None

    def is_known(self, name: str) -> bool:
        """Whether the name is a listed form, or one in another order of its words."""
        return bool(self._aliases(name, is_translated=True))

    def mentions(
        self,
        names: Sequence[tuple[str, str]],
        title: str | None,
        is_translated: bool,
        suppressed: Counter[str],
    ) -> list[Candidate]:
        """Best candidate per party from (name, kind) pairs, by party."""
        best: dict[int, Candidate] = {}
        for name, kind in names:
            for alias in self._aliases(name, is_translated):
                if alias.rank == "C":
                    suppressed["C"] += 1
                    continue
                c = self._judge(name, kind, alias)
                known = best.get(alias.entity)
                if known is None or (known.score, known.surface) < (c.score, c.surface):
                    best[alias.entity] = c
        if not best:
            return []
        self._add_context(best.values(), [n for n, _ in names], title)
        for c, a, how in co_mentions(list(best.values()), self.relations, _is_one_name):
            c.add("co_mention", CO_MENTION, how=how, surface=a.surface)
        kept = []
        for entity in sorted(best):
            c = best[entity]
            if c.score >= PROBABLE:
                c.add("no_text", PROBABLE - 1 - c.score)
            if c.score >= REVIEW:
                kept.append(c)
            else:
                suppressed[c.alias.tier] += 1
        return kept

    def _aliases(self, name: str, is_translated: bool) -> tuple[Alias, ...]:
        known = self._sets if is_translated else self._forms
        if name not in known:
            form = normalised(name)
            if is_translated:
                known[name] = self._word_sets().get(_word_set(form), ())
            else:
                known[name] = self.dictionary.by_form.get(form, ())
        return known[name]

    def _word_sets(self) -> Mapping[str, tuple[Alias, ...]]:
        if self._by_set is None:
            found: dict[str, list[Alias]] = defaultdict(list)
            for form, aliases in self.dictionary.by_form.items():
                found[_word_set(form)].extend(aliases)
            self._by_set = {s: tuple(a) for s, a in found.items()}
        return self._by_set

    def _judge(self, name: str, kind: str, alias: Alias) -> Candidate:
        c = Candidate(alias.entity, alias, 0, 0, 0, 0, name, names_only(alias), reason=alias.reason)
        party = self.dictionary.entities[alias.entity].entity_type
        is_conflict = (kind == "person" and party != "person") or (
            kind == "organization" and party == "person"
        )
        if is_conflict:
            c.add("type_conflict", _TYPE_CONFLICT, feed=kind, listed=party)
        return c

    def _add_context(
        self, candidates: Iterable[Candidate], names: list[str], title: str | None
    ) -> None:
        """Title and names are the only text there is; the name itself is no context."""
        lines = sorted({fold(n) for n in (*names, title or "")})
        found = {line: self._terms(line) for line in lines}
        for c in candidates:
            own = fold(c.surface)
            entity = self.dictionary.entities[c.entity]
            for line in lines:
                if line == own:
                    continue
                for context, topic, countries in found[line]:
                    if context and "context" not in c.components:
                        c.add("context", _CONTEXT, term=context)
                    place = next(iter(entity.countries.intersection(countries)), None)
                    if "program" not in c.components and (place or topic in entity.topics):
                        c.add("program", _PROGRAM, term=place or topic)

    def _terms(self, line: str) -> list[tuple[str | None, str | None, tuple[str, ...]]]:
        found = self.dictionary.automaton.find_matches_as_indexes(line, overlapping=True)
        patterns = [self.dictionary.patterns[p] for p, _, _ in sorted(found)]
        return [(p.context, p.topic, p.countries) for p in patterns]


def _is_one_name(one: Candidate, other: Candidate) -> bool:
    return normalised(one.surface) == normalised(other.surface)


def _word_set(form: str) -> str:
    return " ".join(sorted(form.split()))
