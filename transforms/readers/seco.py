"""SECO's list of Swiss sanctions, one target after the other.

In: the whole list in XML. Out: staged rows. The key is the target's ssid. Programmes are told by
the ssid of one of their *sanctions sets*; places stand behind the targets that refer to them, so
the file is read twice, and never held.

Delisted targets stay in the file for ever: what counts is the latest modification by its day
(effective, else published, else enacted); of two on one day the upper one, since the newest stand
first. Each modification repeats the target as it was, in ``added`` and ``removed``: history, which
is not read, only its kind and days.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from transforms.errors import InputRefused
from transforms.readers import free_text
from transforms.readers.party import Fact, Party
from transforms.readers.seco_identity import (
    SHAPES,
    Place,
    add_identity,
    day_of,
    place_of,
    span_of_day,
)
from transforms.readers.seco_information import information_facts
from transforms.readers.seco_names import Names
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child_text,
    children,
    local,
    raw_of,
    text_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_KINDS = {"individual": "person", "entity": "organization", "object": "unknown"}
_OBJECTS = {"vessel": "vessel", "aircraft": "aircraft"}
_ACTS = {"listed": "listing", "amended": "amendment", "de-listed": "delisting"}
_DAYS = ("effective-date", "publication-date", "enactment-date")


@dataclass(frozen=True, slots=True)
class _Set:
    """What a sanctions set says: programme, ordinance, measures."""

    programme: str | None
    ordinance: str | None
    measures: str | None


@dataclass(frozen=True, slots=True)
class _Act:
    """One modification: its kind, the day that counts and what the list says of it."""

    kind: str
    day: date | None
    words: str


@dataclass(slots=True)
class _Status:
    """What the modifications make of a target: days of the present listing, or of the last."""

    listed_on: date | None = None
    listed_by: date | None = None
    delisted_on: date | None = None

    @property
    def fault(self) -> str | None:
        """Why no listing can have been like this."""
        start = self.listed_on or self.listed_by
        if self.delisted_on and start and start >= self.delisted_on:
            return f"a target that was delisted on {self.delisted_on} and listed on {start}"
        return None


@dataclass(slots=True)
class _References:
    """What targets refer to by ssid."""

    sets: dict[str, _Set] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one edition of the list."""
    where = f"{batch.source.name} {file.name}"
    kind = document.attributes.get("list-type")
    if kind is None:
        batch.warn("list without a list-type: taken for the whole list")
    elif kind != "whole-list":
        # A part looks like a list from which all others were taken off.
        raise InputRefused(f"{where}: expected list-type whole-list, found {kind!r}")
    stated = document.attributes.get("date", "")
    day = day_of(stated)
    if day is None:
        raise InputRefused(f"{where}: expected a date on the list, found {stated[:40]!r}")
    batch.dated(day)
    references = _references(document, batch)
    report_sections(batch, document)
    seen: set[str] = set()
    for _, element in document.records("target"):
        _target(element, file, batch, references, seen)
    if not batch.rows_staged:
        raise InputRefused(f"{where}: expected targets, found none")


def _references(document: Document, batch: Batch) -> _References:
    found = _References()
    # Targets are asked for, too: what is passed over would stay in memory.
    for path, element in document.records("sanctions-program", "place", "target"):
        if path == "target":
            continue
        for unknown in unknown_names(element, SHAPES):
            report_word(batch, "element", unknown)
        if path == "place":
            found.places[element.get("ssid", "")] = place_of(element)
        else:
            found.sets.update(_sets(element))
    return found


def _sets(programme: Element) -> Iterator[tuple[str, _Set]]:
    """Sanctions sets of a programme by ssid, in English, else in the first language there is."""
    measures: dict[str, list[Element]] = {}
    for e in children(programme, "sanctions-set"):
        measures.setdefault(e.get("ssid", ""), []).append(e)
    for ssid, said in measures.items():
        yield (
            ssid,
            _Set(
                _in_english(list(children(programme, "program-key"))),
                _in_english(list(children(programme, "program-name"))),
                _in_english(said),
            ),
        )


def _in_english(said: list[Element]) -> str | None:
    said = sorted(said, key=lambda e: e.get("lang") != "eng")
    return next((t for e in said if (t := text_of(e))), None)


def _target(
    element: Element, file: RawFile, batch: Batch, references: _References, seen: set[str]
) -> None:
    batch.read()
    party_id = element.get("ssid", "")
    record_id = f"target {party_id}"
    acts = _acts(element, batch)
    body = next((c for c in element if local(c) in _KINDS), None)
    names = Names.of(list(children(body, "identity")) if body is not None else [], batch)
    status = _status(acts)
    fault = _fault(party_id, names, acts, seen) or status.fault
    if fault or body is None or names.main is None:
        batch.reject(fault or "", file=file.name, record_id=record_id, raw=raw_of(element))
        return
    seen.add(party_id)
    for modification in list(children(element, "modification")):
        element.remove(modification)
    for unknown in unknown_names(element, SHAPES):
        report_word(batch, "element", unknown)
    party = Party(batch, party_id, record_id, _kind(body, batch), names.main)
    names.stage(party)
    _add_programmes(party, element, references)
    _add_acts(party, acts, status)
    if sex := body.get("sex"):
        party.add_facts([Fact("gender", "sex", sex)])
    for identity in children(body, "identity"):
        add_identity(party, identity, references.places)
    for relation in children(body, "relation"):
        party.add_link(
            relation.get("relation-type", "relation"), to_party_id=relation.get("target-id")
        )
    _add_foreign(party, element)
    _add_prose(party, body)
    party.finish()


