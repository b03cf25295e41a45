"""The EU's Financial Sanctions Files 1.1, one entry after the other.

In: ``xmlFullSanctionsList_1_1``. Out: staged rows. The key is logicalId; euReferenceNumber may be
missing. A party that stands under two programmes has two entries with the same logicalId (20 of
1,045 in a file of 2022): they are one party here, with the names and facts of both. So the file is
read twice, first for the numbers.

The list says of no alias that it is the main name, ``strong="true"`` stands on every one, and the
first is often not the main one: see ``_main_name``. Blank attributes, ``-`` and the country ``00``
state nothing. ``designationDate`` is missing from more than half; the act that the entry quotes
bounds the listing day and is staged as such, never as the day itself.
"""

import re
from collections import Counter

from transforms.clean.dates import DateSpan, of_parts
from transforms.clean.scripts import script_of
from transforms.errors import InputRefused
from transforms.readers import free_text
from transforms.readers.eu_details import (
    SHAPES,
    add_address,
    add_birth,
    add_identification,
    country_of,
    day_of,
    stated,
)
from transforms.readers.party import WALLET, Fact, Party
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child,
    child_text,
    children,
    raw_of,
    text_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_KINDS = {"person": "person", "enterprise": "organization"}
_LISTED = re.compile(r"\bdate of listing:?\s+(\d{1,2})[./](\d{1,2})[./](\d{4})\b", re.IGNORECASE)
_LOW_QUALITY = re.compile(r"\blow[ -]quality\b", re.IGNORECASE)


