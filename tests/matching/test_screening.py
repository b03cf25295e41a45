"""Candidates for a name, and what the lists say of them on a day."""

from datetime import date
from typing import Any

import pytest

from transforms.matching.listing import standings, status_over_lists
from transforms.matching.screening import Index, Listed, consonants, folded

LISTED = (
    Listed("e-1", "person", "LINDQVIST, Anna Maria", "primary", is_weak=False),
    Listed("e-1", "person", "THE RAVEN", "aka", is_weak=True),
    Listed("e-2", "person", "LINDQVIST, Karl", "primary", is_weak=False),
    Listed("e-3", "organization", "RAVEN TRADING LLC", "primary", is_weak=False),
    Listed("e-4", "person", "AL-SABRI, Mohammed Tariq", "primary", is_weak=False),
    Listed("e-5", "unknown", "Abdulkarim Hassan", "primary", is_weak=False),
    Listed("e-6", "vessel", "SEA ROSE", "primary", is_weak=False),
    Listed("e-8", "person", "KIM, Chol Su", "primary", is_weak=False),
    Listed("e-7", "organization", "ООО Северный ветер", "primary", is_weak=False),
)
INDEX = Index(LISTED, [folded(n.name) for n in LISTED])


def found(name: str, **options: Any) -> list[tuple[str, str]]:
    hits = INDEX.screen(name, given_names=False, **options)
    return [(h.listed.entity_id, h.decision) for h in hits]


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Anna Maria Lindqvist", "e-1"),
        ("Anna Lindqvist", "e-1"),
        ("Ana Lindkvist", "e-1"),
        ("Anna Lindqvsit", "e-1"),
        ("Mohamed Tarik Al Sabry", "e-4"),
        ("محمد طارق الصبري", "e-4"),
        ("Abdul Karim Hassan", "e-5"),
        ("김철수", "e-8"),
        ("Severny Veter", "e-7"),
        ("Raven Trading", "e-3"),
        ("MV Sea Rose", "e-6"),
    ],
)
def test_a_party_is_found_by_another_spelling(name: str, entity: str) -> None:
    assert found(name)[0] == (entity, "match")


@pytest.mark.parametrize(
    "name", ["Karla Bergman", "", "x", "LLC", "Sea", "…", "Sea Captain", "Anna Bergman"]
)
def test_nobody_is_matched_where_nobody_is_meant(name: str) -> None:
    assert "match" not in [decision for _, decision in found(name)]


def test_a_weak_name_decides_nothing() -> None:
    assert found("The Raven", entity_type="person") == [("e-1", "review")]


def test_a_type_leaves_out_others_but_not_the_unknown() -> None:
    assert found("Abdulkarim Hassan", entity_type="organization") == [("e-5", "match")]
    assert found("Sea Rose", entity_type="person") == []


def test_a_limit_keeps_the_best() -> None:
    assert found("Karl Lindqvist")[0] == ("e-2", "match")
    assert found("Karl Lindqvist", limit=1) == [("e-2", "match")]
    assert found("Karl Lindqvist", limit=0) == []


def test_consonants_stand_for_a_word_without_vowels() -> None:
    assert consonants(folded("Mohammed")) == consonants(folded("محمد"))
    assert consonants("ai") == ""


# ── standing on the lists ───────────────────────────────────────────────────────────────────────

SNAPSHOTS = {"ofac_sdn": [date(2022, m, 1) for m in (1, 2, 3, 4)], "un_sc": [date(2020, 1, 1)]}


def period(**changes: Any) -> dict[str, Any]:
    said = {
        "source": "ofac_sdn",
        "party_id": "1",
        "programs": "DPRK2",
        "listed_from": date(2022, 2, 1),
        "listed_to": date(2022, 4, 1),
        "from_basis": "snapshot",
        "to_basis": "snapshot",
        "first_seen": date(2022, 2, 1),
        "last_seen": date(2022, 3, 1),
        "end_seen": date(2022, 4, 1),
    } | changes
    return {"from_seen": said["first_seen"]} | said


OPEN = {"listed_to": None, "to_basis": None, "last_seen": date(2022, 4, 1), "end_seen": None}


@pytest.mark.parametrize(
    ("changes", "day", "known", "status", "said"),
    [
        ({}, None, None, "delisted", "by 2022-02-01 at the latest, delisted on 2022-04-01"),
        ({}, date(2022, 1, 15), None, "not_yet", "not yet, designated from 2022-02-01"),
        ({}, date(2022, 2, 1), None, "designated", "designated by 2022-02-01 at the latest"),
        ({}, date(2022, 3, 31), None, "designated", "designated"),
        ({}, date(2022, 4, 1), None, "delisted", "delisted on 2022-04-01"),
        # In March nobody knew of the end.
        (
            {},
            date(2022, 4, 1),
            date(2022, 3, 15),
            "designated",
            "by the newest snapshot of 2022-03",
        ),
        ({}, None, date(2022, 1, 15), None, None),
        (OPEN, date(2030, 1, 1), None, "designated", "by the newest snapshot of 2022-04-01"),
        ({"from_basis": "published"}, date(2022, 3, 1), None, "designated", "since 2022-02-01"),
        (
            {"listed_from": date(2022, 1, 1), "first_seen": date(2022, 1, 1)},
            date(2021, 6, 1),
            None,
            "unknown",
            "on the oldest snapshot held, of 2022-01-01",
        ),
        # A list that keeps whom it delists states the day itself.
        (
            {"to_basis": "published", "last_seen": date(2022, 4, 1)},
            None,
            None,
            "delisted",
            "delisted on 2022-04-01",
        ),
        ({"source": "eu_fsf"}, None, None, None, None),
        # A part of the list, or one without the party's addresses, tells no end.
        ({"end_seen": date(2022, 5, 1)}, None, date(2022, 4, 15), "designated", "designated"),
        # Until March the list stated no day of listing.
        (
            {"listed_from": date(2019, 1, 1), "from_seen": date(2022, 3, 1), **OPEN},
            date(2021, 1, 1),
            date(2022, 2, 15),
            "not_yet",
            "designated from 2022-02-01",
        ),
        (
            {"listed_from": date(2019, 1, 1), "from_seen": date(2022, 3, 1), **OPEN},
            date(2021, 1, 1),
            None,
            "designated",
            "designated",
        ),
    ],
)
def test_a_list_says_what_it_said_then(
    changes: dict[str, Any],
    day: date | None,
    known: date | None,
    status: str | None,
    said: str | None,
) -> None:
    standing = standings([period(**changes)], SNAPSHOTS, day=day, known=known)
    assert [s.status for s in standing] == ([status] if status else [])
    if said:
        assert said in standing[0].said


def test_one_list_is_enough_to_be_designated() -> None:
    both = [
        period(),
        period(source="un_sc", party_id="U", **OPEN)
        | {"listed_from": date(2019, 1, 1), "first_seen": date(2020, 1, 1)},
    ]
    standing = standings(both, SNAPSHOTS)
    assert [s.status for s in standing] == ["delisted", "designated"]
    assert status_over_lists(standing) == "designated"
    assert status_over_lists([]) == "unknown"


def test_a_party_that_returned_stands_where_its_last_period_does() -> None:
    again = period(listed_from=date(2022, 4, 1), first_seen=date(2022, 4, 1), **OPEN)
    (standing,) = standings([again, period()], SNAPSHOTS)
    assert (standing.status, standing.listed_from) == ("designated", date(2022, 4, 1))
