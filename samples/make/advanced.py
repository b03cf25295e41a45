"""OFAC's non-SDN list as ADVANCED XML (the UN's Sanctions Data Model), a handful of parties.

In: facts/sanctions/cons_parties.toml. Out: sanctions/ofac_cons/cons_advanced_<date>.xml: reference
value sets, locations, documents, parties, relations and entries, tied together by numbers alone.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from samples.make.common import FACTS

NAMESPACE = (
    "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
)
HEAD = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
SUBTYPES = {"entity": "3", "person": "4"}
NOT_FIXED = {"YearFixed": "false", "MonthFixed": "false", "DayFixed": "false"}
OPEN_PERIOD = {"YearFixed": "true", "MonthFixed": "true", "DayFixed": "true"}
# What each reference value must carry besides its number and text.
EXTRA = {
    "FeatureType": {"FeatureTypeGroupID": "1"},
    "LegalBasis": {
        "LegalBasisShortRef": "Unknown",
        "LegalBasisTypeID": "1",
        "SanctionsProgramID": "1",
    },
    "RelationType": {"Symmetrical": "false"},
    "SanctionsProgram": {"SubsidiaryBodyID": "1"},
}


class Document:
    """The file under construction, with its reference numbers and running identifiers."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.reference: dict[str, dict[str, int]] = facts["reference"]
        self.countries: dict[str, list[Any]] = facts["countries"]
        self.root = ElementTree.Element("Sanctions", {"xmlns": NAMESPACE, "Version": "3"})
        self.last = 990_000

    def number(self, kind: str, text: str) -> str:
        return str(self.reference[kind][text])

    def country(self, name: str) -> str:
        return str(self.countries[name][0])

    def fresh(self) -> str:
        self.last += 1
        return str(self.last)


def add(
    parent: ElementTree.Element, tag: str, attributes: dict[str, str] | None = None, text: str = ""
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag, attributes or {})
    if text:
        element.text = text
    return element


def add_date(parent: ElementTree.Element, day: date) -> None:
    for tag, value in (("Year", day.year), ("Month", day.month), ("Day", day.day)):
        add(parent, tag, text=str(value))


def reference_sets(doc: Document) -> None:
    sets = add(doc.root, "ReferenceValueSets")
    for kind, values in doc.reference.items():
        group = add(sets, f"{kind}Values")
        for text, number in values.items():
            extra = {"ScriptCode": text} if kind == "Script" else EXTRA.get(kind, {})
            add(group, kind, {"ID": str(number), **extra}, text)
    types = add(sets, "PartyTypeValues")
    for number, text in enumerate(("Individual", "Entity", "Location", "Transport"), start=1):
        add(types, "PartyType", {"ID": str(number)}, text)
    subtypes = add(sets, "PartySubTypeValues")
    for number, (kind, text) in enumerate(
        (("4", "Vessel"), ("4", "Aircraft"), ("2", "Unknown"), ("1", "Unknown")), start=1
    ):
        add(subtypes, "PartySubType", {"ID": str(number), "PartyTypeID": kind}, text)
    areas = add(sets, "AreaCodeValues")
    names = add(sets, "CountryValues")
    for name, (number, code) in doc.countries.items():
        identity = {"ID": str(number), "CountryID": str(number), "Description": name}
        add(areas, "AreaCode", {**identity, "AreaCodeTypeID": "1"}, code)
        iso = {"ISO2": code} if code else {}
        add(names, "Country", {"ID": str(number), **iso}, name)


def locations(doc: Document) -> None:
    group = add(doc.root, "Locations")
    for party in doc.facts["party"]:
        place = party.get("location")
        if place is None:
            continue
        number = doc.country(place["country"])
        party["location_id"], party["version_id"] = doc.fresh(), doc.fresh()
        location = add(group, "Location", {"ID": party["location_id"]})
        add(location, "LocationAreaCode", {"AreaCodeID": number})
        relevance = {"CountryRelevanceID": doc.number("CountryRelevance", "PRIMARY")}
        add(location, "LocationCountry", {"CountryID": number, **relevance})
        if "city" in place:
            part = add(
                location, "LocationPart", {"LocPartTypeID": doc.number("LocPartType", "CITY")}
            )
            main = {"Primary": "true", "LocPartValueTypeID": "1", "LocPartValueStatusID": "1"}
            value = add(part, "LocationPartValue", main)
            add(value, "Comment")
            add(value, "Value", text=place["city"])
        add(location, "FeatureVersionReference", {"FeatureVersionID": party["version_id"]})


