"""Listed names as a compiled dictionary: every form with its rank, points and reasons.

In: the tables ``core.entities`` and ``core.entity_names``. Out: an Aho–Corasick automaton over
folded forms (contiguous NFA: a third of the deterministic one's memory and build time, and the
faster scan), and for each form the aliases behind it. The same automaton finds sanctions
vocabulary, topics and countries. One dictionary serves a whole build; it holds no state.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick_rs
import pyarrow as pa

from transforms.clean.names import fold, normalised
from transforms.matching.ranks import EVERYDAY_WORDS, Rank, rank_of, short_form
from transforms.matching.variants import Variant, variants
from transforms.matching.vocabulary import Vocabulary

_WEAK, _FORMER = -25, -5
_SHARED, _SHARED_AT_MOST = -5, -20
_SHORTENED = -5


class Alias(NamedTuple):
    """A form of a listed name (a tuple, as there are hundreds of thousands)."""

    entity: int
    name: str
    form: str
    rank: str
    reason: str
    quality: int
    variant: str
    variant_points: int
    ambiguity: int
    lead: int

    @property
    def tier(self) -> str:
        """A, B, C or D."""
        return self.rank[0]


class Pattern(NamedTuple):
    """What a folded form stands for; one may be a name and a country at once."""

    aliases: tuple[Alias, ...] = ()
    context: str | None = None
    countries: tuple[str, ...] = ()
    topic: str | None = None

    @property
    def strength(self) -> int:
        """3: an alias that can count alone; 2: a short form; 1: only weak ones; 0: no name."""
        ranks = {a.tier for a in self.aliases}
        return 3 if ranks & {"A", "B"} else 2 if "D" in ranks else 1 if ranks else 0


@dataclass(frozen=True, slots=True)
class Entity:
    """What the matcher knows of a listed party."""

    entity_id: str
    entity_type: str
    programs: frozenset[str]
    countries: frozenset[str]
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The compiled names; ``by_form`` answers exact look-ups, the automaton scans."""

    entities: tuple[Entity, ...]
    patterns: tuple[Pattern, ...]
    strengths: bytes
    automaton: ahocorasick_rs.AhoCorasick
    by_form: Mapping[str, tuple[Alias, ...]]
    words: Vocabulary


def compile_aliases(entities: pa.Table, names: pa.Table, words: Vocabulary) -> Dictionary:
    """Dictionary of all names of the given entities; the order of the input does not matter."""
    known = _entities(entities, names, words)
    index = {e.entity_id: i for i, e in enumerate(known)}
    raw: dict[tuple[int, str], tuple[str, Variant, int, bool]] = {}
    columns = ("entity_id", "name_type", "name", "is_weak")
    # Where two names have a form in common, the primary one stands for it.
    for entity_id, name_type, name, is_weak in sorted(
        zip(*(names.column(c).to_pylist() for c in columns), strict=True),
        key=lambda n: (n[0], n[1] != "primary", n[2]),
    ):
        at = index.get(entity_id)
        if at is None or not name:
            continue
        quality = _WEAK if is_weak else _FORMER if name_type == "fka" else 0
        for v in variants(name, known[at].entity_type, words):
            best = raw.get((at, v.form))
            if best is None or best[1].points + best[2] < v.points + quality:
                raw[at, v.form] = (name, v, quality, bool(is_weak))
    aliases = _ranked(raw, known, words)
    return _compiled(aliases, known, words)


def _entities(entities: pa.Table, names: pa.Table, words: Vocabulary) -> tuple[Entity, ...]:
    columns = [entities.column(c).to_pylist() for c in ("entity_id", "entity_type", "programs")]
    stated = (
        entities.column("countries").to_pylist()
        if "countries" in entities.column_names
        else [None] * entities.num_rows
    )
    by_word = _country_words(words)
    in_names: dict[str, set[str]] = defaultdict(set)
    for entity_id, name in zip(
        names.column("entity_id").to_pylist(), names.column("name").to_pylist(), strict=True
    ):
        for token in normalised(name or "").split():
            if token in by_word:
                in_names[entity_id] |= by_word[token]
    known: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {}
    found = []
    for entity_id, kind, programs, countries in zip(*columns, stated, strict=True):
        text = programs or ""
        if text not in known:
            known[text] = _of_programs(text, by_word, words)
        codes, places, topics = known[text]
        more = in_names.get(entity_id, set()).union(
            *(by_word.get(normalised(c), ()) for c in (countries or "").split(";"))
        )
        # Every text speaks of the United States; it is no sign of anybody.
        found.append(Entity(entity_id, kind, codes, (places | more) - {"us"}, topics))
    return tuple(sorted(found, key=lambda e: e.entity_id))


