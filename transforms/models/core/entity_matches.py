"""Which parties of different lists are one, why, and who says so (``transforms.matching``)."""

from transforms.engine.base import Engine
from transforms.matching.parties import parties_of
from transforms.matching.resolve import matched

READS = (
    "staged.designations",
    "staged.designation_names",
    "staged.designation_identifiers",
    "staged.designation_addresses",
    "staged.designation_dates",
    "staged.designation_wallets",
    "meta.entity_decisions",
)

# What was ever stated of a party counts; weak names do not.
_STATED = {
    "parties": "select source, party_id, min(snapshot_date) as first_seen,"
    " max(snapshot_date) as last_seen, max(entity_type) as entity_type"
    " from staged.designations group by source, party_id",
    "names": "select distinct source, party_id, name from staged.designation_names"
    " where not is_weak",
    "countries": "select source, party_id, nationalities as country from staged.designations"
    " where nationalities is not null"
    " union select source, party_id, country from staged.designation_addresses"
    " where country is not null"
    " union select source, party_id, country from staged.designation_identifiers"
    " where country is not null",
    "births": "select distinct source, party_id, date_from, date_to, date_precision"
    " from staged.designation_dates where date_kind = 'birth' and date_from is not null",
    "identifiers": "select distinct source, party_id, identifier_kind, identifier, country"
    " from staged.designation_identifiers",
}


def build(engine: Engine) -> int:
    """Match parties; rows made."""
    found = matched(
        parties_of({name: engine.fetch(query) for name, query in _STATED.items()}),
        engine.fetch("select distinct source, snapshot_date from staged.designations"),
        engine.fetch("select distinct source, party_id, address from staged.designation_wallets"),
        engine.fetch("select * from meta.entity_decisions"),
    )
    return engine.register("core.entity_matches", found)
