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
from collections.abc import Iterator
from contextlib import closing

import duckdb

from flowlake.ftm_entities import Row, entities_of
from flowlake.settings import Settings
from transforms.errors import InputRefused
from transforms.lake.warehouse import WAREHOUSE
from transforms.sources import registry

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
            for entity in entities_of(row, of_it):
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
