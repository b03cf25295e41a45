"""OFSI's Consolidated List of Asset Freeze Targets, closed on 28 January 2026: history only.

In: ConList as CSV (29 columns until 2022, 36 since) or XLSX with the same columns. Out: one party
per Group ID with its names, papers, addresses, dates, links and texts. Everybody on this list has
their assets frozen; the UK Sanctions List (``uk_sl``) goes on where it ends.
Format: https://www.gov.uk/government/publications/financial-sanctions-consolidated-list-of-targets

Oddities: rows are a cross product (group 12703 of 2020 has 243 rows, 9 names × 27 addresses); a
group may stand under several regimes, each with its day; ``00/00/1965`` is a year; a person's
title and position are one column here; vessels were "Entity" until the type Ship came. Since 2021
the text is labelled, ``(UK Sanctions List Ref):RUS0251 (UN Ref):… (IMO number):…``.

Checked against the published file of 27 April 2020; the layout of 2022 and the workbook only
against their headers and rows as others quote them.
"""

import re
from collections.abc import Callable

from transforms.readers import free_text
from transforms.readers.uk_listing import Listing, entity_type
from transforms.readers.uk_rows import Row, Sheet
from transforms.readers.uk_table import stage_table
from transforms.readers.words import report_word
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="uk_ofsi",
    family=Family.DESIGNATIONS,
    publisher="Office of Financial Sanctions Implementation, HM Treasury",
    page="https://www.gov.uk/government/publications/financial-sanctions-consolidated-list-of-targets",
    format="ConList as CSV (layouts of 2020 and 2022) or XLSX",
    licence="Open Government Licence v3.0",
    # No fetch: the old address still answers, with a list that no longer moves.
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    suffixes=(".csv", ".xlsx"),
    options=("part",),
    headers=(("Name 6", "Group Type", "Alias Type", "Regime", "Group ID"),),
)

_NAME_PARTS = (*(f"name {i}" for i in range(1, 6)), "name 6")
_ADDRESS_LINES = tuple(f"address {i}" for i in range(1, 7))
_EXPECTED = ("name 6", "group type", "alias type", "regime", "group id")
_KNOWN = frozenset(
    {
        *_NAME_PARTS, *_ADDRESS_LINES, *_EXPECTED, "title", "dob", "town of birth",
        "country of birth", "nationality", "passport details", "passport number", "ni number",
        "ni details", "national identification number", "national identification details",
        "position", "post/zip code", "country", "other information", "alias quality",
        "name non-latin script", "non-latin script type", "non-latin script language",
        "listed on", "uk sanctions list date designated",
    }
)  # fmt: skip
# When the publisher last touched a row; that it changed is seen between two snapshots.
_IGNORED = frozenset({"last updated"})
_DATES = ("dob", "listed on", "uk sanctions list date designated")

_LABEL = re.compile(r"\((?P<label>[A-Z][^():]{1,50})\)\s*:\s*")
# One number, for a company's text may list the numbers of its ships: "IMO: 8937675", "(IMO
# number: 7303803)", "Number IMO 5434358".
_IMO = re.compile(r"\bIMO(?:\s+(?:number|no\.?))?\s*:?\s*(\d{7})\b", re.IGNORECASE)
_MMSI = re.compile(r"\bMMSI(?:\s+(?:number|no\.?))?\s*:?\s*(\d{9})\b", re.IGNORECASE)

# Labels of prose, which stays in the remarks whole; the UN's reference is read from any text.
_PROSE = frozenset(
    {"un ref", "uk statement of reasons", "further identifiying information", "other information"}
    | {"further identifying information", "statement of reasons"}
)


def _references(group: Listing, text: str) -> None:
    """References to the UK Sanctions List: "GHR0050 and BEL0045"."""
    for reference in re.findall(r"\b[A-Z]{2,4}\d{4}\b", text):
        group.add_fact("uk_reference", "UK Sanctions List Ref", reference)


def _owners(group: Listing, text: str) -> None:
    group.add_fact("vessel_owner", "Current owners", text)
    group.add_links("Current owner", text)


