"""OFAC's ENHANCED XML: readable values, original scripts, relations by id, a day per list.

In: one file, whole or filtered. Out: staged rows. A filtered export is lawful and says so in
``filters``: its snapshot holds a part of the list (``is_list_complete`` is false), so absence from
it is no delisting. Relations may point outside the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from transforms.clean.dates import DateSpan, of_bounds
from transforms.errors import InputRefused
from transforms.readers.ofac_dates import published
from transforms.readers.ofac_labels import labelled, use_of
from transforms.readers.ofac_shapes import ENHANCED
from transforms.readers.ofac_words import (
    CONSOLIDATED,
    entity_type,
    is_own_list,
    name_type,
    refuse_other_list,
    relation,
)
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_sections, report_word, script
from transforms.readers.xml import (
    Document,
    Element,
    child,
    child_text,
    children,
    local,
    raw_of,
    text_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

FORM = "ENHANCED XML"
# Marks that embed a right-to-left name in the publisher's page; they are no part of the name.
_BIDI_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069 "


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one ENHANCED XML file."""
    seen: set[str] = set()
    listed = 0
    for path, element in document.records("publicationInfo", "entities/entity"):
        for unknown in unknown_names(element, ENHANCED):
            report_word(batch, "element", unknown)
        if path == "publicationInfo":
            _publication(element, file, batch)
            continue
        listed += _party(element, file, batch, seen)
    # What the values mean stands beside each of them.
    report_sections(batch, document, "sanctionsData/referenceValues", "sanctionsData/featureTypes")
    refuse_other_list(batch, file, len(seen), listed)


def _publication(element: Element, file: RawFile, batch: Batch) -> None:
    text = child_text(element, "dataAsOf") or ""
    try:
        batch.dated(date.fromisoformat(text[:10]))
    except ValueError:
        raise InputRefused(
            f"{batch.source.name} {file.name}: expected dataAsOf with a date, found {text[:40]!r}"
        ) from None
    for group in (e for filters in children(element, "filters") for e in filters):
        words = "; ".join(sorted(t for e in group if (t := text_of(e))))
        if local(group) == "sanctionsLists":
            # Every export names its lists.
            named = set(words.split("; ")) if words else CONSOLIDATED
            if batch.source.name == "ofac_cons" and (without := CONSOLIDATED - named):
                batch.partial(f"filtered export: without {'; '.join(sorted(without))[:100]}")
        elif words:
            batch.partial(f"filtered export: {local(group)} {words[:100]}")


def _party(element: Element, file: RawFile, batch: Batch, seen: set[str]) -> bool:
    """Stage one entity; whether it stands on the source's own list."""
    batch.read()
    party_id = element.get("id", "")
    record_id = f"entity {party_id}"
    primary = primary_name(element)
    if not party_id or party_id in seen or primary is None:
        reason = "an entity without an id or primary name"
        if party_id in seen:
            reason = f"entity {party_id} stands in the file twice"
        batch.reject(reason, file=file.name, record_id=record_id, raw=raw_of(element))
        return False
    seen.add(party_id)
    info = child(element, "generalInfo")
    word = child_text(info, "entityType") if info is not None else None
    kind = entity_type(batch, f"{file.name} record {party_id}", word or "")
    party = Party(batch, party_id, record_id, kind, primary, published_form=FORM)
    fill(party, element)
    is_listed = listings(party, element)
    party.finish()
    return is_listed


def fill(party: Party, element: Element) -> None:
    """Take all that an entity's element says but its listings; also a part of an entity.

    Rows bear the ids of the elements they come from, since files of changes refer to them.
    """
    info = child(element, "generalInfo")
    if info is not None:
        party.columns["title"] = child_text(info, "title")
        party.remarks = child_text(info, "remarks")
    party.programs.update(_texts(element, "sanctionsPrograms"))
    party.legal_bases.update(_texts(element, "legalAuthorities"))
    party.measures.update(_texts(element, "sanctionsTypes"))
    _names(party, element)
    _addresses(party, element)
    for feature in _items(element, "features"):
        with _element(party, feature):
            party.add_facts(_feature(feature, party.batch))
    for document in _items(element, "identityDocuments"):
        with _element(party, document):
            party.add_facts(_document(document, party.batch))
    for related_by in _items(element, "relationships"):
        related = child(related_by, "relatedEntity")
        with _element(party, related_by):
            party.add_link(
                relation(party.batch, child_text(related_by, "type") or ""),
                to_party_id=related.get("entityId") if related is not None else None,
                to_name=text_of(related),
            )