def documents(doc: Document) -> None:
    group = add(doc.root, "IDRegDocuments")
    for party in doc.facts["party"]:
        party["identity_id"], party["name_id"] = doc.fresh(), doc.fresh()
        for paper in party.get("documents", []):
            attributes = {
                "ID": doc.fresh(),
                "IDRegDocTypeID": doc.number("IDRegDocType", paper["type"]),
                "IdentityID": party["identity_id"],
                "IssuedBy-CountryID": doc.country(paper["country"]),
                "ValidityID": doc.number("Validity", "Valid"),
            }
            element = add(group, "IDRegDocument", attributes)
            add(element, "Comment")
            add(element, "IDRegistrationNo", text=paper["number"])
            add(element, "IssuingAuthority")
            add(element, "DocumentedNameReference", {"DocumentedNameID": party["name_id"]})


def alias(
    doc: Document, identity: ElementTree.Element, party: dict[str, Any], name: dict[str, Any]
) -> None:
    """One name; the kinds of its parts go to `name["groups"]`, which follow all aliases."""
    ref = str(party["ref"])
    primary = name["type"] == "Name"
    element = add(
        identity,
        "Alias",
        {
            "FixedRef": ref,
            "AliasTypeID": doc.number("AliasType", name["type"]),
            "Primary": str(primary).lower(),
            "LowQuality": str(name.get("low_quality", False)).lower(),
        },
    )
    number = party["name_id"] if primary else doc.fresh()
    status = doc.number("DocNameStatus", "Primary Latin" if primary else "Others")
    named = add(
        element, "DocumentedName", {"ID": number, "FixedRef": ref, "DocNameStatusID": status}
    )
    name["groups"] = []
    kinds = {"entity": "Entity Name", "last": "Last Name", "first": "First Name"}
    for key, kind in kinds.items():
        if key not in name:
            continue
        name["groups"].append((doc.fresh(), doc.number("NamePartType", kind)))
        part = add(named, "DocumentedNamePart")
        attributes = {
            "NamePartGroupID": name["groups"][-1][0],
            "ScriptID": doc.number("Script", name.get("script", "Latin")),
            "ScriptStatusID": "1",
            "Acronym": "false",
        }
        add(part, "NamePartValue", attributes, name[key])


def feature(
    doc: Document, profile: ElementTree.Element, party: dict[str, Any], kind: str
) -> ElementTree.Element:
    """An empty feature of a kind; returns its version, into which the value goes."""
    element = add(
        profile,
        "Feature",
        {"ID": doc.fresh(), "FeatureTypeID": doc.number("FeatureType", kind)},
    )
    number = party["version_id"] if kind == "Location" else doc.fresh()
    version = add(element, "FeatureVersion", {"ID": number, "ReliabilityID": "1"})
    add(version, "Comment")
    link = {"IdentityID": party["identity_id"], "IdentityFeatureLinkTypeID": "1"}
    add(element, "IdentityReference", link)
    return version


def birth(doc: Document, profile: ElementTree.Element, party: dict[str, Any]) -> None:
    """A birth date is a range, even where only its year is known."""
    version = feature(doc, profile, party, "Birthdate")
    period = add(version, "DatePeriod", {"CalendarTypeID": "1", **NOT_FIXED})
    for tag, day in zip(("Start", "End"), party["born"], strict=True):
        bound = add(period, tag, {"Approximate": "false", **NOT_FIXED})
        for edge in ("From", "To"):
            add_date(add(bound, edge), date.fromisoformat(day))
    add(version, "VersionDetail", {"DetailTypeID": doc.number("DetailType", "DATE")})


