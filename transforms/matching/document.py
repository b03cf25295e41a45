"""All mentions of one text: hits judged, compared with each other, and their short forms found.

Order: every hit is judged alone; of hits of one party at one place the best stays, and a hit
inside a longer listed name is explained by that name; parties that belong together then support
each other; last come family names of persons and short forms of organisations, which count only
where the party, or one it belongs to, is named in full in the same text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transforms.clean.names import fold
from transforms.matching.aliases import Alias, Dictionary
from transforms.matching.reading import Reading, read
from transforms.matching.relations import Relations
from transforms.matching.scoring import (
    CO_MENTION,
    REVIEW,
    Candidate,
    add_context,
    add_identifier,
    case_points,
    co_mentions,
    is_name_part,
    judge,
)
from transforms.matching.variants import family_name, given_names

# What a short form costs against the name it stands for, and the most it can reach.
_COREFERENCE, _COREFERENCE_AT_MOST = -10, 85
_FAMILY_NAME_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Matcher:
    """Everything a text is read against; made once per build."""

    dictionary: Dictionary
    relations: Relations
    identifiers: Mapping[int, tuple[str, ...]]

    def mentions(self, text: str, suppressed: Counter[str]) -> list[Candidate]:
        """Candidates of band review and better, by place; the others are counted by tier."""
        reading, weak = read(text, self.dictionary)
        suppressed["C"] += weak
        if reading is None:
            return []
        candidates = [
            c
            for hit in reading.hits
            for alias in hit.aliases
            if alias.rank not in ("C", "D")
            and (c := judge(reading, hit.first, hit.last, alias, self.dictionary))
        ]
        candidates = _longest(_best_per_place(candidates), suppressed)
        for c in candidates:
            add_identifier(c, text, self.identifiers)
        for c, a, how in co_mentions(candidates, self.relations, Candidate.overlaps):
            c.add("co_mention", CO_MENTION, how=how, surface=a.surface, offset=a.start)
        anchors = [c for c in candidates if c.alias.tier == "A" and c.score >= REVIEW]
        if anchors:
            taken = [c for c in candidates if c.score >= REVIEW]
            candidates += [
                d
                for d in (*self._family_names(reading, anchors), *self._short(reading, anchors))
                if not any(d.overlaps(c) for c in taken)
            ]
        kept = [c for c in _best_per_place(candidates) if c.score >= REVIEW]
        for c in candidates:
            if c.score < REVIEW:
                suppressed[c.alias.tier] += 1
        return kept

    # ── short forms ─────────────────────────────────────────────────────────────────────────

    def _family_names(self, reading: Reading, anchors: list[Candidate]) -> Iterator[Candidate]:
        """Family names standing alone, of persons named in full."""
        entities, words = self.dictionary.entities, self.dictionary.words
        by_name: dict[str, dict[int, Candidate]] = {}
        for a in anchors:
            if entities[a.entity].entity_type != "person":
                continue
            family = family_name(a.alias.name)
            if (
                family
                and len(family) >= _FAMILY_NAME_LETTERS
                and " " not in family
                and not words.is_everyday(family)
                and family not in words.family_first
            ):
                best = by_name.setdefault(family, {})
                if a.entity not in best or best[a.entity].score < a.score:
                    best[a.entity] = a
        for family, bearers in sorted(by_name.items()):
            if len(bearers) > 1:
                continue  # two listed persons of that name in one text: nobody can say which
            ((entity, anchor),) = bearers.items()
            own = {family, *given_names(anchor.alias.name)}
            key = fold(family).strip()
            for i, word in enumerate(reading.words):
                if word == key and self._stands_alone(reading, i, own):
                    alias = Alias(
                        entity, anchor.alias.name, family, "D", "", 0, "family name", 0, 0, 0
                    )
                    reason = f"family name of {anchor.alias.name}, named in full as"
                    yield _coreference(reading, (i, i + 1), alias, anchor, reason)

    def _short(self, reading: Reading, anchors: list[Candidate]) -> Iterator[Candidate]:
        """Short forms of organisations that belong to a party named in full."""
        for hit in reading.hits:
            for alias in hit.aliases:
                if alias.rank != "D" or not self._stands_alone(reading, hit.first, set()):
                    continue
                found = self._anchor(alias, anchors)
                if found is None:
                    continue
                anchor, how = found
                place = (hit.first, hit.last)
                reason = f"{alias.reason}; {how} as"
                c = _coreference(reading, place, alias, anchor, reason)
                if not how.startswith("named in full"):
                    c.add("variant", alias.variant_points, kind=alias.variant)
                if how.startswith("same programme"):
                    # A programme has thousands of parties: the text must speak of it right here.
                    probe = _coreference(reading, place, alias, anchor, reason)
                    add_context(probe, reading, self.dictionary.entities[alias.entity])
                    if not {"context", "program"} <= probe.components.keys():
                        continue
                    c.evidence |= {k: probe.evidence[k] for k in ("context", "program")}
                yield c

    def _anchor(self, alias: Alias, anchors: list[Candidate]) -> tuple[Candidate, str] | None:
        """The party's own full name, else that of the closest party, the best score first."""
        ordered = sorted(anchors, key=lambda a: (-a.score, a.start, a.entity))
        for a in ordered:
            if a.entity == alias.entity:
                return a, "named in full"
        for a in ordered:
            how = self.relations.between(alias.entity, a.entity)
            if how:
                return a, how
        for a in ordered:
            shared = self.relations.shared_programs(alias.entity, a.entity)
            if shared:
                return a, f"same programme {', '.join(shared)}"
        return None

    def _stands_alone(self, reading: Reading, at: int, own: set[str]) -> bool:
        """Whether the word is written as a name and is no part of another, longer one."""
        words = self.dictionary.words
        probe = Alias(0, "", "", "D", "", 0, "", 0, 0, 0)
        if case_points(reading, at, at + 1, probe, words) < 0:
            return False
        return not (
            is_name_part(reading, at - 1, at, words, own)
            or is_name_part(reading, at + 1, at + 1, words, own)
        )


