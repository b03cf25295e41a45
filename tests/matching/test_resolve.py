"""One entity across lists: what holds for any parties, evidence and decisions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.evidence import Key, Party
from transforms.matching.parties import code_of, parties_of
from transforms.matching.resolve import entities, entity_id, matched
from transforms.schemas import table

DAY = date(2024, 1, 1)
SOURCES = ("ofac_sdn", "un_sc", "uk_sl", "eu_fsf")
NAMES = ("Anna Maria Lindqvist", "LINDQVIST, Anna", "Ana Lindkvist", "Karl Bergman", "Anna")


def party(source: str, number: str, name: str, **stated: Any) -> Party:
    born = stated.get("born")
    return Party(
        (source, number),
        stated.get("entity_type", "person"),
        stated.get("first", DAY),
        stated.get("last", DAY),
        names={name},
        births={(born, born, "day")} if born else set(),
        countries=set(stated.get("countries", ())),
        identifiers=set(stated.get("identifiers", ())),
    )


def decided(*decisions: tuple[Key, Key, str]) -> pa.Table:
    rows = [
        {
            "decision_number": i,
            "left_source": a[0],
            "left_party_id": a[1],
            "right_source": b[0],
            "right_party_id": b[1],
            "judgement": judgement,
            "decided_by": "A. Analyst",
            "decided_on": DAY,
            "decision_reason": "seen the files",
        }
        for i, (a, b, judgement) in enumerate(decisions, 1)
    ]
    return pa.Table.from_pylist(rows, table("meta.entity_decisions").arrow)


def resolved(
    parties: Iterable[Party],
    decisions: pa.Table | None = None,
    wallets: Iterable[tuple[str, str, str]] = (),
) -> tuple[dict[Key, str], list[dict[str, Any]]]:
    """Entity by party, and the matches."""
    known = {p.key: p for p in parties}
    days = sorted({(k[0], d) for k, p in known.items() for d in (p.first, p.last)})
    matches = matched(
        known,
        pa.table({"source": [s for s, _ in days], "snapshot_date": [d for _, d in days]}),
        pa.Table.from_pylist(
            [{"source": s, "party_id": p, "address": a} for s, p, a in wallets],
            pa.schema({"source": "string", "party_id": "string", "address": "string"}),
        ),
        decided() if decisions is None else decisions,
    )
    first = [{"source": k[0], "party_id": k[1], "first_seen": p.first} for k, p in known.items()]
    found = entities(pa.Table.from_pylist(first), matches).to_pylist()
    return {(r["source"], r["party_id"]): r["entity_id"] for r in found}, matches.to_pylist()


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


@settings(max_examples=150, deadline=None)
@given(lists_and_decisions(), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_changes_nothing(
    given: tuple[list[Party], pa.Table], random: Random
) -> None:
    parties, decisions = given
    shuffled = list(parties)
    random.shuffle(shuffled)
    assert resolved(parties, decisions) == resolved(shuffled, decisions)


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(lists())
def test_a_person_who_says_same_is_followed(parties: list[Party]) -> None:
    a, b = parties[0].key, parties[-1].key
    entity, matches = resolved(parties, decided((a, b, "same")))
    assert entity[a] == entity[b]
    (said,) = [m for m in matches if m["evidence_kind"] == "human"]
    assert (said["decided_by"], said["decision_reason"]) == ("A. Analyst", "seen the files")


@settings(max_examples=100, deadline=None)
@given(lists_and_decisions())
def test_an_entity_is_named_by_its_first_party(given: tuple[list[Party], pa.Table]) -> None:
    parties, decisions = given
    entity, _ = resolved(parties, decisions)
    for found in set(entity.values()):
        first = min((p for p in parties if entity[p.key] == found), key=lambda p: (p.first, *p.key))
        assert found == entity_id(*first.key)


def test_ids_stay_as_lists_grow() -> None:
    """A later list shows that two entities are one: both have the older first party's id now."""
    born = date(1960, 5, 4)
    passport = ("passport", "ab12345", "ru")
    known = [
        party("ofac_sdn", "1", "Anna Lindqvist", identifiers=[passport], first=DAY),
        party("eu_fsf", "EU.1", "Anna Lindqvist", born=born, first=DAY + timedelta(days=9)),
        party("ofac_sdn", "2", "Karl Bergman"),
    ]
    before, _ = resolved(known)
    assert len(set(before.values())) == 3
    later = party(
        *("un_sc", "U.1", "Anna Lindqvist"),
        born=born,
        identifiers=[passport],
        first=DAY + timedelta(days=30),
        last=DAY + timedelta(days=30),
    )
    after, _ = resolved([*known, later])
    one = before["ofac_sdn", "1"]
    assert after["eu_fsf", "EU.1"] == after["un_sc", "U.1"] == after["ofac_sdn", "1"] == one
    assert after["ofac_sdn", "2"] == before["ofac_sdn", "2"]


