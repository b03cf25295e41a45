"""Which party of which list belongs to which entity (see ``transforms.matching.resolve``)."""

from transforms.engine.base import Engine
from transforms.matching.resolve import resolve

READS = (
    "staged.designations",
    "staged.designation_names",
    "staged.designation_identifiers",
    "staged.designation_wallets",
)


def build(engine: Engine) -> int:
    """Resolve parties; rows made."""
    parties = engine.fetch(
        "select source, party_id, min(snapshot_date) as first_seen,"
        " max(snapshot_date) as last_seen, max(entity_type) as entity_type"
        " from staged.designations group by source, party_id"
    )
    snapshots = engine.fetch("select distinct source, snapshot_date from staged.designations")
    names = engine.fetch(
        "select distinct source, party_id, name from staged.designation_names where not is_weak"
    )
    identifiers = engine.fetch(
        "select distinct source, party_id, identifier_kind, identifier, country"
        " from staged.designation_identifiers"
    )
    wallets = engine.fetch(
        "select distinct source, party_id, address from staged.designation_wallets"
    )
    return engine.register(
        "core.entity_parties", resolve(parties, snapshots, names, identifiers, wallets)
    )
