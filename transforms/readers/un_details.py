"""Parts of a party's record on the UN's list: texts, addresses, births, identity documents."""

import re
from dataclasses import replace

from transforms.clean.dates import DateSpan, of_bounds, of_parts, read_date
from transforms.readers import free_text
from transforms.readers.party import UNKNOWN, Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_word
from transforms.readers.xml import Element, child_text, children, shapes, text_of

# Of a name's parts, in their order.
NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
# Known and left out: DATAID is re-issued and no key, VERSIONNUM counts editions of the record,
# SORT_KEY and SORT_KEY_LAST_MOD order the UN's own page.
_PARTY = (
    "DATAID VERSIONNUM SORT_KEY SORT_KEY_LAST_MOD UN_LIST_TYPE REFERENCE_NUMBER LISTED_ON "
    "SUBMITTED_ON SUBMITTED_BY NAME_ORIGINAL_SCRIPT COMMENTS1 LIST_TYPE LAST_DAY_UPDATED "
    + " ".join(NAMES)
)
_PLACE = "STREET CITY STATE_PROVINCE ZIP_CODE COUNTRY NOTE"
_ALIAS = "QUALITY ALIAS_NAME NOTE"
SHAPES = shapes(
    {
        "INDIVIDUAL": f"{_PARTY} TITLE DESIGNATION NATIONALITY GENDER INDIVIDUAL_ALIAS "
        "INDIVIDUAL_ADDRESS INDIVIDUAL_DATE_OF_BIRTH INDIVIDUAL_PLACE_OF_BIRTH "
        "INDIVIDUAL_DOCUMENT",
        "ENTITY": f"{_PARTY} ENTITY_ALIAS ENTITY_ADDRESS",
        **dict.fromkeys(
            ("TITLE", "DESIGNATION", "NATIONALITY", "LIST_TYPE", "LAST_DAY_UPDATED"), "VALUE"
        ),
        "INDIVIDUAL_ALIAS": f"{_ALIAS} DATE_OF_BIRTH CITY_OF_BIRTH COUNTRY_OF_BIRTH",
        "ENTITY_ALIAS": _ALIAS,
        "INDIVIDUAL_ADDRESS": _PLACE,
        "ENTITY_ADDRESS": _PLACE,
        "INDIVIDUAL_PLACE_OF_BIRTH": _PLACE,
        "INDIVIDUAL_DATE_OF_BIRTH": "TYPE_OF_DATE DATE YEAR FROM_YEAR TO_YEAR NOTE",
        "INDIVIDUAL_DOCUMENT": "TYPE_OF_DOCUMENT TYPE_OF_DOCUMENT2 NUMBER ISSUING_COUNTRY "
        "COUNTRY_OF_ISSUE CITY_OF_ISSUE DATE_OF_ISSUE NOTE",
    }
)

_DATE_TYPES = ("EXACT", "APPROXIMATELY", "BETWEEN")
# TYPE_OF_DOCUMENT in the languages it was ever written in.
_DOCUMENT_KINDS = {
    "passport": "passport",
    "numéro de passeport": "passport",
    "número de pasaporte": "passport",
    "national identification number": "national_id",
    "national identification no.": "national_id",
}
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T+-].*|Z)?")
_APPROXIMATELY = "approximately"


def text_in(element: Element, name: str) -> str | None:
    """Text of a child on one line: the UN wraps and indents within values."""
    return " ".join((child_text(element, name) or "").split()) or None


def values_in(element: Element, name: str) -> list[str]:
    """Texts of the VALUE elements in children of this name, empty ones left out."""
    found = (text_of(v) for c in children(element, name) for v in children(c, "VALUE"))
    return [" ".join(t.split()) for t in found if t]


def day_of(text: str | None) -> DateSpan | None:
    """A day, whatever zone or time stands behind it; None for anything else."""
    m = _DAY.fullmatch(text or "")
    try:
        return of_parts(int(m[1]), int(m[2]), int(m[3])) if m else None
    except ValueError:
        return None


def add_addresses(party: Party, element: Element, name: str) -> None:
    """Stage the addresses; most parties have one that states nothing, or only its country."""
    for address in children(element, name):
        note = text_in(address, "NOTE")
        stated = [text_in(address, n) for n in _PLACE.split() if n != "NOTE"]
        # An address of which only a note is known is that note: "in prison in Jordan".
        streets = [text_in(address, "STREET")] if any(stated) else [note]
        stage_address(
            party.batch,
            party.party_id,
            party.record_id,
            streets,
            city=text_in(address, "CITY"),
            region=text_in(address, "STATE_PROVINCE"),
            postal_code=text_in(address, "ZIP_CODE"),
            country=text_in(address, "COUNTRY"),
            remarks=note if any(stated) else None,
        )