def test_a_decision_splits_a_chain_at_its_weakest_link() -> None:
    """A and B share a passport, B and C a name and a birthday; a person keeps A and C apart."""
    born = date(1960, 5, 4)
    passport = ("passport", "ab12345", "ru")
    chain = [
        party("ofac_sdn", "A", "Anna Lindqvist", identifiers=[passport]),
        party("un_sc", "B", "Anna Lindqvist", identifiers=[passport], born=born),
        party("uk_sl", "C", "Anna Lindqvist", born=born),
    ]
    a, b, c = (p.key for p in chain)
    joined, _ = resolved(chain)
    assert len(set(joined.values())) == 1
    split, matches = resolved(chain, decided((a, c, "different")))
    assert split[a] == split[b] != split[c]
    assert split[c] == entity_id(*c)
    (refused,) = [m for m in matches if m["decision"] == "same" and not m["is_applied"]]
    assert refused["evidence_kind"] == "name"


def test_two_parties_of_one_list_stay_two() -> None:
    """What stands side by side on a list is not joined through another list."""
    born = date(1960, 5, 4)
    twice = [
        party("ofac_sdn", "1", "Anna Lindqvist", born=born),
        party("ofac_sdn", "2", "Anna Lindqvist", born=born),
        party("un_sc", "U", "Anna Lindqvist", born=born),
    ]
    entity, _ = resolved(twice)
    assert entity["ofac_sdn", "1"] == entity["un_sc", "U"] != entity["ofac_sdn", "2"]


def test_one_address_of_two_owners_joins_only_compatible_names() -> None:
    owners = [
        party("ofac_sdn", "38419", "Anna Lindqvist"),
        party("ofac_sdn", "38420", "Karl Bergman"),
        party("uk_sl", "GB.1", "LINDQVIST, Anna"),
    ]
    address = "1H939dom7i4WDLCKyGbXUp3fs9CSTNRzgL"
    entity, _ = resolved(owners, wallets=[(*p.key, address) for p in owners])
    assert entity["ofac_sdn", "38419"] == entity["uk_sl", "GB.1"] != entity["ofac_sdn", "38420"]


@pytest.mark.parametrize(
    ("one", "other", "decision"),
    [
        ({"born": date(1960, 5, 4)}, {"born": date(1960, 5, 4)}, "same"),
        ({"born": date(1960, 5, 4)}, {"born": date(1985, 5, 4)}, "different"),
        ({"born": date(1960, 5, 4)}, {"born": date(1960, 6, 7)}, "undecided"),
        ({"countries": ["ru"]}, {"countries": ["ru"]}, "same"),
        ({"countries": ["ru"]}, {"countries": ["ir"]}, "undecided"),
        ({}, {}, "undecided"),
        ({"entity_type": "organization"}, {}, None),
    ],
)
def test_a_name_needs_a_second_attribute(
    one: dict[str, Any], other: dict[str, Any], decision: str | None
) -> None:
    name = "Anna Maria Lindqvist"
    pair = [party("ofac_sdn", "1", name, **one), party("un_sc", "U", name, **other)]
    _, matches = resolved(pair)
    assert [m["decision"] for m in matches] == ([decision] if decision else [])