def _of_programs(
    programs: str, by_word: Mapping[str, set[str]], words: Vocabulary
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Programme codes, the countries they are about, and what an article on them speaks of."""
    codes = frozenset(p.strip().upper() for p in programs.split(";") if p.strip())
    places: set[str] = set()
    topics: set[str] = set()
    for code in codes:
        for prefix, countries in words.program_countries.items():
            places |= countries if code.startswith(prefix) else set()
        for prefix, terms in words.program_topics.items():
            topics |= terms if code.startswith(prefix) else set()
        for token in normalised(code).split():
            places |= by_word.get(token, set())
    return codes, frozenset(places), frozenset(topics)


def _country_words(words: Vocabulary) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for code, terms in words.countries.items():
        for term in terms:
            found[normalised(term)].add(code)
    return found


def _ranked(
    raw: Mapping[tuple[int, str], tuple[str, Variant, int, bool]],
    known: tuple[Entity, ...],
    words: Vocabulary,
) -> list[Alias]:
    shared = Counter(form for _, form in raw)
    bearers = _bearers(raw, known)
    tokens_of: dict[str, set[int]] = defaultdict(set)
    for at, form in raw:
        for token in form.split():
            tokens_of[token].add(at)
    ranked = []
    for (at, form), (name, v, quality, is_weak) in raw.items():
        kind = known[at].entity_type
        rank, reason, rarity = (
            Rank("C", "the list itself calls it weak")
            if is_weak
            else rank_of(form, kind, words, bearers)
        )
        if v.kind == "org type removed" and (rank == "C" or rarity == EVERYDAY_WORDS):
            reason = f"left when the company's type is removed: {reason}"
            rank, rarity = "C" if rank == "C" else "B2", 0
        ambiguity = max(_SHARED_AT_MOST, _SHARED * (shared[form] - 1) + rarity)
        ranked.append(
            Alias(at, name, form, rank, reason, quality, v.kind, v.points, ambiguity, v.lead)
        )
        if not is_weak and kind == "organization" and v.points == 0:
            short = short_form(form, words, bearers)
            if short and tokens_of[short] == {at} and (at, short) not in raw:
                why = f"first word of {name}, in no other listed name"
                ranked.append(
                    Alias(at, name, short, "D", why, quality, "short form", _SHORTENED, 0, 0)
                )
    return ranked


def _bearers(
    raw: Mapping[tuple[int, str], tuple[str, Variant, int, bool]], known: tuple[Entity, ...]
) -> Counter[str]:
    """How many listed persons bear a word as part of their name: the list as a gazetteer."""
    seen = {
        (at, token)
        for at, form in raw
        if known[at].entity_type == "person"
        for token in form.split()
    }
    return Counter(token for _, token in seen)


def _compiled(aliases: Iterable[Alias], known: tuple[Entity, ...], words: Vocabulary) -> Dictionary:
    by_key: dict[str, list[Alias]] = defaultdict(list)
    by_form: dict[str, list[Alias]] = defaultdict(list)
    for alias in sorted(aliases, key=lambda a: (a.form, a.entity, a.rank)):
        by_key[fold(alias.form)].append(alias)
        by_form[alias.form].append(alias)
    contexts = {fold(t): t for t in sorted(words.context, reverse=True)}
    topics = {fold(t): t for terms in words.program_topics.values() for t in sorted(terms)}
    countries: dict[str, set[str]] = defaultdict(set)
    for code, terms in words.countries.items():
        for term in terms:
            countries[fold(term)].add(code)
    keys = sorted({*by_key, *contexts, *topics, *countries} - {"  ", " "})
    patterns = tuple(
        Pattern(
            tuple(by_key.get(key, ())),
            contexts.get(key),
            tuple(sorted(countries.get(key, ()))),
            topics.get(key),
        )
        for key in keys
    )
    automaton = ahocorasick_rs.AhoCorasick(
        keys,
        matchkind=ahocorasick_rs.MatchKind.Standard,
        store_patterns=False,
        implementation=ahocorasick_rs.Implementation.ContiguousNFA,
    )
    return Dictionary(
        entities=known,
        patterns=patterns,
        strengths=bytes(p.strength for p in patterns),
        automaton=automaton,
        by_form={f: tuple(a) for f, a in by_form.items()},
        words=words,
    )
