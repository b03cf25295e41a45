"""Switzerland's list with a target that was taken off, which stays in the file.

In: facts/sanctions/elsewhere.toml. Out: sanctions/ch_seco/consolidated-list_<date>.xml.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from samples.make.elsewhere import (
    COUNTRIES,
    DAY,
    FIRST_OWN_NUMBER,
    Facts,
    add,
    aliases,
    facts,
    is_person,
    parties,
    write_xml,
)


def switzerland() -> Element:
    root = Element("swiss-sanctions-list", {"list-type": "whole-list", "date": str(DAY)})
    sets = {}
    for word, programme in facts()["ch_programmes"].items():
        e = add(root, "sanctions-program", ssid=programme["ssid"])
        add(e, "program-key", programme["key"], lang="eng")
        add(e, "program-name", programme["name"], lang="eng")
        sets[word] = str(int(programme["ssid"]) + 10)
        add(e, "sanctions-set", "Annex", ssid=sets[word], lang="eng")
        add(e, "origin", programme["origin"])
    places: dict[tuple[str, str], str] = {}
    for number, party in parties("ch"):
        add_target(root, number, party, sets[party["ch"]["programme"]], places)
    for (city, code), ssid in places.items():
        e = add(root, "place", ssid=ssid)
        add(e, "location", city)
        add(e, "country", COUNTRIES[code], **{"iso-code": code})
    return root


def add_target(
    root: Element, number: str, party: Facts, programme: str, places: dict[tuple[str, str], str]
) -> None:
    ssids = (f"{number}{n:02}" for n in range(1, 100))
    target = add(root, "target", ssid=number)
    add(target, "sanctions-set-id", programme)
    if "un" in party:
        add(target, "foreign-identifier", party["un"]["reference"])
    if is_person(party):
        body = add(target, "individual", sex=party["gender"].lower())
    else:
        body = add(target, "entity")
    identity = add(body, "identity", ssid=next(ssids), main="true")
    add_swiss_names(identity, party, ssids)
    if "born" in party:
        year, month, day = (str(int(part)) for part in party["born"].split("-"))
        when = {"day": day, "month": month, "year": year, "calendar": "Gregorian"}
        add(identity, "day-month-year", ssid=next(ssids), quality="good", **when)
    if is_person(party):
        of = add(identity, "nationality", ssid=next(ssids))
        country = {"iso-code": party["country"]}
        add(of, "country", COUNTRIES[party["country"]], **country)
    elif "city" in party:
        city = (party["city"], party["country"])
        place = places.setdefault(city, str(FIRST_OWN_NUMBER + 1_000 + len(places)))
        at = add(identity, "address", ssid=next(ssids), quality="good", **{"place-id": place})
        if "street" in party:
            add(at, "address-details", party["street"])
    if said := party.get("reason", party.get("title", "")):
        add(body, "justification", said, ssid=next(ssids))
    for kind, day in reversed(party["ch"]["changes"]):
        days = {f"{act}-date": str(day) for act in ("enactment", "publication", "effective")}
        add(target, "modification", **{"modification-type": kind}, **days)


def add_swiss_names(identity: Element, party: Facts, ssids: Iterator[str]) -> None:
    def name(kind: str, parts: list[tuple[str, str]]) -> None:
        attributes = {"name-type": kind, "quality": "good", "lang": "eng"}
        e = add(identity, "name", ssid=next(ssids), **attributes)
        for order, (part, text) in enumerate(parts, start=1):
            place = {"order": str(order), "name-part-type": part}
            add(add(e, "name-part", **place), "value", text)

    if is_person(party):
        *given, family = party["names"]
        name("primary-name", [("family-name", family), ("given-name", " ".join(given))])
    else:
        name("primary-name", [("whole-name", party["name"])])
    for alias, former in aliases(party):
        name("formerly-known-as" if former else "alias", [("whole-name", alias)])


def write(out: Path) -> None:
    write_xml(out / "sanctions" / "ch_seco" / f"consolidated-list_{DAY}.xml", switzerland())