@pytest.mark.parametrize(
    ("kind", "number", "named"),
    [
        ("un_reference", "qdi248", ("un_sc", "QDi.248")),
        ("un_reference", "qia24808", ("un_sc", "QDi.248")),  # QI.A.248.08., until 2014
        ("un_reference", "qdi48", None),
        ("un_reference", "tae2", ("un_sc", "TAe.002")),
        ("un_reference", "teh00212", ("un_sc", "TAe.002")),
        ("un_reference", "e29i9", None),
        ("uk_reference", "rus0251", ("uk_sl", "RUS0251")),
        ("ofsi_group_id", "12703", ("uk_ofsi", "12703")),
        ("referent", "ofac12703", ("ofac_sdn", "12703")),
        ("referent", "Q4711", None),
    ],
)
def test_a_party_is_the_one_whose_number_it_declares(
    kind: str, number: str, named: Key | None
) -> None:
    known = [
        party("eu_fsf", "EU.1", "Anna Lindqvist", identifiers=[(kind, number, "")]),
        *(
            party(source, party_id, "LINDQVIST, Anna")
            for source, party_id in (
                *(("un_sc", "QDi.248"), ("un_sc", "TAe.002"), ("uk_sl", "RUS0251")),
                *(("uk_ofsi", "12703"), ("ofac_sdn", "12703")),
            )
        ),
    ]
    entity, _ = resolved(known)
    others = {k for k, e in entity.items() if e == entity["eu_fsf", "EU.1"]} - {("eu_fsf", "EU.1")}
    assert others == ({named} if named else set())


def test_a_mistyped_reference_waits_for_a_person() -> None:
    """OFSI of 2020 gives SSi.007 for two persons."""
    known = [
        party("un_sc", "SSi.007", "Malek Ruben Riak Rengu"),
        party("uk_ofsi", "13698", "Malek Ruben", identifiers=[("un_reference", "ssi007", "")]),
        party("uk_ofsi", "13699", "Malong Bol", identifiers=[("un_reference", "ssi007", "")]),
    ]
    entity, matches = resolved(known)
    assert entity["uk_ofsi", "13698"] == entity["un_sc", "SSi.007"] != entity["uk_ofsi", "13699"]
    by_party = {m["left_party_id"]: m["decision"] for m in matches}
    assert by_party == {"13698": "same", "13699": "undecided"}


def test_countries_are_one_by_any_of_their_names() -> None:
    assert {code_of(c) for c in ("Iran", "IR", "Islamic Republic of Iran", "IRAN ")} == {"ir"}
    assert code_of("Korea, North") == code_of("DPRK") == "kp"
    assert code_of("Region: Levant") == "region levant"


def test_parties_are_read_over_all_snapshots() -> None:
    def rows(columns: str, *values: tuple[Any, ...]) -> pa.Table:
        names = ["source", "party_id", *columns.split()]
        return pa.Table.from_pylist(
            [dict(zip(names, ("un_sc", "U.1", *v), strict=True)) for v in values]
        )

    found = parties_of(
        {
            "parties": rows("entity_type first_seen last_seen", ("vessel", DAY, DAY)),
            "names": rows("name", ("SEA ROSE",), ("ROSE",)),
            "countries": rows("country", ("Iran; Panama",)),
            "births": rows("date_from date_to date_precision", (DAY, None, "day")),
            "identifiers": rows(
                "identifier_kind identifier country",
                *(("imo", "IMO 9123456", None), ("passport", "-", "Iran")),
            ),
        }
    )
    p = found["un_sc", "U.1"]
    assert p.names == {"SEA ROSE", "ROSE"}
    assert p.countries == {"ir", "pa"}
    assert p.births == {(DAY, DAY, "day")}
    assert p.identifiers == {("imo", "9123456", "")}
