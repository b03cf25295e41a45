"""The United Kingdom's two lists and OpenSanctions' collection, from the same facts as the others.

In: facts/sanctions/elsewhere.toml. Out: the UK Sanctions List as XML, OFSI's ConList as CSV in the
layout of 2022 (below a line with its day, CRLF), and OpenSanctions' targets.simple.csv with several
values in a cell. Each party of OFSI's list bears the number that the other one quotes.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from samples.make.elsewhere import (
    COUNTRIES,
    DAY,
    Facts,
    add,
    aliases,
    facts,
    group_id,
    is_person,
    name_of,
    parties,
    write_xml,
)

OFSI = """\
Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,Non-Latin Script Type,\
Non-Latin Script Language,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,\
Passport Details,National Identification Number,National Identification Details,Position,\
Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,Post/Zip Code,Country,\
Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,\
UK Sanctions List Date Designated,Last Updated,Group ID"""
OPENSANCTIONS = """\
id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,\
program_ids,dataset,first_seen,last_seen,last_change"""


def british(day: date | str) -> str:
    """dd/mm/yyyy; a year alone is masked."""
    text = str(day)
    return "/".join(reversed(text.split("-"))) if "-" in text else f"dd/mm/{text}"


def surname_last(party: Facts) -> dict[str, str]:
    """Given names from 1 on; the surname, or an organisation's whole name, is 6."""
    *given, last = party["names"] if is_person(party) else [party["name"]]
    return {**{f"Name{n}": name for n, name in enumerate(given, start=1)}, "Name6": last.upper()}


def sanctions_list() -> Element:
    root = Element("Designations")
    add(root, "DateGenerated", british(DAY))
    for number, party in parties("uk"):
        uk, person = party["uk"], is_person(party)
        regime = facts()["uk_regimes"][uk["regime"]]
        e = add(root, "Designation")
        add(e, "LastUpdated", british(DAY))
        add(e, "DateDesignated", british(uk["listed"]))
        add(e, "UniqueID", number)
        add(e, "OFSIGroupID", group_id(number))
        if "un" in party:
            add(e, "UNReferenceNumber", party["un"]["reference"])
        add_british_names(e, party)
        add(e, "RegimeName", regime["name"])
        add(e, "IndividualEntityShip", "Individual" if person else "Entity")
        add(e, "DesignationSource", "UN" if "un" in party else "UK")
        add(e, "SanctionsImposed", "Asset freeze|Travel Ban" if person else "Asset freeze")
        if "reason" in party:
            add(e, "UKStatementofReasons", party["reason"])
        address = add(add(e, "Addresses"), "Address")
        for line, field in (("AddressLine1", "street"), ("AddressLine6", "city")):
            if field in party:
                add(address, line, party[field])
        add(address, "AddressCountry", COUNTRIES[party["country"]])
        if person:
            body = add(add(e, "IndividualDetails"), "Individual")
            add(add(body, "DOBs"), "DOB", british(party["born"]))
            nationality = COUNTRIES[party["country"]]
            add(add(body, "Nationalities"), "Nationality", nationality)
            if "title" in party:
                add(add(body, "Positions"), "Position", party["title"])
            add(add(body, "Genders"), "Gender", party["gender"])
    return root


def add_british_names(e: Element, party: Facts) -> None:
    names = add(e, "Names")
    name = add(names, "Name")
    for tag, part in surname_last(party).items():
        add(name, tag, part)
    add(name, "NameType", "Primary Name")
    weak = party.get("are_aliases_weak", False)
    for alias, former in aliases(party):
        name = add(names, "Name")
        add(name, "Name6", alias)
        add(name, "NameType", "FKA" if former else "Alias")
        add(name, "AliasStrength", f"{'Low' if weak else 'Good'} quality a.k.a")
    if "original" in party:
        other = add(add(e, "NonLatinNames"), "NonLatinName")
        add(other, "NameNonLatinScript", party["original"])
        add(other, "NonLatinScriptType", "Cyrillic")
        add(other, "NonLatinScriptLanguage", "Russian")


def ofsi_rows() -> Iterator[dict[str, str]]:
    """A row for each name of a party, with everything else repeated."""
    for number, party in parties("uk"):
        uk, person = party["uk"], is_person(party)
        if not uk["ofsi"]:
            continue
        references = [f"(UK Sanctions List Ref):{number}."]
        if "un" in party:
            references.append(f"(UN Ref):{party['un']['reference']}.")
        if "reason" in party:
            references.append(f"(UK Statement of Reasons):{party['reason']}")
        common = {
            "Nationality" if person else "Country": COUNTRIES[party["country"]],
            "Address 1": party.get("street", ""),
            "Address 6": party.get("city", ""),
            "DOB": british(party["born"]) if person else "",
            "Position": party.get("title", ""),
            "Other Information": " ".join(references),
            "Group Type": "Individual" if person else "Entity",
            "Regime": facts()["uk_regimes"][uk["regime"]]["ofsi"],
            "Listed On": british(uk["listed"]),
            "UK Sanctions List Date Designated": british(uk["listed"]),
            "Last Updated": british(DAY),
            "Group ID": group_id(number),
        }
        main = {k.replace("Name", "Name "): v for k, v in surname_last(party).items()}
        if "original" in party:
            main["Name Non-Latin Script"] = party["original"]
            main |= {"Non-Latin Script Type": "Cyrillic", "Non-Latin Script Language": "Russian"}
        yield {**common, **main, "Alias Type": "Primary name"}
        quality = "Low quality" if party.get("are_aliases_weak", False) else "Good quality"
        for alias, former in aliases(party):
            kind = "FKA" if former else "AKA"
            yield {**common, "Name 6": alias, "Alias Type": kind, "Alias Quality": quality}


def opensanctions_rows() -> Iterator[dict[str, str]]:
    for number, party in parties("opensanctions"):
        person = is_person(party)
        others = [alias for alias, _ in aliases(party)]
        yield {
            "id": number,
            "schema": "Person" if person else "Organization",
            "name": name_of(party),
            "aliases": ";".join(others + [party[k] for k in ("original",) if k in party]),
            "birth_date": party.get("born", ""),
            "countries": party["country"].lower(),
            "sanctions": ";".join(party["opensanctions"]),
            "dataset": ";".join(party["opensanctions"]),
            "first_seen": f"{DAY}T06:00:00",
            "last_seen": f"{DAY}T06:00:00",
            "last_change": f"{DAY}T06:00:00",
        }


def write_table(
    path: Path, header: str, rows: Iterator[dict[str, str]], day: date | None = None
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        end = "\r\n" if day else "\n"
        quoting = csv.QUOTE_MINIMAL if day else csv.QUOTE_ALL
        if day:
            file.write(f"Last Updated,{british(day)}{end}")
        writer = csv.DictWriter(file, header.split(","), "", lineterminator=end, quoting=quoting)
        writer.writeheader()
        writer.writerows(rows)


def write(out: Path) -> None:
    folder = out / "sanctions"
    write_xml(folder / "uk_sl" / f"UK-Sanctions-List_{DAY}.xml", sanctions_list())
    write_table(folder / "uk_ofsi" / f"ConList_{DAY}.csv", OFSI, ofsi_rows(), DAY)
    targets = folder / "opensanctions" / "targets.simple.csv"
    write_table(targets, OPENSANCTIONS, opensanctions_rows())
