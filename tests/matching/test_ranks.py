"""What a listed name needs before it counts, and the forms in which text writes it."""

import pytest

from transforms.clean.names import normalised
from transforms.matching.ranks import rank_of, short_form
from transforms.matching.variants import variants
from transforms.matching.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("name", "entity_type", "rank"),
    [
        ("Vitaliy Sergeyevich Andreyev", "person", "A3"),
        ("Vitaliy Andreyev", "person", "A2"),
        ("Abdul Aziz", "person", "C"),
        ("Hassan Ali", "person", "A2"),
        ("John", "person", "C"),
        ("Chapo", "person", "C"),
        ("Tornado Cash", "organization", "A2"),
        ("Chinyong Information Technology", "organization", "A3"),
        ("Islamic Revolutionary Guard Corps", "organization", "A3"),
        ("Central Bank", "organization", "B2"),
        ("Golden Star", "vessel", "B2"),
        ("Garantex", "organization", "B"),
        ("FARC", "organization", "B"),
        ("IRA", "organization", "C"),
        ("LET", "organization", "C"),
        ("Holding", "organization", "C"),
        ("Shenyang", "organization", "C"),
        ("Systems", "organization", "C"),
        ("Al-Haq", "organization", "C"),
        ("S.A.", "organization", "C"),
        ("김정은", "person", "A2"),
        ("平壌", "organization", "B"),
        ("金", "person", "C"),
        ("俄罗斯石油公司", "organization", "A3"),
    ],
)
def test_a_name_has_its_rank(name: str, entity_type: str, rank: str) -> None:
    found, reason, _ = rank_of(normalised(name), entity_type, vocabulary(), {})
    assert (found, bool(reason)) == (rank, True)


def test_names_that_thousands_bear_lose_points() -> None:
    assert rank_of("hassan ali", "person", vocabulary(), {}).rarity == -20
    assert rank_of("kim ung sun", "person", vocabulary(), {}).rarity == 0
    assert rank_of("tornado cash", "organization", vocabulary(), {}).rarity == -10


def test_a_word_that_listed_persons_bear_is_no_organisation_alone() -> None:
    assert rank_of("barakzai", "organization", vocabulary(), {}).rank == "B"
    assert rank_of("barakzai", "organization", vocabulary(), {"barakzai": 2}).rank == "C"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("chinyong information technology cooperation company", "chinyong"),
        ("korea sinjin trading corporation", "sinjin"),
        ("tornado cash", None),
        ("southport management services", None),
        ("shenyang geumpungri network technology", "geumpungri"),
        ("vertex trading", None),
        ("garantex", None),
    ],
)
def test_only_a_distinctive_first_word_is_a_short_form(name: str, short: str | None) -> None:
    assert short_form(name, vocabulary(), {}) == short


@pytest.mark.parametrize(
    ("name", "entity_type", "forms"),
    [
        (
            "ANDREYEV, Vitaliy Sergeyevich",
            "person",
            {
                "vitaliy sergeyevich andreyev": ("exact", 0),
                "andreyev vitaliy sergeyevich": ("order swapped", -8),
                "vitaliy andreyev": ("middle name dropped", -8),
            },
        ),
        (
            "KIM, U'ng-sun",
            "person",
            {
                "kim u ng sun": ("exact", 0),
                "u ng sun kim": ("exact", 0),
                "kim ung sun": ("exact", 0),
                "ung sun kim": ("exact", 0),
                "kim ungsun": ("exact", 0),
                "ungsun kim": ("exact", 0),
                "kim u ngsun": ("exact", 0),
                "u ngsun kim": ("exact", 0),
            },
        ),
        (
            "AZIZ, Abdul Karim",
            "person",
            {
                "abdul karim aziz": ("exact", 0),
                "aziz abdul karim": ("order swapped", -8),
            },
        ),
        (
            "Yevgeny Viktorovich Prigozhin",
            "person",
            {
                "yevgeny viktorovich prigozhin": ("exact", 0),
                "yevgeny prigozhin": ("middle name dropped", -8),
            },
        ),
        (
            "SUEX OTC, S.R.O.",
            "organization",
            {
                "suex otc s r o": ("exact", 0),
                "suex otc sro": ("exact", 0),
                "suex otc": ("org type removed", -5),
            },
        ),
        ("M/V GOLDEN STAR", "vessel", {"golden star": ("exact", 0)}),
        ("!!!", "organization", {}),
        ("SOLO, ", "person", {"solo": ("exact", 0)}),
    ],
)
def test_a_listed_name_has_the_forms_text_writes(
    name: str, entity_type: str, forms: dict[str, tuple[str, int]]
) -> None:
    found = variants(name, entity_type, vocabulary())
    assert {v.form: (v.kind, v.points) for v in found} == forms


def test_an_arabic_name_is_found_behind_and_in_and_for() -> None:
    found = {v.form: v.lead for v in variants("القاعدة", "organization", vocabulary())}
    assert found == {"القاعده": 0, "والقاعده": 1, "بالقاعده": 1, "لالقاعده": 1}
