"""One entity across lists: evidence, decisions and ids, case by case."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.matching.resolving import DAY, decided, party, resolved
from transforms.matching.evidence import Key
from transforms.matching.parties import code_of, parties_of
from transforms.matching.resolve import entity_id


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
