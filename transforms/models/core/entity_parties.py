"""Which party of which list belongs to which entity (see ``transforms.matching.resolve``)."""

from transforms.engine.base import Engine
from transforms.matching.resolve import entities

READS = ("staged.designations", "core.entity_matches")


def build(engine: Engine) -> int:
    """Make entities of the matches that are applied; rows made."""
    parties = engine.fetch(
        "select source, party_id, min(snapshot_date) as first_seen"
        " from staged.designations group by source, party_id"
    )
    matches = engine.fetch("select * from core.entity_matches where is_applied")
    return engine.register("core.entity_parties", entities(parties, matches))
