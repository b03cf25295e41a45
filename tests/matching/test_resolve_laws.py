"""One entity across lists: what holds for any parties, evidence and decisions."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import combinations
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.resolving import DAY, NAMES, SOURCES, decided, party, resolved
from transforms.matching.evidence import Key, Party
from transforms.matching.resolve import entity_id


@st.composite
def lists(draw: st.DrawFn) -> list[Party]:
    """Parties of four lists with names, births and identifiers that meet each other."""
    found = []
    for number in range(draw(st.integers(2, 9))):
        year = draw(st.sampled_from([None, 1960, 1985]))
        first = DAY + timedelta(days=draw(st.integers(0, 3)))
        found.append(
            party(
                draw(st.sampled_from(SOURCES)),
                f"N.{number}",
                draw(st.sampled_from(NAMES)),
                born=date(year, 5, 4) if year else None,
                first=first,
                last=first + timedelta(days=draw(st.integers(0, 2))),
                countries=draw(st.sampled_from([(), ("ru",), ("ir", "ru")])),
                identifiers=draw(
                    st.sampled_from(
                        [(), (("passport", "ab12345", "ru"),), (("imo", "9123456", ""),)]
                    )
                ),
            )
        )
    return found


@st.composite
def lists_and_decisions(draw: st.DrawFn) -> tuple[list[Party], pa.Table]:
    parties = draw(lists())
    pairs = list(combinations([p.key for p in parties], 2))
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=5))
    return parties, decided(
        *((a, b, draw(st.sampled_from(["same", "different"]))) for a, b in chosen)
    )


def last_words(decisions: pa.Table) -> Mapping[frozenset[Key], str]:
    return {
        frozenset(
            [(r["left_source"], r["left_party_id"]), (r["right_source"], r["right_party_id"])]
        ): r["judgement"]
        for r in decisions.to_pylist()
    }


@settings(max_examples=150)
@given(lists_and_decisions(), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_changes_nothing(
    given: tuple[list[Party], pa.Table], random: Random
) -> None:
    parties, decisions = given
    shuffled = list(parties)
    random.shuffle(shuffled)
    assert resolved(parties, decisions) == resolved(shuffled, decisions)


@settings(max_examples=150)
@given(lists_and_decisions())
def test_who_is_kept_apart_is_never_one_entity(given: tuple[list[Party], pa.Table]) -> None:
    parties, decisions = given
    entity, matches = resolved(parties, decisions)
    for pair, judgement in last_words(decisions).items():
        if judgement == "different":
            assert len({entity[p] for p in pair}) == 2
    for m in matches:
        left, right = (
            (m["left_source"], m["left_party_id"]),
            (m["right_source"], m["right_party_id"]),
        )
        if m["is_applied"]:
            assert entity[left] == entity[right]


@settings(max_examples=100)
@given(lists())
def test_a_person_who_says_same_is_followed(parties: list[Party]) -> None:
    a, b = parties[0].key, parties[-1].key
    entity, matches = resolved(parties, decided((a, b, "same")))
    assert entity[a] == entity[b]
    (said,) = [m for m in matches if m["evidence_kind"] == "human"]
    assert (said["decided_by"], said["decision_reason"]) == ("A. Analyst", "seen the files")


@settings(max_examples=100)
@given(lists_and_decisions())
def test_an_entity_is_named_by_its_first_party(given: tuple[list[Party], pa.Table]) -> None:
    parties, decisions = given
    entity, _ = resolved(parties, decisions)
    for found in set(entity.values()):
        first = min((p for p in parties if entity[p.key] == found), key=lambda p: (p.first, *p.key))
        assert found == entity_id(*first.key)
