"""Each model on small tables: tests/models/<layer>/<table>/<case>/{given tables.csv, expect.csv}.

A given table is named by its file (``staged.designations.csv``) and holds only the columns that
matter; the others are null, unless the schema requires them. A table of thousands of alike rows is
a query instead (``core.transfers.sql``). Tables a model reads and the case does not give are empty.
``expect.csv`` lists the columns the case is about, one row per row of the model, in any order. An
empty cell is null.
"""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.models import models
from transforms.schemas import Column, Kind, table

ROOT = Path(__file__).parent
CASES = sorted(p.parent for p in ROOT.glob("*/*/*/expect.csv"))
MODELS = {m.table: m for m in models()}

# What a required column holds where a case says nothing of it.
FILLER = {
    Kind.TEXT: "''",
    Kind.BOOL: "false",
    Kind.INT: "0",
    Kind.DATE: "date '2000-01-01'",
    Kind.TIMESTAMP: "timestamp '2000-01-01'",
}


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    made = DuckDBEngine(connect())
    made.prepare()
    return made


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


@pytest.mark.parametrize("case", CASES, ids=lambda p: "-".join(p.parts[-3:]))
def test_a_model_gives_its_expected_rows(case: Path, engine: DuckDBEngine) -> None:
    name = f"{case.parts[-3]}.{case.parts[-2]}"
    model, con = MODELS[name], engine.con
    given = {f.stem: f for f in (*case.glob("*.*.csv"), *case.glob("*.*.sql"))}
    for read in sorted(model.reads):
        if not read.startswith("seeds."):
            load(con, read, given.pop(read, None))
    assert not given, f"{name} does not read {sorted(given)}"
    engine.create(name, model.sql) if model.sql else model.build(engine)
    with (case / "expect.csv").open(encoding="utf-8", newline="") as f:
        expected = list(csv.DictReader(f))
        columns = csv.DictReader((case / "expect.csv").open(encoding="utf-8")).fieldnames or []
    listed = ", ".join(f"coalesce(cast({c} as varchar), '')" for c in columns)
    found = con.execute(f"select {listed} from {name}").fetchall()
    assert sorted(found) == sorted(tuple(e[c] for c in columns) for e in expected)


def test_every_model_has_two_cases() -> None:
    """One for what it is for, one for what will go wrong."""
    counts = Counter(f"{c.parts[-3]}.{c.parts[-2]}" for c in CASES)
    assert set(counts) == set(MODELS)
    assert {name: n for name, n in counts.items() if n < 2} == {}