def _coreference(
    reading: Reading, place: tuple[int, int], alias: Alias, anchor: Candidate, reason: str
) -> Candidate:
    first, last = place
    c = Candidate(
        alias.entity,
        alias,
        first,
        last,
        reading.tokens.starts[first],
        reading.tokens.ends[last - 1],
        reading.surface(first, last),
        {"coreference": min(_COREFERENCE_AT_MOST, anchor.score + _COREFERENCE)},
        reason=f"{reason} {anchor.surface!r}",
    )
    c.evidence["coreference"] = {"surface": anchor.surface, "offset": anchor.start}
    return c


def _best_per_place(candidates: list[Candidate]) -> list[Candidate]:
    """Of a party's overlapping hits the longest, then the best; in order of place."""
    by_entity: dict[int, list[Candidate]] = {}
    for c in sorted(candidates, key=lambda c: (c.start - c.end, -c.score, c.start, c.alias.form)):
        kept = by_entity.setdefault(c.entity, [])
        if not any(c.overlaps(k) for k in kept):
            kept.append(c)
    return sorted(
        (c for kept in by_entity.values() for c in kept), key=lambda c: (c.start, c.end, c.entity)
    )


def _longest(candidates: list[Candidate], suppressed: Counter[str]) -> list[Candidate]:
    """Without hits that lie inside a longer listed name of tier A: that name explains them."""
    kept = []
    for c in candidates:
        explained = any(
            o.alias.tier == "A"
            and o.start <= c.start
            and c.end <= o.end
            and o.end - o.start > c.end - c.start
            and o.score >= min(c.score, REVIEW)
            for o in candidates
        )
        if explained:
            suppressed["inside a longer listed name"] += 1
        else:
            kept.append(c)
    return kept
