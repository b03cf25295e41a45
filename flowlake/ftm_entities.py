"""Rows of one listed party → FollowTheMoney entities; see `flowlake.ftm` for what and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from transforms.clean.countries import country_code
from transforms.sources import registry

Row = dict[str, Any]
Entity = dict[str, Any]

_SCHEMATA = {
    "person": "Person",
    "organization": "Organization",
    "vessel": "Vessel",
    "aircraft": "Airplane",
}
_NAME_PROPERTIES = {"primary": "name", "fka": "previousName"}
# Properties by what the party is: FollowTheMoney gives each schema its own.
_LEGAL = {
    "tax_id": "taxNumber",
    "registration": "registrationNumber",
    "lei": "leiCode",
    "national_id": "idNumber",
    "other": "idNumber",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "risk": "notes",
}
_IDENTIFIERS: Mapping[str, Mapping[str, str]] = {
    "Person": _LEGAL
    | {"passport": "passportNumber", "gender": "gender", "birth_place": "birthPlace"},
    "Organization": _LEGAL | {"imo": "imoNumber"},
    "LegalEntity": _LEGAL,
    "Vessel": {
        "imo": "imoNumber",
        "mmsi": "mmsi",
        "registration": "registrationNumber",
        "risk": "notes",
    },
    "Airplane": {"registration": "registrationNumber", "other": "serialNumber", "risk": "notes"},
}
_DATES: Mapping[str, Mapping[str, str]] = {
    "Person": {"birth": "birthDate", "death": "deathDate"},
    "Organization": {"registration": "incorporationDate"},
    "LegalEntity": {"registration": "incorporationDate"},
    "Vessel": {"build": "buildDate", "registration": "registrationDate"},
    "Airplane": {"build": "buildDate", "registration": "registrationDate"},
}
# What the newest listing says of the party itself; nationalities are several in one text.
_LISTED: Mapping[str, Mapping[str, str]] = {
    "Person": {"title": "position", "nationalities": "nationality"},
    "Organization": {"nationalities": "country"},
    "LegalEntity": {"nationalities": "country"},
    "Vessel": {
        "nationalities": "country",
        "vessel_flag": "flag",
        "vessel_type": "type",
        "call_sign": "callSign",
    },
    "Airplane": {"vessel_type": "type", "call_sign": "registrationNumber"},
}
_COUNTRIES = frozenset({"nationality", "country", "flag"})
# Documents have a holder, and only people and organisations can be one.
_DOCUMENTS = {"passport": "Passport", "national_id": "Identification", "tax_id": "Identification"}
_HOLDERS = frozenset({"Person", "Organization", "LegalEntity"})


def entities_of(row: Row, of: Mapping[str, list[Row]]) -> Iterator[Entity]:
    """One listed party and everything that hangs on it."""
    schema = _SCHEMATA.get(row["entity_type"], "LegalEntity")
    datasets = sorted({d["source"] for d in of["designations"]})
    properties = _properties(schema, row, of)
    parts = [
        *(_sanction(d, of["identifiers"]) for d in of["designations"]),
        *(_wallet(w) for w in of["wallets"]),
        *(_address(a) for a in of["addresses"] if a["full_address"] or a["country"]),
        *(_document(i) for i in of["identifiers"] if _is_document(i, schema)),
        *(_link(link) for link in of["links"]),
    ]
    distinct: dict[str, Entity] = {}
    for part in parts:
        distinct[part["id"]] = _merged(distinct.get(part["id"], part), part)
    properties["addressEntity"] = [i for i, p in distinct.items() if p["schema"] == "Address"]
    yield _entity(schema, row["entity_id"], properties, datasets) | {
        "caption": row["name"],
        "target": row["is_designated"],
    }
    yield from distinct.values()


def _properties(schema: str, row: Row, of: Mapping[str, list[Row]]) -> dict[str, list[str | None]]:
    """What is said of the party itself."""
    properties: dict[str, list[str | None]] = defaultdict(list)
    for name in of["names"]:
        strong = _NAME_PROPERTIES.get(name["name_type"], "alias")
        properties["weakAlias" if name["is_weak"] else strong].append(name["name"])
    for listing in of["designations"]:
        for column, key in _LISTED[schema].items():
            for stated in (listing[column] or "").split("; "):
                properties[key].append(country_code(stated) if key in _COUNTRIES else stated)
    for found in of["identifiers"]:
        if use := _IDENTIFIERS[schema].get(found["identifier_kind"]):
            value = found["identifier"]
            properties[use].append(value.lower() if use == "gender" else value)
    for found in of["dates"]:
        if use := _DATES[schema].get(found["date_kind"]):
            day = _prefix(found)
            properties[use if day else "notes"].append(
                day or f"{found['date_kind']}: {found['date_as_published']}"
            )
    if row["is_designated"]:
        properties["topics"].append("sanction")
    return properties


def _merged(one: Entity, other: Entity) -> Entity:
    """Two lists, or two periods, that say the same thing are one entity."""
    properties = {
        name: sorted({*one["properties"].get(name, ()), *other["properties"].get(name, ())})
        for name in {**one["properties"], **other["properties"]}
    }
    datasets = sorted({*one["datasets"], *other["datasets"]})
    return one | {"properties": properties, "datasets": datasets}


def _sanction(listing: Row, identifiers: list[Row]) -> Entity:
    is_published = listing["from_basis"] == "published"
    declared = registry.source(listing["source"])
    references = [
        i["identifier"]
        for i in identifiers
        if i["identifier_kind"] == "un_reference" and i["party_id"] == listing["party_id"]
    ]
    return _entity(
        "Sanction",
        _id("s", listing["source"], listing["party_id"], listing["period"]),
        {
            "entity": [listing["entity_id"]],
            "authority": [declared.publisher],
            "sourceUrl": [declared.page],
            "authorityId": [listing["party_id"]],
            "unscId": references + ([listing["party_id"]] if listing["source"] == "un_sc" else []),
            "program": (listing["programs"] or "").split("; "),
            # The first snapshot with the party is no day anybody listed it on.
            "listingDate": [listing["listed_from"]] if is_published else [],
            "endDate": [listing["listed_to"]],
            "provisions": [listing["legal_basis"]],
            "summary": [listing["remarks"]],
            "recordId": [listing["record_id"]],
        },
        [listing["source"]],
    )


def _wallet(found: Row) -> Entity:
    return _entity(
        "CryptoWallet",
        _id("w", found["entity_id"], found["chain"], found["address"]),
        {
            "holder": [found["entity_id"]],
            "publicKey": [found["address"]],
            "currency": [found["ticker"]],
            "blockchain": [found["chain"]],
            "topics": ["sanction"] if found["listed_to"] is None else [],
        },
        [found["source"]],
    )


def _address(found: Row) -> Entity:
    parts = ("street", "city", "region")
    stated = ("full_address", *parts, "postal_code", "country")
    return _entity(
        "Address",
        _id("a", found["entity_id"], *(found[k] for k in stated)),
        {
            "full": [found["full_address"]],
            "postalCode": [found["postal_code"]],
            "country": [country_code(found["country"])],
        }
        | {key: [found[key]] for key in parts},
        [found["source"]],
    )


def _is_document(found: Row, schema: str) -> bool:
    return schema in _HOLDERS and found["identifier_kind"] in _DOCUMENTS


def _document(found: Row) -> Entity:
    return _entity(
        _DOCUMENTS[found["identifier_kind"]],
        _id("d", found["entity_id"], found["identifier_type"], found["identifier"]),
        {
            "holder": [found["entity_id"]],
            "number": [found["identifier"]],
            "type": [found["identifier_type"]],
            "country": [country_code(found["country"])],
            "startDate": [found["issued_on"]],
            "endDate": [found["expires_on"]],
        },
        [found["source"]],
    )


def _link(found: Row) -> Entity:
    ends = (found["from_entity_id"], found["to_entity_id"])
    return _entity(
        "UnknownLink",
        _id("l", *ends, found["relation"]),
        {"subject": ends[:1], "object": ends[1:], "role": [found["relation"]]},
        [found["source"]],
    )


def _entity(schema: str, key: str, properties: Mapping[str, Any], datasets: list[str]) -> Entity:
    texts = {
        name: list(dict.fromkeys(_text(v) for v in values if v not in (None, "")))
        for name, values in properties.items()
    }
    return {
        "id": key,
        "schema": schema,
        "properties": {name: values for name, values in texts.items() if values},
        "datasets": datasets,
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _prefix(found: Row) -> str | None:
    """The date as far as it is stated; null for a range and for what is no date."""
    length = {"day": 10, "month": 7, "year": 4}.get(found["date_precision"] or "")
    return found["date_from"].isoformat()[:length] if length and found["date_from"] else None


def _id(kind: str, *parts: Any) -> str:
    """Parties' own ids may hold what FollowTheMoney's may not."""
    whole = "\x1f".join("" if p is None else str(p) for p in parts)
    return f"{kind}-{sha256(whole.encode()).hexdigest()[:16]}"