def parties(doc: Document) -> None:
    group = add(doc.root, "DistinctParties")
    text = {"DetailTypeID": doc.number("DetailType", "TEXT")}
    for party in doc.facts["party"]:
        ref = str(party["ref"])
        element = add(group, "DistinctParty", {"FixedRef": ref})
        add(element, "Comment")
        subtype = SUBTYPES[party["kind"]]
        profile = add(element, "Profile", {"ID": ref, "PartySubTypeID": subtype})
        main = {"FixedRef": ref, "Primary": "true", "False": "false"}
        identity = add(profile, "Identity", {"ID": party["identity_id"], **main})
        for name in party["names"]:
            alias(doc, identity, party, name)
        groups = add(identity, "NamePartGroups")
        for number, kind in (pair for name in party["names"] for pair in name["groups"]):
            master = add(groups, "MasterNamePartGroup")
            add(master, "NamePartGroup", {"ID": number, "NamePartTypeID": kind})
        if "born" in party:
            birth(doc, profile, party)
        if "birth_place" in party:
            version = feature(doc, profile, party, "Place of Birth")
            add(version, "VersionDetail", text, party["birth_place"])
        for item in party.get("features", []):
            version = feature(doc, profile, party, item["type"])
            add(version, "VersionDetail", text, item["text"])
        if "location" in party:
            version = feature(doc, profile, party, "Location")
            add(version, "VersionLocation", {"LocationID": party["location_id"]})


def entries(doc: Document) -> ElementTree.Element:
    group = ElementTree.Element("SanctionsEntries")
    for party in doc.facts["party"]:
        for entry in party["entries"]:
            number = doc.fresh()
            party.setdefault("entry_id", number)
            attributes = {
                "ProfileID": str(party["ref"]),
                "ListID": doc.number("List", entry["list"]),
            }
            element = add(group, "SanctionsEntry", {"ID": number, **attributes})
            created = {"EntryEventTypeID": "1", "LegalBasisID": "1"}
            event = add(element, "EntryEvent", {"ID": number, **created})
            add(event, "Comment")
            add_date(add(event, "Date", {"CalendarTypeID": "1"}), entry["date"])
            for measure in [*entry["types"], "Program"]:
                kind = {"SanctionsTypeID": doc.number("SanctionsType", measure)}
                item = add(element, "SanctionsMeasure", {"ID": doc.fresh(), **kind})
                comment = entry["program"] if measure == "Program" else ""
                add(item, "Comment", text=comment)
                add(item, "DatePeriod", {"CalendarTypeID": "1", **OPEN_PERIOD})
    return group


def relations(doc: Document) -> None:
    group = add(doc.root, "ProfileRelationships")
    for party in doc.facts["party"]:
        if "owned_by" not in party:
            continue
        attributes = {
            "ID": doc.fresh(),
            "From-ProfileID": str(party["ref"]),
            "To-ProfileID": str(party["owned_by"]),
            "RelationTypeID": doc.number("RelationType", "Owned or Controlled By"),
            "RelationQualityID": doc.number("RelationQuality", "Unknown"),
            "Former": "false",
            "SanctionsEntryID": party["entry_id"],
        }
        add(add(group, "ProfileRelationship", attributes), "Comment")


def write(out: Path) -> None:
    facts = tomllib.loads((FACTS / "sanctions" / "cons_parties.toml").read_text("utf-8"))
    doc = Document(facts)
    issued = facts["date_of_issue"]
    add_date(add(doc.root, "DateOfIssue", {"CalendarTypeID": "1"}), issued)
    reference_sets(doc)
    locations(doc)
    documents(doc)
    parties(doc)
    listed = entries(doc)
    relations(doc)
    doc.root.append(listed)
    add(doc.root, "SanctionsEntryLinks")
    ElementTree.indent(doc.root)
    path = out / "sanctions" / "ofac_cons" / f"cons_advanced_{issued}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((HEAD + ElementTree.tostring(doc.root, "unicode") + "\n").encode())