@contextmanager
def _element(party: Party, element: Element) -> Iterator[None]:
    """Rows of this element bear its id beside the entity's."""
    whole = party.record_id
    if number := element.get("id"):
        party.record_id = f"{whole} {local(element)} {number}"
    yield
    party.record_id = whole


def listings(party: Party, element: Element, *, is_part: bool = False) -> bool:
    """Take the days of the source's own lists; whether the party stands on one."""
    own = [
        e for e in _items(element, "sanctionsLists") if is_own_list(party.batch, text_of(e) or "")
    ]
    for listing in own:
        try:
            party.listed_since(date.fromisoformat(listing.get("datePublished", "")[:10]))
        except ValueError:
            party.batch.warn("listing without a day")
    if not own and not is_part:
        party.batch.warn("party without an entry on this list")
    return bool(own)


def _items(element: Element, name: str) -> list[Element]:
    """Items of a group such as ``features``; none where the group is missing."""
    group = child(element, name)
    return [] if group is None else list(group)


def _texts(element: Element, name: str) -> list[str]:
    return [t for e in _items(element, name) if (t := text_of(e))]


def _full_name(translation: Element) -> str | None:
    return (child_text(translation, "formattedFullName") or "").strip(_BIDI_MARKS) or None


def primary_name(element: Element) -> str | None:
    """The main name in the main script, if the element has it."""
    for name in _items(element, "names"):
        if child_text(name, "isPrimary") == "true":
            for translation in _items(name, "translations"):
                if child_text(translation, "isPrimary") == "true":
                    return _full_name(translation)
    return None


def _names(party: Party, element: Element) -> None:
    for name in _items(element, "names"):
        is_main = child_text(name, "isPrimary") == "true"
        word = child_text(name, "aliasType") or ("Name" if is_main else "")
        kind = name_type(party.batch, word)
        for translation in _items(name, "translations"):
            text = _full_name(translation)
            if text is None:
                party.batch.warn("name without a text")
                continue
            is_own_script = is_main and child_text(translation, "isPrimary") != "true"
            with _element(party, name):
                party.add_name(
                    text,
                    "variation" if is_own_script else kind,
                    is_weak=child_text(name, "isLowQuality") == "true",
                    script=script(party.batch, child_text(translation, "script")),
                )


def _addresses(party: Party, element: Element) -> None:
    for address in _items(element, "addresses"):
        country = child_text(address, "country")
        # An address of which only the country is known has no translation.
        for translation in _items(address, "translations") or [address]:
            parts = {
                child_text(p, "type"): child_text(p, "value")
                for p in _items(translation, "addressParts")
            }
            regions = (parts.get("STATE/PROVINCE"), parts.get("REGION"))
            with _element(party, address):
                stage_address(
                    party.batch,
                    party.party_id,
                    party.record_id,
                    [parts.get(f"ADDRESS{i}") for i in (1, 2, 3)],
                    city=parts.get("CITY"),
                    region=", ".join(r for r in regions if r) or None,
                    postal_code=parts.get("POSTAL CODE"),
                    country=country,
                )


def _span(element: Element | None) -> DateSpan | None:
    """The span of a date with its four bounds."""
    if element is None:
        return None
    try:
        return of_bounds(
            date.fromisoformat(child_text(element, "fromDateBegin") or ""),
            date.fromisoformat(child_text(element, "toDateEnd") or ""),
            is_approximate=child_text(element, "isApproximate") == "true",
        )
    except ValueError:
        return None


def _feature(feature: Element, batch: Batch) -> list[Fact]:
    label = child_text(feature, "type") or ""
    stated = child(feature, "valueDate")
    span = _span(stated)
    value = child_text(feature, "value") or (published(span) if span else None)
    if value is None:
        report_word(batch, "empty feature", label)
        return []
    return [
        labelled(label, value) if stated is None else Fact(use_of(label), label, value, span=span)
    ]


def _document(document: Element, batch: Batch) -> list[Fact]:
    label, number = child_text(document, "type"), child_text(document, "documentNumber")
    if label is None or number is None:
        batch.warn("identifier without a type or number")
        return []
    notes = [None if child_text(document, "isValid") == "true" else "not valid"]
    days = []
    for tag in ("issueDate", "expirationDate"):
        span = _span(child(document, tag))
        days.append(span.day if span else None)
        notes.append(f"{tag} {published(span)}" if span and days[-1] is None else None)
    return [
        labelled(
            label,
            number,
            country=child_text(document, "issuingCountry"),
            issued_on=days[0],
            expires_on=days[1],
            note="; ".join(n for n in notes if n) or None,
        )
    ]