def _fault(party_id: str, names: Names, acts: list[_Act], seen: set[str]) -> str | None:
    """Why the record can be no party's; None where it can."""
    if not party_id:
        return "a target without an ssid"
    if party_id in seen:
        return f"target {party_id} stands in the file twice"
    if names.main is None:
        return "a target without a name"
    if acts and acts[-1].kind == "de-listed" and acts[-1].day is None:
        return "a delisted target without the day of its end"
    return None


def _kind(body: Element, batch: Batch) -> str:
    kind = _KINDS[local(body)]
    if kind != "unknown":
        return kind
    word = body.get("object-type", "")
    if word not in _OBJECTS:
        report_word(batch, "object type", word)
    return _OBJECTS.get(word, kind)


def _acts(element: Element, batch: Batch) -> list[_Act]:
    """Modifications from the oldest to the newest."""
    found: list[_Act] = []
    for e in children(element, "modification"):
        kind = e.get("modification-type", "")
        if kind not in _ACTS:
            report_word(batch, "modification type", kind)
        days = [(d, e.get(d)) for d in _DAYS]
        day = next((d for _, text in days if (d := day_of(text or ""))), None)
        stated = ", ".join(f"{name} {text}" for name, text in days if text)
        found.append(_Act(kind, day, f"{kind}: {stated or 'no day'}"))
    found.reverse()  # the newest stand first
    if all(a.day for a in found):
        found.sort(key=lambda a: a.day or date.min)
    return found


def _status(acts: list[_Act]) -> _Status:
    status = _Status()
    for act in acts:
        if act.kind == "de-listed":
            status.delisted_on = act.day
            if act.day and status.listed_on is None and status.listed_by is None:
                # Who is taken off was on the list the day before.
                status.listed_by = act.day - timedelta(days=1)
            continue
        if status.delisted_on is not None:  # it was taken off and is back: a new listing
            status = _Status()
        if act.kind == "listed" and status.listed_on is None:
            status.listed_on = act.day
        if act.day and status.listed_by is None:
            status.listed_by = act.day
    return status


def _add_acts(party: Party, acts: list[_Act], status: _Status) -> None:
    for act in acts:
        use = f"date:{_ACTS.get(act.kind, 'other')}"
        party.add_facts([Fact(use, "modification", act.words, span=span_of_day(act.day))])
    party.listed_since(status.listed_on)
    party.named_in_act(status.listed_by)
    party.delisted_on = status.delisted_on
    if not acts:
        party.batch.warn("target without a modification")


def _add_programmes(party: Party, element: Element, references: _References) -> None:
    # An attribute until about 2022, an element since.
    ids = [element.get("sanctions-set-id"), *map(text_of, children(element, "sanctions-set-id"))]
    for ssid in filter(None, ids):
        found = references.sets.get(ssid)
        if found is None:
            party.batch.warn("sanctions set of no programme in the file")
            continue
        for value, of_party in (
            (found.programme, party.programs),
            (found.ordinance, party.legal_bases),
            (found.measures, party.measures),
        ):
            if value:
                of_party.add(value)


def _add_foreign(party: Party, element: Element) -> None:
    """Identifiers on other lists, and attributes that the list has no element for."""
    for e in children(element, "foreign-identifier"):
        if text := text_of(e):
            references = free_text.un_references(text)
            is_un = len(references) == 1 and len(text) == len(references[0])
            use = "un_reference" if is_un else "other"
            party.add_facts([Fact(use, "foreign-identifier", text)])
    for e in children(element, "generic-attribute"):
        if text := text_of(e):
            party.add_facts([Fact("other", e.get("name", "generic-attribute"), text)])
            party.add_wallets_in(text, "generic-attribute")


def _add_prose(party: Party, body: Element) -> None:
    said: dict[str, None] = {}
    for tag in ("justification", "other-information"):
        for e in children(body, tag):
            text = text_of(e)
            if text is None or text in said:
                continue
            said[text] = None
            if tag == "other-information":
                party.add_facts(information_facts(text, party.entity_type))
    for relation in children(body, "relation"):
        if remark := child_text(relation, "remark"):
            said[f"relation to target {relation.get('target-id')}: {remark}"] = None
    party.remarks = "\n".join(said) or None
    party.add_wallets_in(party.remarks, "prose")