def add_birth_place(party: Party, place: Element) -> None:
    """Stage a birth place."""
    parts = [text_in(place, n) for n in ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")]
    note = text_in(place, "NOTE")
    if at := ", ".join(p for p in parts if p):
        party.add_facts([Fact("birth_place", "PLACE_OF_BIRTH", at, parts[-1], note=note)])
    elif note:
        party.add_facts([Fact("birth_place", "PLACE_OF_BIRTH", note)])


def add_birth(party: Party, birth: Element) -> None:
    """Stage a birth date as far as it is stated."""
    stated = {c: text_in(birth, c) for c in ("DATE", "YEAR", "FROM_YEAR", "TO_YEAR", "NOTE")}
    if not any(stated.values()):
        return
    kind = (text_in(birth, "TYPE_OF_DATE") or "").upper()
    if kind and kind not in _DATE_TYPES:
        report_word(party.batch, "type of date", kind)
    note = stated["NOTE"]
    is_approximate = kind == "APPROXIMATELY" or (note or "").lower() == _APPROXIMATELY
    span = _birth_span(stated, is_approximate=is_approximate)
    years = " to ".join(y for n in ("FROM_YEAR", "TO_YEAR") if (y := stated[n]))
    said = stated["DATE"] or stated["YEAR"] or years
    if said and is_approximate:
        said = f"circa {said}"
    if note and note.lower() != _APPROXIMATELY:
        said = f"{said} ({note})" if said else note
    party.add_facts([Fact("birth", "DATE_OF_BIRTH", said or note or "", span=span)])


def _birth_span(stated: dict[str, str | None], *, is_approximate: bool) -> DateSpan | None:
    """What the elements mean; where there is but a note, what it says if it is a date."""
    day, year, note = stated["DATE"], stated["YEAR"], stated["NOTE"]
    try:
        if day and (found := day_of(day)):
            return of_bounds(found.first, found.last, is_approximate=is_approximate)
        if year:
            return of_parts(int(year), is_approximate=is_approximate)
        if stated["FROM_YEAR"] and stated["TO_YEAR"]:
            first, last = (of_parts(int(stated[n] or "")) for n in ("FROM_YEAR", "TO_YEAR"))
            return of_bounds(first.first, last.last, is_approximate=is_approximate)
        # "24/06/1402 (Hijri Calendar)" is in no form of ours and stays words.
        said = read_date((note or "").replace(".", ""))
        is_approximate = is_approximate or said.is_approximate
        return replace(said, is_approximate=is_approximate)
    except ValueError:
        return None


def add_document(party: Party, document: Element) -> str | None:
    """Stage an identity document; without a number it is a note, for the remarks."""
    kind, label = text_in(document, "TYPE_OF_DOCUMENT"), text_in(document, "TYPE_OF_DOCUMENT2")
    number, note = text_in(document, "NUMBER"), text_in(document, "NOTE")
    if number is None:
        said = "; ".join(t for t in (kind, label, note, text_in(document, "ISSUING_COUNTRY")) if t)
        if said:
            party.batch.warn("document without a NUMBER")
        return said or None
    use = _DOCUMENT_KINDS.get((kind or "").lower(), UNKNOWN)
    issued = text_in(document, "DATE_OF_ISSUE")
    day = day_of(issued)
    countries = [text_in(document, n) for n in ("ISSUING_COUNTRY", "COUNTRY_OF_ISSUE")]
    notes = [
        note,
        f"CITY_OF_ISSUE {city}" if (city := text_in(document, "CITY_OF_ISSUE")) else None,
        f"COUNTRY_OF_ISSUE {countries[1]}" if countries[0] and countries[1] else None,
        f"DATE_OF_ISSUE {issued}" if issued and day is None else None,
    ]
    party.add_facts(
        [
            Fact(
                use,
                label or kind or "INDIVIDUAL_DOCUMENT",
                number,
                countries[0] or countries[1],
                day.first if day else None,
                free_text.expires_on(note or ""),
                note="; ".join(n for n in notes if n) or None,
            )
        ]
    )
    party.add_wallets_in(f"{number} {note or ''}", "INDIVIDUAL_DOCUMENT")
    return None
