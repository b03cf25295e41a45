"""The lists of the United Nations and of the European Union, the latter on two days.

In: facts/sanctions/elsewhere.toml. Out: sanctions/un_sc/consolidated_<date>.xml and
sanctions/eu_fsf/<date>-FULL-1_1.xml, from which one party is gone on the second day.
"""

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
    is_person,
    name_of,
    parties,
    write_xml,
)

EU_DAYS = (date(2025, 5, 1), DAY)


def united_nations() -> Element:
    root = Element("CONSOLIDATED_LIST", {"dateGenerated": f"{DAY}T05:00:00.000Z"})
    groups = {True: add(root, "INDIVIDUALS"), False: add(root, "ENTITIES")}
    for reference, party in parties("un"):
        un, person = party["un"], is_person(party)
        kind = "INDIVIDUAL" if person else "ENTITY"
        e = add(groups[person], kind)
        add(e, "VERSIONNUM", "1")
        for tag, part in zip(
            ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME"),
            party["names"] if person else [party["name"]],
            strict=False,
        ):
            add(e, tag, part.upper())
        add(e, "UN_LIST_TYPE", un["list"])
        add(e, "REFERENCE_NUMBER", reference)
        add(e, "LISTED_ON", str(un["listed"]))
        if "original" in party:
            add(e, "NAME_ORIGINAL_SCRIPT", party["original"])
        if "title" in party:
            add(add(e, "DESIGNATION"), "VALUE", party["title"])
        if person and "country" in party:
            add(add(e, "NATIONALITY"), "VALUE", COUNTRIES[party["country"]])
        if "reason" in party:
            add(e, "COMMENTS1", party["reason"])
        add(add(e, "LIST_TYPE"), "VALUE", "UN List")
        for alias, former in aliases(party):
            other = add(e, f"{kind}_ALIAS")
            strong = "f.k.a." if former else "a.k.a."
            add(other, "QUALITY", "Good" if person else strong)
            add(other, "ALIAS_NAME", alias)
        if not person and "country" in party:
            at = add(e, "ENTITY_ADDRESS")
            add(at, "STREET", party["street"])
            add(at, "CITY", party["city"])
            add(at, "COUNTRY", COUNTRIES[party["country"]])
        if "born" in party:
            born = add(e, "INDIVIDUAL_DATE_OF_BIRTH")
            add(born, "TYPE_OF_DATE", "EXACT")
            add(born, "YEAR", party["born"])
    return root


def european_union(day: date) -> Element:
    root = Element(
        "export",
        {
            "xmlns": "http://eu.europa.ec/fpi/fsd/export",
            "generationDate": f"{day}T06:00:00.000+02:00",
            "globalFileId": "900001",
        },
    )
    for number, party in parties("eu"):
        eu = party["eu"]
        if "until" in eu and eu["until"] <= day:
            continue
        act, person = facts()["eu_acts"][eu["act"]], is_person(party)
        e = add(
            root,
            "sanctionEntity",
            designationDate=str(eu["listed"]),
            designationDetails="",
            unitedNationId=party.get("un", {}).get("reference", ""),
            euReferenceNumber="",
            logicalId=number,
        )
        if "reason" in party:
            add(e, "remark", party["reason"])
        add(
            e,
            "regulation",
            regulationType="regulation",
            organisationType="council",
            publicationDate=str(act["published"]),
            numberTitle=act["title"],
            programme=act["programme"],
        )
        code = "person" if person else "enterprise"
        add(e, "subjectType", code=code, classificationCode=code[0].upper())
        add_european_names(e, party)
        place = {}
        if "country" in party:
            place = {
                "countryIso2Code": party["country"],
                "countryDescription": COUNTRIES[party["country"]].upper(),
            }
        if "born" in party:
            year, month, day_of_month = party["born"].split("-")
            add(
                e,
                "birthdate",
                circa="false",
                calendarType="GREGORIAN",
                birthdate=party["born"],
                dayOfMonth=str(int(day_of_month)),
                monthOfYear=str(int(month)),
                year=year,
                city=party.get("birth_place", ""),
            )
        if person:
            add(e, "citizenship", region="", **place)
        elif place:
            where = {"street": party.get("street", ""), "city": party.get("city", "")}
            add(e, "address", **where, asAtListingTime="false", **place)
    return root


def add_european_names(e: Element, party: Facts) -> None:
    first, *middle, last = party.get("names", ("", ""))
    parts = {"firstName": first, "middleName": " ".join(middle), "lastName": last}
    more = {"function": party.get("title", ""), "title": ""}
    if is_person(party):
        more["gender"] = party["gender"][0]
    add(
        e,
        "nameAlias",
        wholeName=name_of(party),
        nameLanguage="",
        strong="true",
        **parts,
        **more,
    )
    if "original" in party:
        language = "RU" if is_person(party) else "AR"
        whole = party["original"]
        add(e, "nameAlias", wholeName=whole, nameLanguage=language, strong="true")
    for alias, _ in aliases(party):
        add(e, "nameAlias", wholeName=alias, nameLanguage="", strong="true")


def write(out: Path) -> None:
    folder = out / "sanctions"
    write_xml(folder / "un_sc" / f"consolidated_{DAY}.xml", united_nations())
    for day in EU_DAYS:
        write_xml(folder / "eu_fsf" / f"{day:%Y%m%d}-FULL-1_1.xml", european_union(day))
