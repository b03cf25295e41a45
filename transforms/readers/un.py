"""The UN Security Council's consolidated list, one party after the other.

In: ``consolidated.xml``. Out: staged rows. The key is REFERENCE_NUMBER without its blanks: DATAID
is re-issued (HTi.002 to HTi.007 got new ones in 2025). A party that has no alias, address, birth
date or document has an empty element for it all the same; those are left out, and empty aliases
counted. Days carry a zone now and then (``2015-03-27-04:00``): the day is the publisher's own.
"""

from collections.abc import Iterator

from transforms.clean.scripts import script_of
from transforms.errors import InputRefused
from transforms.readers import free_text
from transforms.readers.ofac_labels import span_of
from transforms.readers.party import Fact, Party
from transforms.readers.un_details import (
    NAMES,
    SHAPES,
    add_addresses,
    add_birth,
    add_birth_place,
    add_document,
    day_of,
    text_in,
    values_in,
)
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child_text,
    children,
    raw_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_KINDS = {"INDIVIDUAL": "person", "ENTITY": "organization"}
_PATHS = ("INDIVIDUALS/INDIVIDUAL", "ENTITIES/ENTITY")

# QUALITY: type of name, and whether the list calls it weak.
_QUALITIES = {
    "good": ("aka", False),
    "low": ("aka", True),
    "a.k.a.": ("aka", False),
    "f.k.a.": ("fka", False),
}


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one edition of the list."""
    where = f"{batch.source.name} {file.name}"
    stated = document.attributes.get("dateGenerated", "")
    day = day_of(stated)
    if day is None:
        raise InputRefused(f"{where}: expected dateGenerated with a day, found {stated[:40]!r}")
    batch.dated(day.first)
    seen: set[str] = set()
    for path, element in document.records(*_PATHS):
        for unknown in unknown_names(element, SHAPES):
            report_word(batch, "element", unknown)
        _party(path.rpartition("/")[2], element, file, batch, seen)
    report_sections(batch, document)
    if not batch.rows_staged:
        raise InputRefused(f"{where}: expected parties, found none")


def _party(tag: str, element: Element, file: RawFile, batch: Batch, seen: set[str]) -> None:
    batch.read()
    party_id = text_in(element, "REFERENCE_NUMBER") or ""
    name = " ".join(t for n in NAMES if (t := text_in(element, n)))
    record_id = f"{tag} {party_id or child_text(element, 'DATAID') or ''}".strip()
    if fault := _fault(party_id, name, seen):
        batch.reject(fault, file=file.name, record_id=record_id, raw=raw_of(element))
        return
    seen.add(party_id)
    party = Party(batch, party_id, record_id, _KINDS[tag], name)
    party.add_name(name, "primary", script=script_of(name))
    if original := text_in(element, "NAME_ORIGINAL_SCRIPT"):
        party.add_name(original, "variation", script=script_of(original))
    party.add_facts([Fact("un_reference", "REFERENCE_NUMBER", party_id)])
    party.nationalities.update(values_in(element, "NATIONALITY"))
    titles = [*values_in(element, "TITLE"), *values_in(element, "DESIGNATION")]
    party.columns["title"] = "; ".join(dict.fromkeys(titles)) or None
    _listing(party, element)
    if gender := text_in(element, "GENDER"):
        party.add_facts([Fact("gender", "GENDER", gender)])
    notes = list(_aliases(party, element, f"{tag}_ALIAS"))
    add_addresses(party, element, f"{tag}_ADDRESS")
    for birth in children(element, "INDIVIDUAL_DATE_OF_BIRTH"):
        add_birth(party, birth)
    for place in children(element, "INDIVIDUAL_PLACE_OF_BIRTH"):
        add_birth_place(party, place)
    notes += [n for d in children(element, "INDIVIDUAL_DOCUMENT") if (n := add_document(party, d))]
    _remarks(party, element, notes)
    party.finish()


def _fault(party_id: str, name: str, seen: set[str]) -> str | None:
    """Why the record can be no party's; None where it can."""
    if not party_id:
        return "a party without a REFERENCE_NUMBER"
    if party_id in seen:
        return f"{party_id} stands in the file twice"
    return None if name else "a party without a name"


