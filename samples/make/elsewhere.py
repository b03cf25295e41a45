"""What the lists of other authorities are made from: parties of OFAC's sample, and some others.

In: facts/sanctions/elsewhere.toml. The lists themselves are written by un_and_eu, switzerland and
united_kingdom, each in its publisher's form.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from samples.make.common import FACTS, SNAPSHOTS

DAY = date.fromisoformat(SNAPSHOTS[-1])
# Numbers that we do not know lie where no publisher's do.
FIRST_OWN_NUMBER = 900_001
FIRST_UK_NUMBER = 9_001
COUNTRIES = {
    "KG": "Kyrgyzstan",
    "KP": "Democratic People's Republic of Korea",
    "RU": "Russia",
    "SY": "Syria",
    "UG": "Uganda",
}
SOURCES = {
    "un": "un_sc",
    "eu": "eu_fsf",
    "uk": "uk_sl",
    "ofsi": "uk_ofsi",
    "ch": "ch_seco",
    "opensanctions": "opensanctions",
}
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
Facts = dict[str, Any]
Element = ElementTree.Element


@cache
def facts() -> Facts:
    return tomllib.loads((FACTS / "sanctions" / "elsewhere.toml").read_text("utf-8"))


def parties(source: str) -> Iterator[tuple[str, Facts]]:
    """Parties of one list with the number each has there, the same on every day."""
    for place, party in enumerate(facts()["party"]):
        if source not in party:
            continue
        if source == "un":
            yield party["un"]["reference"], party
        elif source == "uk":
            letters = facts()["uk_regimes"][party["uk"]["regime"]]["letters"]
            yield f"{letters}{FIRST_UK_NUMBER + place}", party
        elif source == "opensanctions":
            yield f"sample-{place + 1:04}", party
        else:
            yield str(FIRST_OWN_NUMBER + place), party


def group_id(number: str) -> str:
    """OFSI's number of a party on the UK Sanctions List."""
    return str(FIRST_OWN_NUMBER + int(number[3:]) - FIRST_UK_NUMBER)


def is_person(party: Facts) -> bool:
    return "names" in party


def name_of(party: Facts) -> str:
    return " ".join(party["names"]) if is_person(party) else str(party["name"])


def aliases(party: Facts) -> Iterator[tuple[str, bool]]:
    """Other names, and whether each is a former one."""
    yield from ((a, False) for a in party.get("aliases", ()))
    yield from ((a, True) for a in party.get("former", ()))


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    element = ElementTree.SubElement(parent, tag, attributes)
    if text:
        element.text = text
    return element


def members() -> Iterator[list[str]]:
    """Parties by the entity that each belongs to, and the day on which a list tells of their end.

    OFAC's number stands for the entity. Where nothing but a name speaks for it, as for Al-Qaida and
    whoever OpenSanctions gives no day of birth of, the parties stay apart: `name alone` says so.
    """
    for source in ("un", "eu", "uk", "ofsi", "ch", "opensanctions"):
        for number, party in parties("uk" if source == "ofsi" else source):
            entity = party["ofac"]
            if source == "opensanctions" and len(party.get("born", "")) < len("2000-01-01"):
                entity = f"{number} name alone" if entity else number
            elif not entity or "is_left_open" in party:
                entity = party["un"]["reference"] if "un" in party else number
            ends = party["ch"]["changes"] if source == "ch" else []
            ended = "".join(str(day) for kind, day in ends if kind == "de-listed")
            # The EU's list names no end: it is the first day without the party.
            ended = str(DAY) if source == "eu" and "until" in party["eu"] else ended
            word, key = SOURCES[source], number
            if source == "ofsi":
                if not party["uk"]["ofsi"]:
                    continue
                key = group_id(number)
            yield [word, key, name_of(party), entity, ended]


def write_xml(path: Path, root: Element) -> None:
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((XML + ElementTree.tostring(root, "unicode") + "\n").encode())
