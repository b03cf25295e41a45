"""Each model on small tables: tests/models/<layer>/<table>/<case>/{given tables.csv, expect.csv}.

A given table is named by its file (``staged.designations.csv``) and holds only the columns that
matter; the others are null, unless the schema requires them. A table of thousands of alike rows is
a query instead (``core.transfers.sql``). Tables a model reads and the case does not give are empty.
``expect.csv`` lists the columns the case is about, one row per row of the model, in any order. An
empty cell is null. Steps (``work``) that a model reads are run from the given tables, and so are
numbers of addresses and edges where a case does not give them.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.models.given import MODELS, load, make, steps_before
from transforms.engine.duckdb import DuckDBEngine, connect

ROOT = Path(__file__).parent
GRAPH = ("core.addresses", "core.transfer_edges")
CASES = sorted(p.parent for p in ROOT.glob("*/*/*/expect.csv"))


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    made = DuckDBEngine(connect())
    made.prepare()
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda p: "-".join(p.parts[-3:]))
def test_a_model_gives_its_expected_rows(case: Path, engine: DuckDBEngine) -> None:
    name = f"{case.parts[-3]}.{case.parts[-2]}"
    model, con = MODELS[name], engine.con
    given = {f.stem: f for f in (*case.glob("*.*.csv"), *case.glob("*.*.sql"))}
    steps = steps_before(model)
    reads = {r for m in (model, *steps) for r in m.reads}
    graph = [t for t in GRAPH if t in reads and t not in given]
    if graph:
        reads.add("core.transfers")
    for read in sorted(reads):
        if not read.startswith(("seeds.", "work.")):
            load(con, read, given.pop(read, None))
    assert not given, f"{name} does not read {sorted(given)}"
    for table in graph:
        engine.create(table, MODELS[table].sql or "")
    make(engine, model)
    with (case / "expect.csv").open(encoding="utf-8", newline="") as f:
        expected = list(csv.DictReader(f))
        columns = csv.DictReader((case / "expect.csv").open(encoding="utf-8")).fieldnames or []
    listed = ", ".join(f"coalesce(cast({c} as varchar), '')" for c in columns)
    found = con.execute(f"select {listed} from {name}").fetchall()
    assert sorted(found) == sorted(tuple(e[c] for c in columns) for e in expected)


def test_every_model_has_two_cases() -> None:
    """One for what it is for, one for what will go wrong."""
    counts = Counter(f"{c.parts[-3]}.{c.parts[-2]}" for c in CASES)
    assert set(counts) == {m.table for m in MODELS.values() if not m.is_step}
    assert {name: n for name, n in counts.items() if n < 2} == {}
