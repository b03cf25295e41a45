"""Countries by the names that lists give them."""

import pytest

from transforms.clean.countries import country_code

NAMED = {
    "Korea, North": "kp",
    "Democratic People's Republic of Korea": "kp",
    "DPRK": "kp",
    "KP": "kp",
    "PRK": "kp",
    "朝鲜": "kp",
    "Россия": "ru",
    "russia": "ru",
    "Iran": "ir",
    "Virgin Islands, British": "vg",
    "Hong Kong": "hk",
    "Czech Republic": "cz",
    "Palestinian": "ps",
    "Türkiye": "tr",
    "Burma": "mm",
    "Congo, Democratic Republic of the": "cd",
    "Cote d Ivoire": "ci",
}


@pytest.mark.parametrize(("name", "code"), NAMED.items())
def test_a_country_is_known_by_the_names_lists_use(name: str, code: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    "name", [None, "", " ", "00", "Region: Crimea 7", "undetermined", "Korea!x"]
)
def test_what_is_no_country_has_no_code(name: str | None) -> None:
    assert country_code(name) is None


def test_a_name_of_two_countries_is_nobodys() -> None:
    assert country_code("Virgin Islands") is None
