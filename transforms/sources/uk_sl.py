"""The UK Sanctions List of the FCDO, since 28 January 2026 the United Kingdom's only one.

In: UK-Sanctions-List as XML or CSV. Out: one party per UniqueID with its names, papers, addresses,
dates, links and texts. ``measures`` says what is imposed: persons under a travel ban only and
ships barred from ports stand here too, and nothing of theirs is frozen.
Format: https://www.gov.uk/government/publications/the-uk-sanctions-list

Oddities: dates are masked, ``dd/mm/1945``; ``Primary Name``, ``Primary name`` and ``ALias`` are
written as it comes; the surname is Name6; three names filed as Cyrillic are Latin; the CSV is the
cross product of everything repeated, 58,000 rows for 6,300 designations, below a line ``Report
Date: 13-Feb-2026``. No published file was at hand: structure and header are as the format note
and several readers of the list give them.
"""

from transforms.errors import InputRefused
from transforms.readers import uk_sl_xml
from transforms.readers.uk_listing import Listing, entity_type
from transforms.readers.uk_rows import Row, Sheet
from transforms.readers.uk_table import stage_table
from transforms.readers.xml import Document
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="uk_sl",
    family=Family.DESIGNATIONS,
    publisher="Foreign, Commonwealth & Development Office",
    page="https://www.gov.uk/government/publications/the-uk-sanctions-list",
    format="UK-Sanctions-List as XML or CSV",
    licence="Open Government Licence v3.0",
    # Updated on most working days; the address stays and answers 304 where nothing is new.
    cadence="45 6 * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    urls=("https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.xml",),
    hosts=("sanctionslist.fcdo.gov.uk",),
    suffixes=(".csv", ".xml"),
    options=("part",),
    headers=(
        ("<Designations>",),
        ("Unique ID", "OFSI Group ID", "Regime Name", "Designation source", "Name 6"),
    ),
)

_NAME_PARTS = (*(f"name {i}" for i in range(1, 6)), "name 6")
_ADDRESS_LINES = tuple(f"address line {i}" for i in range(1, 7))
_EXPECTED = ("unique id", "name 6", "name type", "regime name")
_KIND = ("designation type", "individual, entity, ship")
# Columns that are filed as they stand: use and label of the fact.
_FACTS = {
    "phone number": ("phone", "Phone number"),
    "website": ("website", "Website"),
    "email address": ("email", "Email address"),
    "gender": ("gender", "Gender"),
    "type of entity": ("other", "Type of entity"),
    "imo number": ("imo", "IMO number"),
    "current owner/operator (s)": ("vessel_owner", "Current owner/operator"),
    "current believed flag of ship": ("vessel_flag", "Flag of ship"),
    "previous flags": ("other", "Previous flags"),
    "type of ship": ("vessel_type", "Type of ship"),
    "tonnage of ship": ("tonnage", "Tonnage of ship"),
    "length of ship": ("other", "Length of ship"),
    "hull identification number (hin)": ("registration", "Hull identification number (HIN)"),
}
_LINKS = {
    "subsidiaries": "Subsidiary",
    "parent company": "Parent company",
    "current owner/operator (s)": "Current owner/operator",
    "previous owner/operator (s)": "Previous owner/operator",
}
_KNOWN = frozenset(
    {
        *_NAME_PARTS, *_ADDRESS_LINES, *_EXPECTED, *_KIND, *_FACTS, *_LINKS, "ofsi group id",
        "un reference number", "alias strength", "title", "name non-latin script",
        "non-latin script type", "non-latin script language", "designation source",
        "sanctions imposed", "other information", "uk statement of reasons",
        "address postal code", "address country", "date designated", "d.o.b",
        "nationality(/ies)", "national identifier number",
        "national identifier additional information", "passport number",
        "passport additional information", "position", "town of birth", "country of birth",
        "business registration number (s)", "year built",
    }
)  # fmt: skip
# When the publisher last touched a row; that it changed is seen between two snapshots.
_IGNORED = frozenset({"last updated"})


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one edition of the list."""
    (file,) = raw.files
    with file.path.open("rb") as f:
        start = f.read(2_000).lstrip(b"\xef\xbb\xbf \r\n\t")
    if not start:
        raise InputRefused(f"{raw.source} {file.name}: expected a list, found an empty file")
    if start[:1] not in (b"<", b"\xff", b"\xfe"):
        stage_table(file, batch, _take, expected=_EXPECTED, known=_KNOWN | _IGNORED)
        return
    if start[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise InputRefused(f"{raw.source} {file.name}: expected XML or CSV, found an HTML page")
    document = Document(file.path, source=raw.source, name=file.name)
    document.expect_root("Designations")
    uk_sl_xml.parse(file, document, batch)


def _take(row: Row, _: Sheet, listings: dict[str, Listing], file: RawFile, batch: Batch) -> None:
    party_id = row.get("unique id")
    if party_id is None:
        batch.read()
        batch.reject(
            "a row without Unique ID", file=file.name, line=row.line,
            raw=", ".join(row.cells.values()),
        )  # fmt: skip
        return
    listing = listings.get(party_id)
    if listing is None:
        kind = entity_type(batch, f"{file.name} line {row.line}", row.get(*_KIND))
        listing = listings[party_id] = Listing(party_id, f"{file.name}:{row.line}", kind, "CSV")
        listing.add_fact("uk_reference", "UniqueID", party_id)
        listing.add_fact("ofsi_group_id", "OFSIGroupID", row.get("ofsi group id"))
    listing.add_name(
        batch, (row.get(p) for p in _NAME_PARTS), row.get("name type"), row.get("alias strength")
    )
    listing.add_original(
        batch, row.get("name non-latin script"), row.get("non-latin script type"),
        row.get("non-latin script language"),
    )  # fmt: skip
    if regime := row.get("regime name"):
        listing.add_regime(regime)
    if day := row.get("date designated"):
        listing.listed_on[day] = None
    listing.add_fact("other", "Designation source", row.get("designation source"))
    listing.add_measures(row.get("sanctions imposed"))
    _person(row, listing)
    listing.add_registrations(
        "Business registration number", row.get("business registration number (s)")
    )
    listing.add_address(
        (row.get(c) for c in _ADDRESS_LINES), row.get("address postal code"),
        row.get("address country"),
    )  # fmt: skip
    for column, (use, label) in _FACTS.items():
        listing.add_all(use, label, row.get(column))
    for column, relation in _LINKS.items():
        listing.add_links(relation, row.get(column))
    listing.add_day("build", "Year built", row.get("year built"))
    for column in ("other information", "uk statement of reasons"):
        listing.add_text(batch, row.get(column))
    if reference := row.get("un reference number"):
        listing.add_un_reference(reference)


def _person(row: Row, listing: Listing) -> None:
    listing.titles |= dict.fromkeys(filter(None, [row.get("title")]))
    listing.positions |= dict.fromkeys(filter(None, [row.get("position")]))
    if nationality := row.get("nationality(/ies)"):
        listing.add_nationalities(nationality)
    listing.add_birth(row.get("d.o.b"))
    listing.add_birth_places(row.get("town of birth"), row.get("country of birth"))
    listing.add_papers(
        "passport", "Passport", row.get("passport number"),
        row.get("passport additional information"),
    )  # fmt: skip
    listing.add_papers(
        "national_id", "National Identifier", row.get("national identifier number"),
        row.get("national identifier additional information"),
    )  # fmt: skip
