"""Export: what the lists say, as FollowTheMoney entities in JSON lines.

In: the warehouse. Out: a line per Person, Organization, LegalEntity, Vessel or Airplane, and per
Sanction (one listing period of one party), CryptoWallet, Address, Passport, Identification and
UnknownLink of theirs, in an order and with ids that follow from the content alone. yente, Aleph
and nomenklatura read it; the schemata are those of https://followthemoney.tech/explorer/ (4.11).

The current state is exported: names, identifiers, addresses and dates of each party's newest
snapshot; listing periods whole, ended ones with their end. Words stay as published. A date of less
than a day's precision keeps it (``1974``); a range, which FollowTheMoney has no place for, is a
note; a country that no code stands for is left to the address's text. ``datasets`` names the lists
a line is from: their licences, which the command prints, hold for it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from hashlib import sha256
from typing import Any

import duckdb

from flowlake.settings import Settings
from transforms.clean.countries import country_code
from transforms.errors import InputRefused
from transforms.lake.warehouse import WAREHOUSE
from transforms.sources import registry

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
# Documents have a holder, and only people and organisations can be one.
_DOCUMENTS = {"passport": "Passport", "national_id": "Identification", "tax_id": "Identification"}
_HOLDERS = frozenset({"Person", "Organization", "LegalEntity"})

# Each party's newest word; what an amendment took away is history, not the current state.
_NEWEST = """
    select entity_id, source, party_id, max(last_seen) as last_seen
    from core.designations group by entity_id, source, party_id
"""
_ENTITIES = "select * from core.entities order by entity_id"
_QUESTIONS = {
    "designations": "select * from core.designations order by all",
    "names": f"""
        select distinct names.entity_id, names.name, names.name_type, names.is_weak
        from core.entity_names as names
        inner join ({_NEWEST}) as newest
            on names.entity_id = newest.entity_id and names.last_seen = newest.last_seen
            and list_contains(string_split(names.sources, '; '), newest.source)
        order by all
    """,
    "wallets": "select * from core.entity_wallets order by all",
    "links": "select * from core.entity_links where to_entity_id is not null order by all",
} | {
    kind: f"""
        select found.* from core.entity_{kind} as found
        inner join ({_NEWEST}) as newest using (entity_id, source, party_id, last_seen)
        order by all
    """
    for kind in ("identifiers", "addresses", "dates")
}

Row = dict[str, Any]
Entity = dict[str, Any]


def licences(settings: Settings) -> dict[str, str]:
    """Licence of each list the warehouse holds; ``InputRefused`` where nothing was built yet."""
    with closing(_warehouse(settings)) as con:
        found = con.execute("select distinct source from core.designations order by all")
        return {name: registry.source(name).licence for (name,) in found.fetchall()}


def export_ftm(settings: Settings) -> Iterator[str]:
    """Lines of JSON, one entity each; ``InputRefused`` where nothing was built yet."""
    with closing(_warehouse(settings)) as con:
        about = {
            name: _by_entity(_rows(con.cursor(), question)) for name, question in _QUESTIONS.items()
        }
        for row in _rows(con.cursor(), _ENTITIES):
            of_it = {name: found.get(row["entity_id"], []) for name, found in about.items()}
            for entity in _about(row, of_it):
                yield json.dumps(entity, ensure_ascii=False, sort_keys=True)


def _warehouse(settings: Settings) -> duckdb.DuckDBPyConnection:
    storage = settings.storage
    if not storage.exists(WAREHOUSE):
        raise InputRefused(f"{storage.uri(WAREHOUSE)}: no warehouse yet; run `flowlake build`")
    return duckdb.connect(str(storage.local(WAREHOUSE)), read_only=True)


def _rows(con: duckdb.DuckDBPyConnection, question: str) -> Iterator[Row]:
    result = con.execute(question)
    columns = [d[0] for d in result.description or ()]
    while rows := result.fetchmany(10_000):
        for row in rows:
            yield dict(zip(columns, row, strict=True))


def _by_entity(rows: Iterator[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get("entity_id") or row["from_entity_id"]].append(row)
    return found


def _about(row: Row, of: Mapping[str, list[Row]]) -> Iterator[Entity]:
    """One listed party and everything that hangs on it."""
    schema = _SCHEMATA.get(row["entity_type"], "LegalEntity")
    datasets = sorted({d["source"] for d in of["designations"]})
    properties: dict[str, list[str]] = defaultdict(list)
    for name in of["names"]:
        key = _NAME_PROPERTIES.get(name["name_type"], "alias")
        properties["weakAlias" if name["is_weak"] else key].append(name["name"])
    for found in of["identifiers"]:
        if key := _IDENTIFIERS[schema].get(found["identifier_kind"]):
            value = found["identifier"]
            properties[key].append(value.lower() if key == "gender" else value)
    for found in of["dates"]:
        if key := _DATES[schema].get(found["date_kind"]):
            stated = _prefix(found)
            properties[key if stated else "notes"].append(
                stated or f"{found['date_kind']}: {found['date_as_published']}"
            )
    if row["is_designated"]:
        properties["topics"].append("sanction")
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
            "listingDate": [listing["listed_from"]] if is_published else [],
            "startDate": [listing["listed_from"]],
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
