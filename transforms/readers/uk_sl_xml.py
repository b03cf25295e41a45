"""The UK Sanctions List as XML: one ``Designation`` after the other, streamed.

Wrappers are sometimes nested in wrappers of the same name, so values are looked for at any depth
below their wrapper. An element nobody has a rule for is reported, never dropped in silence.
"""

import re
from collections.abc import Iterator

from transforms.clean.dates import read_date
from transforms.errors import InputRefused
from transforms.readers import free_text
from transforms.readers.uk_listing import Listing, entity_type
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child_text,
    local,
    raw_of,
    shapes,
    text_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_NAME_PARTS = ("Name1", "Name2", "Name3", "Name4", "Name5", "Name6")
_ADDRESS_LINES = tuple(f"AddressLine{i}" for i in range(1, 7))

# Plain values: wrapper / item → use and label of the fact.
_FACTS = {
    ("PhoneNumbers", "PhoneNumber"): ("phone", "Phone number"),
    ("EmailAddresses", "EmailAddress"): ("email", "Email address"),
    ("Websites", "Website"): ("website", "Website"),
    ("Genders", "Gender"): ("gender", "Gender"),
    ("TypeOfEntities", "TypeOfEntity"): ("other", "Type of entity"),
    ("IMONumbers", "IMONumber"): ("imo", "IMO number"),
    ("PreviousFlags", "PreviousFlag"): ("other", "Previous flags"),
    ("LengthOfShipDetails", "LengthOfShip"): ("other", "Length of ship"),
    ("HullIdentificationNumbers", "HullIdentificationNumber"): (
        "registration",
        "Hull identification number (HIN)",
    ),
    ("CurrentBelievedFlagOfShips", "CurrentBelievedFlagOfShip"): ("vessel_flag", "Flag of ship"),
    ("TypeOfShipDetails", "TypeOfShip"): ("vessel_type", "Type of ship"),
    ("TonnageOfShipDetails", "TonnageOfShip"): ("tonnage", "Tonnage of ship"),
    ("CurrentOwnerOperators", "CurrentOwnerOperator"): ("vessel_owner", "Current owner/operator"),
}
_LINKS = {
    ("ParentCompanies", "ParentCompany"): "Parent company",
    ("Subsidiaries", "Subsidiary"): "Subsidiary",
    ("CurrentOwnerOperators", "CurrentOwnerOperator"): "Current owner/operator",
    ("PreviousOwnerOperators", "PreviousOwnerOperator"): "Previous owner/operator",
}
# A designation's parts and what they hold; everything else is reported. LastUpdated is left out:
# that a designation changed is seen between two snapshots.
_SHAPES = shapes(
    {
        "Designation": "LastUpdated DateDesignated UniqueID OFSIGroupID UNReferenceNumber Names "
        "NonLatinNames Titles RegimeName IndividualEntityShip DesignationSource SanctionsImposed "
        "SanctionsImposedIndicators OtherInformation UKStatementofReasons Addresses PhoneNumbers "
        "EmailAddresses Websites IndividualDetails EntityDetails ShipDetails "
        "CryptoWalletAddresses",
        # What SanctionsImposed says in words, by a flag for each measure.
        "SanctionsImposedIndicators": "*",
        "CryptoWalletAddresses": "*",
        "Names": "Name",
        "Name": " ".join((*_NAME_PARTS, "NameType", "AliasStrength")),
        "NonLatinNames": "NonLatinName",
        "NonLatinName": "NameNonLatinScript NonLatinScriptType NonLatinScriptLanguage",
        "Titles": "Title",
        "Addresses": "Address",
        "Address": " ".join((*_ADDRESS_LINES, "AddressPostalCode", "AddressCountry")),
        "IndividualDetails": "Individual",
        "Individual": "Titles DOBs PassportDetails NationalIdentifierDetails Nationalities "
        "Positions Genders BirthDetails CryptoWalletAddresses",
        "DOBs": "DOB",
        "PassportDetails": "Passport PassportDetail",
        "Passport": "PassportNumber PassportAdditionalInformation",
        "PassportDetail": "PassportNumber PassportAdditionalInformation",
        "NationalIdentifierDetails": "NationalIdentifier NationalIdentifierDetail",
        "NationalIdentifier": "NationalIdentifierNumber NationalIdentifierAdditionalInformation",
        "NationalIdentifierDetail": "NationalIdentifierNumber "
        "NationalIdentifierAdditionalInformation",
        "Nationalities": "Nationality",
        "Positions": "Position",
        "BirthDetails": "Location",
        "Location": "TownOfBirth CountryOfBirth",
        "EntityDetails": "Entity",
        "Entity": "TypeOfEntities BusinessRegistrationNumbers ParentCompanies Subsidiaries "
        "CryptoWalletAddresses",
        "BusinessRegistrationNumbers": "BusinessRegistrationNumber",
        "ShipDetails": "Ship",
        "Ship": "IMONumbers CurrentOwnerOperators PreviousOwnerOperators "
        "CurrentBelievedFlagOfShips PreviousFlags TypeOfShipDetails TonnageOfShipDetails "
        "LengthOfShipDetails YearsBuilt HullIdentificationNumbers",
        "YearsBuilt": "YearBuilt",
        **dict((*_FACTS, *_LINKS)),
    }
)


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one XML file."""
    where = f"{batch.source.name} {file.name}"
    seen: set[str] = set()
    for path, element in document.records("DateGenerated", "Designation"):
        if path == "DateGenerated":
            _date(element, where, batch)
            continue
        batch.read()
        party_id = child_text(element, "UniqueID") or ""
        fault = None
        if not party_id:
            fault = "a designation without UniqueID"
        elif party_id in seen:
            fault = f"UniqueID {party_id[:40]} stands in the file twice"
        else:
            listing = _listing(element, party_id, file, batch)
            fault = None if listing.names else "a designation without a name"
        if fault:
            record_id = f"UniqueID {party_id[:40]}"
            batch.reject(fault, file=file.name, record_id=record_id, raw=raw_of(element))
            continue
        seen.add(party_id)
        listing.stage(batch)
    report_sections(batch, document)
    if not batch.rows_read:
        raise InputRefused(f"{where}: expected designations, found none")


def _date(element: Element, where: str, batch: Batch) -> None:
    text = text_of(element)
    try:
        batch.dated(read_date(text).day if text else None)
    except ValueError as e:
        raise InputRefused(f"{where}: expected DateGenerated dd/mm/yyyy, found {e}") from None


def _listing(element: Element, party_id: str, file: RawFile, batch: Batch) -> Listing:
    for unknown in unknown_names(element, _SHAPES):
        outer, _, inner = unknown.partition("/")
        if outer != inner:  # a wrapper in a wrapper of its own name
            report_word(batch, "element", unknown)
    kind = entity_type(
        batch, f"{file.name} record {party_id}", child_text(element, "IndividualEntityShip")
    )
    listing = Listing(party_id, f"UniqueID {party_id}", kind, "XML")
    listing.add_fact("uk_reference", "UniqueID", party_id)
    listing.add_fact("ofsi_group_id", "OFSIGroupID", child_text(element, "OFSIGroupID"))
    _names(listing, element, batch)
    _law(listing, element, batch)
    _person(listing, element)
    _papers(listing, element)
    _particulars(listing, element)
    for part in ("OtherInformation", "UKStatementofReasons"):
        listing.add_text(batch, child_text(element, part))
    if reference := child_text(element, "UNReferenceNumber"):
        listing.add_un_reference(reference)
    return listing


def _names(listing: Listing, element: Element, batch: Batch) -> None:
    for name in _compound(element, "Names", "Name"):
        listing.add_name(
            batch,
            (child_text(name, part) for part in _NAME_PARTS),
            child_text(name, "NameType"),
            child_text(name, "AliasStrength"),
        )
    for name in _compound(element, "NonLatinNames", "NonLatinName"):
        listing.add_original(
            batch,
            child_text(name, "NameNonLatinScript"),
            child_text(name, "NonLatinScriptType"),
            child_text(name, "NonLatinScriptLanguage"),
        )


def _person(listing: Listing, element: Element) -> None:
    listing.titles |= dict.fromkeys(_texts(element, "Titles", "Title"))
    listing.positions |= dict.fromkeys(_texts(element, "Positions", "Position"))
    listing.nationalities |= dict.fromkeys(_texts(element, "Nationalities", "Nationality"))
    for born in _texts(element, "DOBs", "DOB"):
        listing.add_birth(born)
    for place in _compound(element, "BirthDetails", "Location"):
        parts = (child_text(place, "TownOfBirth"), child_text(place, "CountryOfBirth"))
        listing.add_fact("birth_place", "Place of birth", ", ".join(p for p in parts if p))


def _particulars(listing: Listing, element: Element) -> None:
    for address in _compound(element, "Addresses", "Address"):
        listing.add_address(
            (child_text(address, line) for line in _ADDRESS_LINES),
            child_text(address, "AddressPostalCode"),
            child_text(address, "AddressCountry"),
        )
    for words, (use, label) in _FACTS.items():
        for text in _texts(element, *words):
            listing.add_all(use, label, text)
    for words, relation in _LINKS.items():
        for text in _texts(element, *words):
            listing.add_links(relation, text)
    for text in _texts(element, "YearsBuilt", "YearBuilt"):
        listing.add_day("build", "Year built", text)
    # Defined by the schema, in no published record so far: whatever holds an address is read.
    for holder in (e for e in element.iter() if local(e) == "CryptoWalletAddresses"):
        words_of = " ".join(t for e in holder.iter() if (t := text_of(e)))
        for ticker, wallet in free_text.wallets(words_of):
            listing.add_fact("wallet", f"CryptoWalletAddress - {ticker}", wallet)


def _law(listing: Listing, element: Element, batch: Batch) -> None:
    """Regime, day, who asked for it, and what is imposed."""
    if regime := child_text(element, "RegimeName"):
        listing.add_regime(regime)
    if day := child_text(element, "DateDesignated"):
        listing.listed_on[day] = None
    listing.add_fact("other", "Designation source", child_text(element, "DesignationSource"))
    listing.add_measures(child_text(element, "SanctionsImposed"))
    said = {_squeezed(m) for m in listing.measures}
    for indicators in (e for e in element if local(e) == "SanctionsImposedIndicators"):
        for flag in indicators:
            if (text_of(flag) or "").lower() == "true" and _squeezed(local(flag)) not in said:
                # In the words of SanctionsImposed: "Asset freeze", but "Travel Ban".
                words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local(flag))
                listing.measures[words if words == "Travel Ban" else words.capitalize()] = None
                batch.warn("measure told by its indicator only")


def _squeezed(words: str) -> str:
    return "".join(c for c in words.lower() if c.isalnum())


def _papers(listing: Listing, element: Element) -> None:
    for item in ("Passport", "PassportDetail"):
        for paper in _compound(element, "PassportDetails", item):
            listing.add_papers(
                "passport",
                "Passport",
                child_text(paper, "PassportNumber"),
                child_text(paper, "PassportAdditionalInformation"),
            )
    for item in ("NationalIdentifier", "NationalIdentifierDetail"):
        for paper in _compound(element, "NationalIdentifierDetails", item):
            listing.add_papers(
                "national_id",
                "National Identifier",
                child_text(paper, "NationalIdentifierNumber"),
                child_text(paper, "NationalIdentifierAdditionalInformation"),
            )
    for text in _texts(element, "BusinessRegistrationNumbers", "BusinessRegistrationNumber"):
        listing.add_registrations("Business registration number", text)


def _below(element: Element, wrapper: str, item: str) -> Iterator[Element]:
    for outer in element.iter():
        # The outermost wrapper; one of its own name inside it is met on the way down.
        above = outer.getparent()
        if local(outer) == wrapper and (above is None or local(above) != wrapper):
            yield from (e for e in outer.iter() if e is not outer and local(e) == item)


def _texts(element: Element, wrapper: str, item: str) -> list[str]:
    """Texts of a wrapper's items, however deep they are nested."""
    return [t for e in _below(element, wrapper, item) if not len(e) and (t := text_of(e))]


def _compound(element: Element, wrapper: str, item: str) -> list[Element]:
    """A wrapper's items that hold values themselves and no item of their own name."""
    return [
        e for e in _below(element, wrapper, item) if len(e) and all(local(c) != item for c in e)
    ]
