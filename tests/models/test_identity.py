"""However exports are cut, mixed, repeated and thinned out: core.transfers stays what it is."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.given import MODELS, load, make, steps_before
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.schemas import table

Row = dict[str, Any]

# Told apart by an index of the chain, or of the vendor; of an explorer's, by turns.
INDEXED = st.sampled_from(("native", "fee", "internal", "token", "utxo", "column"))
ASSET = {"native": "e:c", "fee": "e:c", "internal": "e:c", "utxo": "e:c"}
BASIS = {"native": "transaction", "fee": "transaction", "internal": "trace", "utxo": "output"}
# What an export may leave out where another has it.
OPTIONAL = ("block_hash", "block_timestamp", "transaction_index")


def transfer(kind: str, block: int, index: int, position: int, value: int) -> Row:
    """A row as the most exact export would have it; few values, so that many are alike."""
    return {
        "source": "ethereum_etl",
        "chain": "e",
        "asset": ASSET.get(kind, "e:t"),
        "kind": "token" if kind == "column" else kind,
        "block_number": block,
        "block_hash": f"0xb{block}",
        "block_timestamp": f"2025-01-01 00:00:{block:02}",
        "transaction_hash": f"0x{block}{index}",
        "transaction_index": index,
        "position": index if kind in ("native", "fee") else position,
        "position_basis": BASIS.get(kind, "column" if kind == "column" else "log"),
        "trace_address": str(position) if kind == "internal" else None,
        "from_address": "a",
        "to_address": "b",
        "value": str(value),
        "value_d38": value,
        "is_effective": True,
        "is_status_known": True,
        "is_exact": True,
    }


def key(row: Row) -> tuple[Any, ...]:
    return (row["kind"], row["position_basis"], row["transaction_hash"], row["position"])


TRANSFERS = st.lists(
    st.builds(
        transfer,
        INDEXED,
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=12,
    unique_by=key,
)


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    made = DuckDBEngine(connect())
    made.prepare()
    return made


def built(engine: DuckDBEngine, files: Sequence[Sequence[Row]]) -> list[tuple[Any, ...]]:
    """core.transfers of these files, without where its rows are from."""
    rows = [
        {**row, "raw_sha256": f"f{n}", "batch": f"f{n}", "record_id": f"x.csv:{line}"}
        for n, file in enumerate(files)
        for line, row in enumerate(file, start=1)
    ]
    model, con = MODELS["core.transfers"], engine.con
    steps = steps_before(model)
    for read in sorted({r for m in (model, *steps) for r in m.reads}):
        if not read.startswith(("seeds.", "work.")):
            load(con, read, None)
    insert(engine, "staged.transfers", rows)
    insert(
        engine,
        "core.assets",
        [{"asset": a, "chain": "e", "asset_basis": "none"} for a in ("e:c", "e:t")],
    )
    make(engine, model)
    columns = [c for c in table(model.table).column_names() if c not in ("raw_sha256", "record_id")]
    return con.execute(f"select {', '.join(columns)} from core.transfers order by seq").fetchall()


def insert(engine: DuckDBEngine, name: str, rows: Sequence[Row]) -> None:
    schema = table(name)
    texts = {
        c.name: [None if r.get(c.name) is None else str(r[c.name]) for r in rows]
        for c in schema.columns
    }
    engine.con.register("rows", pa.table({n: pa.array(v, pa.string()) for n, v in texts.items()}))
    cast = ", ".join(f"cast({c.name} as {c.kind.duckdb}) as {c.name}" for c in schema.columns)
    engine.con.execute(f"create or replace table {name} as select {cast} from rows")
    engine.con.unregister("rows")


@settings(max_examples=20)
@given(TRANSFERS, st.data())
def test_cutting_mixing_and_repeating_files_changes_nothing(
    engine: DuckDBEngine, rows: list[Row], data: st.DataObject
) -> None:
    # A vendor's column is declared as the index, or may stand for several movements.
    vendors = data.draw(st.sampled_from(("index", "column")), label="vendor's column")
    rows = [
        {**r, "position_basis": vendors} if r["position_basis"] == "column" else r for r in rows
    ]
    files: list[list[Row]] = [[], [], []]
    for row in data.draw(st.permutations(rows)):
        for place in data.draw(st.sets(st.integers(0, 2), min_size=1), label="files"):
            files[place].append(row)
            # Only a column that may stand for several movements tells them by their number.
            if row["position_basis"] != "column" and data.draw(st.booleans(), label="again"):
                files[place].append(row)
        for place in data.draw(st.sets(st.integers(0, 2)), label="poorer copies"):
            gaps = data.draw(st.sets(st.sampled_from(OPTIONAL)), label="gaps")
            if row["position_basis"] != "column" and not any(
                key(r) == key(row) for r in files[place]
            ):
                files[place].append({**row, **dict.fromkeys(gaps), "is_status_known": None})
    assert built(engine, files) == built(engine, [rows])


@settings(max_examples=10)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_exports_of_explorers_count_what_the_longest_has(
    engine: DuckDBEngine, values: list[int], data: st.DataObject
) -> None:
    """Rows without an index: each export holds some of what there is, in an order of its own."""
    there = [
        {
            **transfer("token", 1, 0, 0, value),
            "position_basis": "file",
            "is_status_known": None,
        }
        for value in values
    ]
    files = [
        [
            {**row, "position": place}
            for place, row in enumerate(data.draw(st.permutations(there))[:length])
        ]
        for length in data.draw(st.lists(st.integers(0, len(there)), max_size=3))
    ]
    whole = [{**row, "position": place} for place, row in enumerate(there)]
    found = built(engine, [*files, whole])
    place = table("core.transfers").column_names().index("value")
    assert sorted(int(row[place]) for row in found) == sorted(values)
    indexed = [
        {**row, "position": place, "position_basis": "log"} for place, row in enumerate(there)
    ]
    assert built(engine, [*files, indexed, whole]) == built(engine, [indexed])