Take = Callable[[Listing, str], None]
_TEXTS: dict[str, Take] = {
    "uk sanctions list ref": _references,
    "gender": lambda x, t: x.add_fact("gender", "Gender", t),
    "phone number": lambda x, t: x.add_all("phone", "Phone number", t),
    "website": lambda x, t: x.add_all("website", "Website", t),
    "email address": lambda x, t: x.add_all("email", "Email address", t),
    "type of entity": lambda x, t: x.add_fact("other", "Type of entity", t),
    "business reg no": lambda x, t: x.add_registrations("Business Reg No", t),
    "business registration number": lambda x, t: x.add_registrations("Business Reg No", t),
    "parent company": lambda x, t: x.add_links("Parent company", t),
    "subsidiaries": lambda x, t: x.add_links("Subsidiary", t),
    "imo number": lambda x, t: x.add_all("imo", "IMO number", t),
    "mmsi": lambda x, t: x.add_all("mmsi", "MMSI", t),
    "hull identification number": lambda x, t: x.add_all(
        "registration", "Hull identification number", t
    ),
    "current owners": _owners,
    "current owner": _owners,
    "previous owners": lambda x, t: x.add_links("Previous owner", t),
    "flag of ship": lambda x, t: x.add_fact("vessel_flag", "Flag of ship", t),
    "previous flags": lambda x, t: x.add_all("other", "Previous flags", t),
    "type of ship": lambda x, t: x.add_fact("vessel_type", "Type of ship", t),
    "tonnage of ship": lambda x, t: x.add_fact("tonnage", "Tonnage of ship", t),
    "length of ship": lambda x, t: x.add_fact("other", "Length of ship", t),
    "year built": lambda x, t: x.add_day("build", "Year built", t),
}


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one edition of the list."""
    (file,) = raw.files
    stage_table(file, batch, _take, expected=_EXPECTED, known=_KNOWN | _IGNORED)


def _take(row: Row, sheet: Sheet, groups: dict[str, Listing], file: RawFile, batch: Batch) -> None:
    group_id = row.get("group id") or ""
    if not (group_id.isascii() and group_id.isdigit()):
        batch.read()
        batch.reject(
            f"Group ID {group_id[:40]!r} is not a number", file=file.name, line=row.line,
            record_id=group_id[:40] or None, raw=", ".join(row.cells.values()),
        )  # fmt: skip
        return
    group = groups.get(group_id)
    if group is None:
        kind = entity_type(batch, f"{file.name} line {row.line}", row.get("group type"))
        layout = "layout of 2022" if "passport number" in sheet.header else "layout of 2020"
        group = groups[group_id] = Listing(group_id, f"{file.name}:{row.line}", kind, layout)
        # The number under which the UK Sanctions List names this party.
        group.add_fact("ofsi_group_id", "Group ID", group_id)
    cells = {c: sheet.day_of(v) if c in _DATES else v for c, v in row.cells.items()}
    group.add_name(
        batch, (cells.get(p) for p in _NAME_PARTS), cells.get("alias type"),
        cells.get("alias quality"),
    )  # fmt: skip
    group.add_original(
        batch, cells.get("name non-latin script"), cells.get("non-latin script type"),
        cells.get("non-latin script language"),
    )  # fmt: skip
    group.titles |= dict.fromkeys(free_text.enumerated(cells.get("title", "")))
    group.positions |= dict.fromkeys(free_text.enumerated(cells.get("position", "")))
    group.add_birth(cells.get("dob"))
    group.add_birth_places(cells.get("town of birth"), cells.get("country of birth"))
    group.add_nationalities(cells.get("nationality", ""))
    if "passport number" in sheet.header:
        group.add_papers(
            "passport", "Passport", cells.get("passport number"), cells.get("passport details")
        )
        group.add_papers(
            "national_id", "National Identification",
            cells.get("national identification number"),
            cells.get("national identification details"),
        )  # fmt: skip
    else:
        group.add_paper("passport", "Passport Details", cells.get("passport details"))
        group.add_paper("national_id", "NI Number", cells.get("ni number"))
    group.add_address(
        (cells.get(c) for c in _ADDRESS_LINES), cells.get("post/zip code"), cells.get("country")
    )
    if regime := cells.get("regime"):
        group.add_regime(regime)
    if listed := cells.get("listed on"):
        group.listed_on[listed] = None
    group.add_day(
        "other", "UK Sanctions List Date Designated",
        cells.get("uk sanctions list date designated"),
    )  # fmt: skip
    group.measures["Asset freeze"] = None
    if text := cells.get("other information"):
        _text(group, text, batch)


def _text(group: Listing, text: str, batch: Batch) -> None:
    """Other Information: labelled parts since 2021, prose before and behind them."""
    if text in group.remarks:
        return
    group.add_text(batch, text)
    if not (marks := list(_LABEL.finditer(text))):
        for use, pattern in (("imo", _IMO), ("mmsi", _MMSI)):
            numbers = set(pattern.findall(text))
            if len(numbers) == 1:
                group.add_fact(use, use.upper(), numbers.pop())
        return
    for m, following in zip(marks, [*marks[1:], None], strict=True):
        value = text[m.end() : following.start() if following else len(text)].strip()
        label = m["label"].strip().lower()
        if take := _TEXTS.get(label):
            take(group, value.rstrip(" ."))
        elif label not in _PROSE:
            report_word(batch, "label", m["label"])
