"""The page: alone in one file, inert whatever it shows, and readable without sight or mouse."""

import re
from itertools import product
from typing import Any

import pytest

from tests.report import cases

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Everything that runs, loads or sends; the page needs none of it.
FORBIDDEN = {
    *("script", "iframe", "frame", "object", "embed", "applet", "portal", "template"),
    *("link", "base", "form", "input", "button", "use", "foreignobject", "animate", "set"),
    *("img", "image", "picture", "source", "audio", "video", "track"),
}
REFERENCES = ("src", "srcset", "href", "xlink:href", "action", "data", "poster", "background")
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_nothing_on_the_page_runs_loads_or_sends(page: Any) -> None:
    assert {e.tag for e in page.iter() if isinstance(e.tag, str)} & FORBIDDEN == set()
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), (element.tag, name, value)
            if name.lower() in REFERENCES:
                is_link = element.tag == "a" and name == "href"
                assert is_link and value.startswith(("#", "https://news.example.org/")), value
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == CSP
    (style,) = page.xpath("//style")
    assert not re.search(r"url\(|@import|expression\(|javascript:", style.text)


def test_only_plain_web_addresses_become_links_and_tell_nobody(page: Any) -> None:
    (link,) = [a for a in page.iter("a") if not a.get("href").startswith("#")]
    assert link.get("href") == "https://news.example.org/2025/08/sanctions?id=1&lang=en"
    assert {"noopener", "noreferrer"} <= set(link.get("rel").split())
    mentions = words(page.get_element_by_id("mentions"))
    assert "javascript:alert(1)" in mentions
    assert "https://user:secret@evil.example/" in mentions


@pytest.mark.parametrize("name", [*cases.HOSTILE, *cases.SCRIPTS])
def test_a_hostile_name_is_text(page: Any, name: str) -> None:
    assert name in words(page.get_element_by_id("entity-1"))


def test_no_character_steers_a_reader(text: str) -> None:
    assert STEERING.findall(text) == []
    assert "\ufffd[31mRED\ufffd[0m \ufffd2J wiped" in text
    assert "Evil \ufffdgnp.exe\ufffd \ufffdhidden\ufffd" in text


def test_a_long_name_is_cut_and_says_so(text: str) -> None:
    assert "W" * 196 not in text
    assert f"{cases.LONG[:200]}… (+4,805 characters)" in text


def test_templates_in_names_are_not_evaluated(text: str) -> None:
    assert "{{ 7 * 7 }}" in text
    assert "49{%" not in text


def test_every_reference_within_the_page_has_its_goal(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    goals = [a.removeprefix("#") for a in page.xpath("//a/@href") if a.startswith("#")]
    goals += " ".join(page.xpath("//@aria-labelledby")).split()
    assert set(goals) <= set(ids)


def test_every_table_says_what_it_is_and_heads_its_columns(page: Any) -> None:
    for table in page.iter("table"):
        assert table.find("caption") is not None or table.get("class") == "sides"
        assert table.xpath("./thead//th[@scope]")
        assert all(th.get("scope") for th in table.iter("th"))
    for region in page.xpath("//*[@tabindex]"):
        assert region.get("role") == "region"
        assert region.get("aria-label")
    for svg in page.iter("svg"):
        assert svg.get("role") == "img"
        assert svg.find("title") is not None


def test_every_section_says_what_it_does_not_prove(page: Any) -> None:
    leads = [words(s.find_class("lead")[0]) for s in page.iter("section")]
    assert len(leads) == 7
    for lead, caution in zip(
        leads,
        ("never that", "not prove", "not prove", "not thereby", "not that", "false", "only reads"),
        strict=True,
    ):
        assert caution in lead


def luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    channels = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_text_stands_out_in_light_dark_and_print(page: Any) -> None:
    (style,) = page.xpath("//style")
    blocks = re.findall(r":root \{([^}]*)\}", style.text)
    assert len(blocks) == 3
    for block in blocks:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block))
        for ink, ground in product(
            ("ink", "soft", "link", "bad", "warn", "good"), ("paper", "panel")
        ):
            lighter, darker = sorted(
                (luminance(colours[ink]), luminance(colours[ground])), reverse=True
            )
            # WCAG 2.2, success criterion 1.4.3.
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground)
