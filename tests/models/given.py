"""Small tables for models to read, and the steps that stand between them and a model."""

from pathlib import Path

import duckdb

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model, models
from transforms.schemas import Column, Kind, table

MODELS = {m.table: m for m in models()}

# What a required column holds where a case says nothing of it.
FILLER = {
    Kind.TEXT: "''",
    Kind.BOOL: "false",
    Kind.INT: "0",
    Kind.DATE: "date '2000-01-01'",
    Kind.TIMESTAMP: "timestamp '2000-01-01'",
}


def typed(column: Column, given: set[str], required: tuple[str, ...]) -> str:
    if column.name in given:
        text = f"nullif(cast({column.name} as varchar), '')"
        return f"cast({text} as {column.kind.duckdb}) as {column.name}"
    filler = FILLER.get(column.kind, "null") if column.name in required else "null"
    if column.name == "is_effective":
        filler = "true"
    return f"cast({filler} as {column.kind.duckdb}) as {column.name}"


def load(con: duckdb.DuckDBPyConnection, name: str, file: Path | None) -> None:
    schema = table(name)
    con.execute(f"drop view if exists {name}") if exists(con, name, "VIEW") else None
    if file is None:
        columns = ", ".join(f"cast(null as {c.kind.duckdb}) as {c.name}" for c in schema.columns)
        con.execute(f"create or replace table {name} as select {columns} where false")
        return
    if file.suffix == ".sql":
        given = con.sql(file.read_text("utf-8"))
    else:
        given = con.read_csv(str(file), header=True, all_varchar=True, sep=",", quotechar='"')
    header = set(given.columns)
    assert header <= set(schema.column_names()), f"{file}: unknown columns"
    columns = ", ".join(typed(c, header, schema.required) for c in schema.columns)
    con.execute(f"create or replace table {name} as {given.select(columns).sql_query()}")


def exists(con: duckdb.DuckDBPyConnection, name: str, kind: str) -> bool:
    schema, short = name.split(".")
    row = con.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?"
        " and table_type = ?",
        [schema, short, kind],
    ).fetchone()
    return bool(row and row[0])


def steps_before(model: Model) -> list[Model]:
    """Steps a model reads, and those they read, in order."""
    wanted, found = set(model.reads), []
    for m in reversed(MODELS.values()):
        if m.is_step and m.table in wanted:
            found.append(m)
            wanted |= m.reads
    return found[::-1]


def make(engine: DuckDBEngine, model: Model) -> None:
    """Run the steps before a model, and the model."""
    for step in steps_before(model):
        engine.step(step.table, step.sql or "")
    if model.sql:
        engine.create(model.table, model.sql)
    elif model.build:
        model.build(engine)
