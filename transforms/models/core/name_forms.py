"""Folded forms of listed names, by which screening looks them up (``transforms.matching``)."""

import pyarrow as pa

from transforms.engine.base import Engine
from transforms.matching.screening import folded
from transforms.schemas import table

READS = ("core.entities", "core.entity_names")


def build(engine: Engine) -> int:
    """Fold every name; rows made."""
    names = engine.fetch(
        "select entity_id, entity_type, entity_names.name, name_type, is_weak"
        " from core.entity_names inner join core.entities using (entity_id)"
        " order by entity_id, entity_names.name"
    )
    forms = pa.array([folded(n) for n in names.column("name").to_pylist()], pa.string())
    rows = names.append_column("folded_name", forms)
    return engine.register("core.name_forms", rows.cast(table("core.name_forms").arrow))