class _Listed(Party):
    """A party of which another entry may come, with what was staged of it so far."""

    __slots__ = ("_said", "_told")

    def __init__(
        self, batch: Batch, party_id: str, record_id: str, entity_type: str, name: str
    ) -> None:
        super().__init__(batch, party_id, record_id, entity_type, name)
        self._told: set[Fact] = set()
        self._said: dict[str, None] = {}

    def add_once(self, fact: Fact) -> None:
        """A fact that both entries may state."""
        if fact not in self._told:
            self._told.add(fact)
            self.add_facts([fact])

    def say(self, text: str | None) -> None:
        """Keep prose, each text once, and what it proves by itself."""
        if not text or text in self._said:
            return
        self._said[text] = None
        for ticker, address in free_text.wallets(text):
            self.add_once(Fact(WALLET, f"remark - {ticker}", address))
        if reference := free_text.un_reference(text):
            self.add_once(Fact("un_reference", "UN Ref", reference))

    def finish(self) -> None:
        """Stage the party's own row."""
        self.remarks = "\n".join(self._said) or None
        super().finish()


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one edition of the list."""
    where = f"{batch.source.name} {file.name}"
    generated = document.attributes.get("generationDate", "")
    day = day_of(generated[:10])
    if day is None:
        raise InputRefused(f"{where}: expected generationDate with a day, found {generated[:40]!r}")
    batch.dated(day.first)
    entries = Counter(stated(e, "logicalId") for _, e in document.records("sanctionEntity"))
    # Only parties of which another entry comes are kept.
    parties: dict[str, _Listed] = {}
    for _, element in document.records("sanctionEntity"):
        for unknown in unknown_names(element, SHAPES):
            report_word(batch, "element", unknown)
        _entry(element, file, batch, parties)
        party_id = stated(element, "logicalId")
        entries[party_id] -= 1
        if not entries[party_id] and party_id in parties:
            parties.pop(party_id).finish()
    report_sections(batch, document)
    if not batch.rows_staged:
        raise InputRefused(f"{where}: expected parties, found none")


def _entry(element: Element, file: RawFile, batch: Batch, parties: dict[str, _Listed]) -> None:
    batch.read()
    party_id = stated(element, "logicalId")
    aliases = [a for a in children(element, "nameAlias") if _name(a)]
    if party_id is None or not aliases:
        fault = "an entry without a name" if party_id else "an entry without a logicalId"
        record_id = f"sanctionEntity {party_id or stated(element, 'euReferenceNumber') or ''}"
        batch.reject(fault, file=file.name, record_id=record_id.strip(), raw=raw_of(element))
        return
    kind = _kind(element, batch)
    party = parties.get(party_id)
    if party is None:
        main = _main_name(aliases, is_person=kind == "person")
        party = _Listed(batch, party_id, f"sanctionEntity {party_id}", kind, _name(main) or "")
        parties[party_id] = party
        _add_names(party, aliases, main)
    else:
        batch.joined()
        batch.warn("entry of a party that has another one in the file")
        _add_names(party, aliases, None)
    _add_listing(party, element)
    for place in children(element, "citizenship"):
        if country := country_of(place):
            party.nationalities.add(country)
        party.say(child_text(place, "remark"))
    for add, tag in (
        (add_address, "address"),
        (add_birth, "birthdate"),
        (add_identification, "identification"),
    ):
        for part in children(element, tag):
            for text in add(party, part):
                party.say(text)


def _kind(element: Element, batch: Batch) -> str:
    subject = child(element, "subjectType")
    code = stated(subject, "code") if subject is not None else None
    kind = _KINDS.get(code or "")
    if kind is None:
        report_word(batch, "subject type", code or "")
    return kind or "unknown"


def _name(alias: Element) -> str | None:
    whole = stated(alias, "wholeName")
    parts = (stated(alias, n) for n in ("firstName", "middleName", "lastName"))
    return whole or " ".join(p for p in parts if p) or None


def _is_weak(alias: Element) -> bool:
    """The flag is "true" on every alias; what the list thinks weak stands in the remark."""
    remark = child_text(alias, "remark") or ""
    return stated(alias, "strong") == "false" or bool(_LOW_QUALITY.search(remark))


def _main_name(aliases: list[Element], *, is_person: bool) -> Element:
    """The alias that names the party: not weak, in no language or English, in parts, the first.

    A person's name is split into its parts, a nom de guerre is not.
    """

    def rank(alias: Element) -> tuple[bool, bool, bool]:
        parts = stated(alias, "lastName") or stated(alias, "firstName")
        language = (stated(alias, "nameLanguage") or "EN").upper()
        return _is_weak(alias), language != "EN", is_person and not parts

    return min(aliases, key=rank)


def _add_names(party: _Listed, aliases: list[Element], main: Element | None) -> None:
    for alias in aliases:
        name = _name(alias) or ""
        party.add_name(
            name,
            "primary" if alias is main else "aka",
            is_weak=_is_weak(alias),
            script=script_of(name),
            language=(stated(alias, "nameLanguage") or "").lower() or None,
        )
        for n in ("title", "function"):
            _add_title(party, stated(alias, n))
        if gender := stated(alias, "gender"):
            party.add_once(Fact("gender", "gender", gender))
        if remark := child_text(alias, "remark"):
            party.say(f"{name}: {remark}")


def _add_title(party: _Listed, text: str | None) -> None:
    said = party.columns.get("title")
    if text and text not in (said or "").split("; "):
        party.columns["title"] = f"{said}; {text}" if said else text


def _add_listing(party: _Listed, element: Element) -> None:
    """References, listing day, the acts behind it, and what the entry says in prose."""
    if reference := stated(element, "euReferenceNumber"):
        party.add_once(Fact("other", "euReferenceNumber", reference))
    if reference := stated(element, "unitedNationId"):
        party.add_once(Fact("un_reference", "unitedNationId", reference))
    if day := stated(element, "designationDate"):
        _listed_since(party, day_of(day), "designationDate")
    for act in children(element, "regulation"):
        _add_act(party, act)
    details = stated(element, "designationDetails")
    for text in (details, *(text_of(r) for r in children(element, "remark"))):
        if text is None:
            continue
        party.say(text)
        if m := _LISTED.search(text):
            _listed_since(party, _of_day(m[3], m[2], m[1]), "date of listing in the remarks")


def _of_day(year: str, month: str, day: str) -> DateSpan | None:
    try:
        return of_parts(int(year), int(month), int(day))
    except ValueError:
        return None


def _listed_since(party: _Listed, day: DateSpan | None, what: str) -> None:
    if day is None:
        party.batch.warn(f"{what} in no known form")
    else:
        party.listed_since(day.day)


def _add_act(party: _Listed, act: Element) -> None:
    if programme := stated(act, "programme"):
        party.programs.add(programme)
    title, kind = stated(act, "numberTitle"), stated(act, "regulationType")
    if title:
        party.legal_bases.add(title)
    for attribute, what in (("publicationDate", "published"), ("entryIntoForceDate", "in force")):
        if day := stated(act, attribute):
            about = ", ".join(t for t in (what, title, kind) if t)
            said = f"{day} ({about})"
            party.add_once(Fact("date:regulation", attribute, said, span=day_of(day)))
    in_force = day_of(stated(act, "entryIntoForceDate") or stated(act, "publicationDate") or "")
    party.named_in_act(in_force.first if in_force else None)
