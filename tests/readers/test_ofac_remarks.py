"""OFAC's remarks: every part is used, or left as prose, or reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.readers.ofac_labels import use_of
from transforms.readers.ofac_names import join_name
from transforms.readers.ofac_remarks import read_remark
from transforms.readers.party import UNKNOWN, ticker_of


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        ("a.k.a. 'HIDDEN COBRA'.", [("aka", "HIDDEN COBRA")]),
        ("a.k.a. 'ONE; TWO'; f.k.a. 'THREE'.", [("aka", "ONE; TWO"), ("fka", "THREE")]),
        ("n.k.a. 'AL-QA'IDA'; alt. a.k.a. 'B'.", [("nka", "AL-QA'IDA"), ("aka", "B")]),
        ("d.b.a. 'TRADE NAME'.", [("aka", "TRADE NAME")]),
    ],
)
def test_quoted_aliases_are_names(text: str, aliases: list[tuple[str, str]]) -> None:
    assert list(read_remark(text).aliases) == aliases


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Linked To: LAZARUS GROUP.", ["LAZARUS GROUP"]),
        ("Linked To: GRUPO MUNDO MARINO, S.A.; Linked To: B.", ["GRUPO MUNDO MARINO, S.A.", "B"]),
        ("DOB 1950; Linked To: R D I S.A.", ["R D I S.A."]),
        ("Linked To: ANGLO-CARIBBEAN CO., LTD.", ["ANGLO-CARIBBEAN CO., LTD."]),
        ("(Linked To: NATIONAL IRANIAN TANKER COMPANY)", ["NATIONAL IRANIAN TANKER COMPANY"]),
    ],
)
def test_links_keep_the_full_stop_of_an_abbreviation(text: str, links: list[str]) -> None:
    assert list(read_remark(text).links) == links


@pytest.mark.parametrize(
    ("text", "use", "label", "value"),
    [
        ("DOB circa 1952.", "birth", "DOB", "circa 1952"),
        ("POB Tyre, Lebanon;", "birth_place", "POB", "Tyre, Lebanon"),
        ("alt. nationality Korea, North", "nationality", "nationality", "Korea, North"),
        ("Gender Male", "gender", "Gender", "Male"),
        ("Secondary sanctions risk: X, section 1", "risk", "Secondary sanctions risk",
         "X, section 1"),
        ("Executive Order 13662 Directive Determination - Subject to Directive 4", "risk",
         "Executive Order 13662 Directive Determination", "Subject to Directive 4"),
        ("CAATSA Section 235 Information: FOREIGN EXCHANGE. Sec 235(a)(7)", "risk",
         "CAATSA Section 235 Information", "FOREIGN EXCHANGE. Sec 235(a)(7)"),
        ("Listing Date (EO 14024 Directive 3): 24 Feb 2022", "date:other",
         "Listing Date (EO 14024 Directive 3)", "24 Feb 2022"),
        ("Vessel Registration Identification IMO 9187629", "vessel_registration",
         "Vessel Registration Identification", "IMO 9187629"),
        ("Digital Currency Address - QQQ abc", "wallet", "Digital Currency Address - QQQ", "abc"),
        ("Fax: 0097282858208", "phone", "Fax", "0097282858208"),
        ("info@manartv.com", "email", "Email Address", "info@manartv.com"),
        ("http://www.sanabel.org.uk (website)", "website", "Website", "http://www.sanabel.org.uk"),
        ("Permit of Tomorrow No. 4711 (Cuba)", UNKNOWN, "Permit of Tomorrow No.", "4711"),
    ],
)  # fmt: skip
def test_a_labelled_part_is_a_fact(text: str, use: str, label: str, value: str) -> None:
    (fact,) = read_remark(text).facts
    assert (fact.use, fact.label, fact.value) == (use, label, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Passport A1 (Malaysia) issued 19 Jun 1987 expires 18 Jun 1992.",
         ("A1", "Malaysia", "1987-06-19", "1992-06-18", None)),
        ("Passport L 191609 issued 28 Feb 1996.", ("L 191609", None, "1996-02-28", None, None)),
        ("Passport 008827 (Iran) issued 1999.", ("008827", "Iran", None, None, "issued 1999")),
        ("Passport Z3 (India) issued 1999 expires 01 Jan 2026 to 31 Dec 2026.",
         ("Z3", "India", None, None, "issued 1999; expires 01 Jan 2026 to 31 Dec 2026")),
        ("Passport (Iran).", ("(Iran)", None, None, None, None)),
    ],
)  # fmt: skip
def test_a_paper_gives_number_country_and_days(text: str, expected: tuple[str, ...]) -> None:
    (fact,) = read_remark(text).facts
    days = [d and d.isoformat() for d in (fact.issued_on, fact.expires_on)]
    assert (fact.value, fact.country, *days, fact.note) == expected


def test_prose_stays_prose_and_data_without_a_rule_is_reported() -> None:
    remark = read_remark(
        "Director of SOME BANK; Passport issued in Ulm, Germany; arrested 23 Apr 2002; "
        "M0018061/104,issued 12 September 1993; Position: Owner."
    )
    assert remark.facts == ()
    assert remark.unread == ("M0018061/104,issued 12 September 1993",)


def test_a_quote_that_never_ends_swallows_nothing() -> None:
    remark = read_remark("a.k.a. 'NEVER CLOSED; DOB 1950; Gender Male.")
    assert [f.value for f in remark.facts] == ["1950", "Male"]
    assert remark.unread == ("a.k.a. 'NEVER CLOSED",)


def test_labels_of_the_xml_forms_have_the_same_uses() -> None:
    assert use_of("Executive Order 13662 Directive Determination -") == "risk"
    assert use_of("Secondary sanctions risk:") == "risk"
    assert use_of("Aircraft Manufacturer\u2019s Serial Number (MSN)") == "other"
    assert use_of("Birthdate") == use_of("DOB") == "birth"
    assert use_of("Digital Currency Address - SOL") == "wallet"
    assert ticker_of("Digital Currency Address - SOL") == "SOL"
    assert use_of("Feature of Tomorrow") == UNKNOWN


def test_names_are_put_together_as_ofac_prints_them() -> None:
    person = [("Last Name", "KIM"), ("First Name", "Ung"), ("Middle Name", "Sun")]
    assert join_name(person) == "KIM, Ung Sun"
    assert join_name([("Entity Name", "TORNADO CASH")]) == "TORNADO CASH"
    assert join_name([("First Name", None), (None, None)]) is None
    assert join_name([("Entity Name", "Bank of Ulm")], is_latin=True) == "BANK OF ULM"
    assert join_name([("Last Name", "Иванов"), ("First Name", "Иван")]) == "Иванов, Иван"


@given(st.text(alphabet="a.k'; DOBPassport()19Linked To:-@#é\x1a", max_size=300))
def test_no_remark_breaks_the_reader(text: str) -> None:
    remark = read_remark(text)
    assert all(fact.value for fact in remark.facts)
    assert all(name for _, name in remark.aliases)
