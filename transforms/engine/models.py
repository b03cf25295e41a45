"""Models: one file per table, ordered by what they read.

A SQL model is one ``select``; what it reads is what DuckDB's own parser finds in it. A Python
model stands only where SQL would lie about the algorithm: it names ``READS`` and has
``build(engine)``. Folder = schema, file = table. Models in ``work`` are steps that several
tables share: they have no schema and are in no warehouse.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.resources import files
from typing import Any

import duckdb

from transforms.engine.base import Engine
from transforms.schemas import TABLES

# Tables that a build publishes, and before them steps on the way that nobody else sees.
LAYERS = ("core", "marts")
STEPS = "work"


@dataclass(frozen=True, slots=True)
class Model:
    """A table and how it is made: a query, or a function."""

    table: str
    reads: frozenset[str]
    sql: str | None
    build: Callable[[Engine], int] | None

    @property
    def is_step(self) -> bool:
        """Whether it is only a step on the way to published tables."""
        return self.table.startswith(f"{STEPS}.")


def references(sql: str) -> frozenset[str]:
    """Tables a query reads, as DuckDB itself parses it; CTEs carry no schema and fall away."""
    row = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True, "error_message": "no answer"}
    if tree["error"]:
        raise ValueError(f"not one select: {tree['error_message']}\n{sql[:200]}")
    return frozenset(
        f"{node['schema_name']}.{node['table_name']}"
        for node in _nodes(tree)
        if node.get("type") == "BASE_TABLE" and node["schema_name"]
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        children: list[Any] = list(tree.values())
    else:
        children = tree if isinstance(tree, list) else []
    for child in children:
        yield from _nodes(child)


def models() -> list[Model]:
    """All models, each after those it reads; ``ValueError`` where one has no schema or reads up."""
    found = {m.table: m for layer in (STEPS, *LAYERS) for m in _of_layer(layer)}
    unknown = {m.table for m in found.values() if not m.is_step} - set(TABLES)
    if unknown:
        raise ValueError(f"models without a schema: {sorted(unknown)}")
    for m in found.values():
        _check_layers(m)
    # Sorted throughout: a set's own order differs from process to process, and so would builds.
    order = TopologicalSorter({t: sorted(m.reads & found.keys()) for t, m in sorted(found.items())})
    return [found[t] for t in order.static_order()]


def _of_layer(layer: str) -> Iterator[Model]:
    folder = files("transforms.models").joinpath(layer)
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        name, _, suffix = entry.name.partition(".")
        table = f"{layer}.{name}"
        if suffix == "sql":
            sql = entry.read_text("utf-8")
            yield Model(table, references(sql), sql, None)
        elif suffix == "py" and name != "__init__":
            module = import_module(f"transforms.models.{layer}.{name}")
            yield Model(table, frozenset(module.READS), None, module.build)


def _check_layers(model: Model) -> None:
    """A model reads only its own layer or lower ones."""
    below = {
        STEPS: {"seeds", "staged", "meta", STEPS, "core"},
        "core": {"seeds", "staged", "meta", STEPS, "core"},
        "marts": {STEPS, "core", "marts", "meta"},
    }
    layer = model.table.split(".", 1)[0]
    above = {r for r in model.reads if r.split(".", 1)[0] not in below[layer]}
    if above:
        raise ValueError(f"{model.table} reads {sorted(above)}, which is not below {layer}")