def _listing(party: Party, element: Element) -> None:
    """Programme, and the days the list states for the listing and its amendments."""
    if programme := text_in(element, "UN_LIST_TYPE"):
        party.programs.add(programme)
    for word in values_in(element, "LIST_TYPE"):
        if word != "UN List":
            report_word(party.batch, "list type", word)
    if stated := text_in(element, "LISTED_ON"):
        day = day_of(stated)
        if day is None:
            party.batch.warn("LISTED_ON in no known form")
        else:
            party.listed_since(day.first)
    for label, use, texts in (
        ("SUBMITTED_ON", "date:other", [text_in(element, "SUBMITTED_ON")]),
        ("LAST_DAY_UPDATED", "date:amendment", values_in(element, "LAST_DAY_UPDATED")),
    ):
        party.add_facts(Fact(use, label, t, span=day_of(t)) for t in texts if t)


def _aliases(party: Party, element: Element, name: str) -> Iterator[str]:
    """Stage the aliases; yields what the list notes beside them, for the remarks."""
    for alias in children(element, name):
        published = text_in(alias, "ALIAS_NAME")
        if published is None:
            party.batch.warn("alias element without a name")
            continue
        quality = text_in(alias, "QUALITY") or ""
        kind = _QUALITIES.get(quality.lower())
        if kind is None:
            report_word(party.batch, "alias quality", quality)
        name_type, is_weak = kind or ("aka", False)
        first, *others = _names_in(published)
        # One element is one alias, whatever spellings of it follow.
        party.add_name(first, name_type, is_weak=is_weak, script=script_of(first))
        for other in others:
            party.add_name(other, "variation", is_weak=is_weak, script=script_of(other))
            party.batch.warn("further name in an ALIAS_NAME")
        note = text_in(alias, "NOTE")
        if note:
            yield f"{published}: {note}"
        born = text_in(alias, "DATE_OF_BIRTH")
        if born:
            span = day_of(born) or span_of(born)
            said = f"{born} (as {published})"
            party.add_facts([Fact("birth", "DATE_OF_BIRTH", said, span=span)])
        places = (text_in(alias, "CITY_OF_BIRTH"), text_in(alias, "COUNTRY_OF_BIRTH"))
        if at := ", ".join(p for p in places if p):
            party.add_facts(
                [Fact("birth_place", "ALIAS PLACE_OF_BIRTH", at, places[1], note=f"as {published}")]
            )


def _names_in(published: str) -> list[str]:
    """Names of one ALIAS_NAME: ``A; B``, ``a) A b) B; C``, ``أ (A; B)``."""
    parts = free_text.enumerated(published)
    if len(parts) > 1:
        parts = [n for p in parts for n in ([p] if "(" in p else p.split(";"))]
    elif ";" not in published:
        return [published]
    elif published.endswith(")") and published.count("(") == published.count(")") == 1:
        parts = [published.partition("(")[0], *published[:-1].partition("(")[2].split(";")]
    elif "(" in published:
        return [published]  # nested brackets: nobody can tell which part belongs to which
    else:
        parts = published.split(";")
    return [n for p in parts if (n := p.strip(" ;,"))] or [published]


def _remarks(party: Party, element: Element, notes: list[str]) -> None:
    """Comments and notes; references to other parties in them are relations by id."""
    comments = child_text(element, "COMMENTS1")
    submitted = text_in(element, "SUBMITTED_BY")
    parts = [comments, *notes, f"Submitted by {submitted}" if submitted else None]
    party.remarks = "\n".join(p for p in parts if p) or None
    if party.remarks is None:
        return
    party.add_wallets_in(party.remarks, "COMMENTS1")
    for reference in free_text.un_references(party.remarks):
        if reference != party.party_id:
            party.add_link("named in COMMENTS1", to_party_id=reference)
