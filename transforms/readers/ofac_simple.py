"""OFAC's simple XML (``SDN.XML``, ``CONSOLIDATED.XML``), in the namespaces before and since 2024.

In: one file. Out: staged rows. ``publshInformation`` [sic] states the number of records: a file
with another number is refused. ``idType`` carries identifiers and much else: gender, sanctions
risk, wallets. Weak aliases have a category here; links stand as text in the remarks.
"""

from transforms.clean.dates import read_us_date
from transforms.errors import InputRefused
from transforms.readers.ofac_labels import labelled, span_of
from transforms.readers.ofac_remarks import add_remark
from transforms.readers.ofac_shapes import SIMPLE
from transforms.readers.ofac_words import ListOfPrograms, entity_type, name_type
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child,
    child_text,
    children,
    raw_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_VESSEL = {
    "callSign": "call_sign",
    "vesselType": "vessel_type",
    "vesselFlag": "vessel_flag",
    "vesselOwner": "vessel_owner",
    "tonnage": "tonnage",
    "grossRegisteredTonnage": "gross_tonnage",
}


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one simple XML file."""
    where = f"{batch.source.name} {file.name}"
    stated: str | None = None
    seen: set[str] = set()
    programs = ListOfPrograms()
    for path, element in document.records("publshInformation", "sdnEntry"):
        for unknown in unknown_names(element, SIMPLE):
            report_word(batch, "element", unknown)
        if path == "publshInformation":
            stated = child_text(element, "Record_Count")
            _date(element, where, batch)
        else:
            _party(element, file, batch, seen)
            programs.add("; ".join(_texts(element, "programList", "program")))
    report_sections(batch, document)
    if stated is None or not stated.isdigit() or int(stated) != batch.rows_read:
        raise InputRefused(
            f"{where}: expected the {stated} records that Record_Count states, found "
            f"{batch.rows_read}"
        )
    if not batch.rows_read:
        raise InputRefused(f"{where}: expected parties, found none")
    programs.refuse_other(batch, file)


def _date(element: Element, where: str, batch: Batch) -> None:
    text = child_text(element, "Publish_Date")
    try:
        batch.dated(read_us_date(text) if text else None)
    except ValueError as e:
        raise InputRefused(f"{where}: expected Publish_Date MM/DD/YYYY, found {e}") from None


def _party(element: Element, file: RawFile, batch: Batch, seen: set[str]) -> None:
    batch.read()
    party_id = child_text(element, "uid") or ""
    record_id = f"uid {party_id}"
    name = _name(element)
    fault = None
    if not party_id.isdigit():
        fault = f"uid {party_id[:40]!r} is not a number"
    elif party_id in seen:
        fault = f"uid {party_id} stands in the file twice"
    elif name is None:
        fault = "a party without a name"
    if fault or name is None:
        batch.reject(fault or "", file=file.name, record_id=record_id, raw=raw_of(element))
        return
    seen.add(party_id)
    kind = entity_type(
        batch, f"{file.name} record {party_id}", child_text(element, "sdnType") or ""
    )
    party = Party(batch, party_id, record_id, kind, name, published_form="simple XML")
    party.add_name(name, "primary")
    party.programs.update(_texts(element, "programList", "program"))
    party.columns["title"] = child_text(element, "title")
    if (vessel := child(element, "vesselInfo")) is not None:
        party.columns |= {column: child_text(vessel, tag) for tag, column in _VESSEL.items()}
    _aliases(party, element)
    _addresses(party, element)
    party.nationalities.update(_texts(element, "nationalityList", "nationality", "country"))
    party.nationalities.update(_texts(element, "citizenshipList", "citizenship", "country"))
    births = _texts(element, "dateOfBirthList", "dateOfBirthItem", "dateOfBirth")
    party.add_facts(labelled("DOB", text) for text in births)
    places = _texts(element, "placeOfBirthList", "placeOfBirthItem", "placeOfBirth")
    party.add_facts(labelled("POB", text) for text in places)
    party.add_facts(_identifiers(element, batch))
    _remarks(party, element)
    party.finish()


def _name(element: Element) -> str | None:
    parts = (child_text(element, "lastName"), child_text(element, "firstName"))
    return ", ".join(p for p in parts if p) or None


def _list(element: Element, name: str) -> list[Element]:
    """Items of a list such as ``akaList``; none where the list is missing."""
    found = child(element, name)
    return [] if found is None else list(found)


def _texts(element: Element, of_list: str, item: str, tag: str | None = None) -> list[str]:
    found = child(element, of_list)
    if found is None:
        return []
    texts = (child_text(e, tag) if tag else (e.text or "").strip() for e in children(found, item))
    return [t for t in texts if t]


def _aliases(party: Party, element: Element) -> None:
    for aka in _list(element, "akaList"):
        if name := _name(aka):
            kind = name_type(party.batch, child_text(aka, "type") or "")
            party.add_name(name, kind, is_weak=child_text(aka, "category") == "weak")
        else:
            party.batch.warn("name without a text")


def _addresses(party: Party, element: Element) -> None:
    for address in _list(element, "addressList"):
        stage_address(
            party.batch,
            party.party_id,
            party.record_id,
            [child_text(address, f"address{i}") for i in (1, 2, 3)],
            city=child_text(address, "city"),
            region=child_text(address, "stateOrProvince"),
            postal_code=child_text(address, "postalCode"),
            country=child_text(address, "country"),
        )


def _identifiers(element: Element, batch: Batch) -> list[Fact]:
    facts = []
    for e in _list(element, "idList"):
        label, value = child_text(e, "idType"), child_text(e, "idNumber")
        if label is None or value is None:
            batch.warn("identifier without a type or number")
            continue
        notes, days = [], []
        for tag in ("issueDate", "expirationDate"):
            text = child_text(e, tag)
            span = span_of(text) if text else None
            days.append(span.day if span else None)
            if text and days[-1] is None:
                notes.append(f"{tag} {text}")
        facts.append(
            labelled(
                label,
                value,
                country=child_text(e, "idCountry"),
                issued_on=days[0],
                expires_on=days[1],
                note="; ".join(notes) or None,
            )
        )
    return facts


def _remarks(party: Party, element: Element) -> None:
    text = child_text(element, "remarks")
    if text is None:
        return
    party.remarks = text
    add_remark(party, text)
