"""Hostile names are inert where people and their programs look."""

import pytest

from transforms.clean.display import cell, one_line, shown

UNSEEN = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "steering",
    [
        "\x1b[31m",
        "\x07",
        "\x00",
        "\r",
        "\x9b31m",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u2028",
        "\u061c",
        "\ufeff",
        "\u00ad",
        "\U000e0041",
        "\udcff",
    ],
)
def test_what_steers_or_hides_is_shown_as_unseen(steering: str) -> None:
    text = shown(f"a{steering}b")
    assert steering[0] not in text
    assert text.startswith(f"a{UNSEEN}")


@pytest.mark.parametrize(
    "name", ["José Ñandú", "Тест", "日本語 한국어", "محمد", "a\tb\nc", "👍🏽", "e\u0301"]
)
def test_names_in_any_script_stay_as_they_are(name: str) -> None:
    assert shown(name) == name


def test_one_line_is_one_line() -> None:
    assert one_line("a\tb\nc\r\nd\u2028e") == f"a b c{UNSEEN} d{UNSEEN}e"


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(1)",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＠x",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "\u00a0=1",
        "-",
    ],
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["-5", "+5", "-0.10", "-1e-18", "1,5", "a=b", "", " a", "0x12", "٣"]
)
def test_a_cell_that_is_none_keeps_its_bytes(text: str) -> None:
    assert cell(text) == text
