"""One identity of a target on SECO's list: nationality, birth, addresses, documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from transforms.clean.dates import DateSpan, of_parts
from transforms.readers.party import UNKNOWN, Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_word
from transforms.readers.xml import Element, child, child_text, children, shapes, text_of

_BODY = "identity justification relation other-information"
_QUALITY = "@ssid @quality"
# Known and left out: ssids of parts (nothing refers to them), version dates of programmes, variants
# of a place's own names, iso-code and code beside the country's name, origin (whose measures
# Switzerland follows). Modifications are taken out before anything is looked at.
SHAPES = shapes(
    {
        "sanctions-program": "program-key program-name sanctions-set origin @ssid @version-date "
        "@predecessor-version-date",
        **dict.fromkeys(("program-key", "program-name"), "@lang"),
        "sanctions-set": "@ssid @lang",
        "place": "location location-variant area area-variant country @ssid",
        **dict.fromkeys(("location-variant", "area-variant"), "@variant-type @lang @script"),
        "country": "@iso-code",
        "target": "sanctions-set-id foreign-identifier individual entity object "
        "generic-attribute @ssid @sanctions-set-id",
        "generic-attribute": "@ssid @name",
        "individual": f"{_BODY} @sex",
        "entity": _BODY,
        "object": f"{_BODY} @object-type",
        **dict.fromkeys(("justification", "other-information"), "@ssid"),
        "relation": "remark @ssid @target-id @relation-type",
        "identity": "name nationality day-month-year place-of-birth address "
        "identification-document @ssid @main",
        "name": f"name-part {_QUALITY} @name-type @lang",
        "name-part": "value spelling-variant @order @name-part-type",
        "spelling-variant": "@lang @script @spelling-variant-type",
        "nationality": f"country {_QUALITY}",
        "day-month-year": f"{_QUALITY} @day @month @year @calendar",
        "place-of-birth": f"remark {_QUALITY} @place-id",
        "address": f"remark c-o address-details p-o-box zip-code {_QUALITY} @place-id @main "
        "@current",
        "identification-document": f"number issuer date-of-issue expiry-date place-of-issue "
        f"remark {_QUALITY} @document-type",
        "issuer": "@code",
        "place-of-issue": "@place-id",
    }
)

_DOCUMENTS = {
    "passport": "passport",
    "diplomatic-passport": "passport",
    "service-passport": "passport",
    "travel-document": "passport",
    "id-card": "national_id",
    "identity-card": "national_id",
    "national-identification": "national_id",
    "residence-permit": "national_id",
    "driving-license": "other",
    "driver-license": "other",
    "other": "other",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place that targets refer to."""

    location: str | None = None
    area: str | None = None
    country: str | None = None


_NOWHERE = Place()


def day_of(text: str) -> date | None:
    """``2016-03-01``; None for anything else."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def span_of_day(day: date | None) -> DateSpan | None:
    """A day as a span."""
    return None if day is None else DateSpan(day, day, "day")


def place_of(element: Element) -> Place:
    """A place's own name, area and country; a dash is none."""
    texts = (child_text(element, n) for n in ("location", "area", "country"))
    return Place(*(None if t == "-" else t for t in texts))


def add_identity(party: Party, identity: Element, places: Mapping[str, Place]) -> None:
    """Stage what an identity states besides names."""
    for nationality in children(identity, "nationality"):
        if country := child_text(nationality, "country"):
            party.nationalities.add(country)
    for day in children(identity, "day-month-year"):
        _add_day(party, day)
    for birth in children(identity, "place-of-birth"):
        place = _place(party, birth, places)
        if at := ", ".join(p for p in (place.location, place.area, place.country) if p):
            note = _notes(birth)
            party.add_facts([Fact("birth_place", "place-of-birth", at, place.country, note=note)])
    for address in children(identity, "address"):
        _add_address(party, address, _place(party, address, places))
    for paper in children(identity, "identification-document"):
        _add_document(party, paper, places)


def _place(party: Party, element: Element, places: Mapping[str, Place]) -> Place:
    place_id = element.get("place-id")
    if place_id is not None and place_id not in places:
        party.batch.warn("place that is not in the file")
    return places.get(place_id or "", _NOWHERE)


def _notes(element: Element, *others: str | None) -> str | None:
    """Remarks of a part, and what its attributes say against it."""
    quality = element.get("quality")
    notes = [
        *(text_of(r) for r in children(element, "remark")),
        *others,
        f"quality {quality}" if quality not in (None, "good") else None,
        "not current" if element.get("current") == "false" else None,
    ]
    return "; ".join(n for n in notes if n) or None


def _add_day(party: Party, element: Element) -> None:
    numbers = [element.get(n, "") for n in ("year", "month", "day")]
    calendar = element.get("calendar", "Gregorian")
    said = "-".join(n.zfill(2) for n in numbers if n)
    if not said:
        return
    year, month, day = (int(n) if n.isdecimal() else 0 for n in numbers)
    span = None
    if calendar.lower() == "gregorian":
        try:
            span = of_parts(year, month, day)
        except ValueError:
            span = None  # all zeros; the words are kept
    else:
        said = f"{said} ({calendar})"
    if note := _notes(element):
        said = f"{said} ({note})"
    # Of an organisation it is the day it was founded or registered.
    kinds = {"person": "birth", "organization": "date:registration"}
    use = kinds.get(party.entity_type, "date:other")
    party.add_facts([Fact(use, "day-month-year", said, span=span)])


def _add_address(party: Party, element: Element, place: Place) -> None:
    care_of, box = child_text(element, "c-o"), child_text(element, "p-o-box")
    stage_address(
        party.batch,
        party.party_id,
        party.record_id,
        [
            f"c/o {care_of}" if care_of else None,
            child_text(element, "address-details"),
            f"P.O. Box {box}" if box else None,
        ],
        city=place.location,
        region=place.area,
        postal_code=child_text(element, "zip-code"),
        country=place.country,
        remarks=_notes(element),
    )


def _add_document(party: Party, paper: Element, places: Mapping[str, Place]) -> None:
    kind, number = paper.get("document-type", ""), child_text(paper, "number")
    if number is None:
        party.batch.warn("document without a number")
        return
    use = _DOCUMENTS.get(kind)
    if use is None:
        report_word(party.batch, "document type", kind)
        use = "other"
    issued_at = child(paper, "place-of-issue")
    place = _NOWHERE if issued_at is None else _place(party, issued_at, places)
    at = ", ".join(p for p in (place.location, place.area, place.country) if p)
    days = {n: child_text(paper, n) for n in ("date-of-issue", "expiry-date")}
    found = {n: day_of(text) if text else None for n, text in days.items()}
    unread = (f"{n} {text}" for n, text in days.items() if text and found[n] is None)
    party.add_facts(
        [
            Fact(
                use,
                kind or UNKNOWN,
                number,
                child_text(paper, "issuer"),
                found["date-of-issue"],
                found["expiry-date"],
                _notes(paper, f"issued in {at}" if at else None, *unread),
            )
        ]
    )
    party.add_wallets_in(number, kind)
