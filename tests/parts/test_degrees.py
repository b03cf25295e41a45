"""Degrees that are counted on are those that the query finds."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.models.given import MODELS
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.lake.storage import Storage
from transforms.parts import degrees
from transforms.parts.degrees import COUNTERPARTIES, DEGREES, Degrees
from transforms.parts.graph import EDGES
from transforms.schemas import table

FEW = 2
QUERY = replace(MODELS[DEGREES], sql=(MODELS[DEGREES].sql or "").replace("1000", str(FEW)))
SCHEMA = table(EDGES).arrow

# A file's payments: who pays whom, and whether anything of worth moves.
PAYMENTS = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5)), st.booleans()),
    max_size=12,
)
# Which of the files there are in one build after the other.
BUILDS = st.lists(st.sets(st.integers(0, 4)), min_size=1, max_size=4)


def counted(lake: Path, files: Mapping[str, str], places: Mapping[str, str]) -> Any:
    """Count on from what the lake remembers; the rows of the step, and of its query."""
    with connect() as con:
        db = DuckDBEngine(con)
        db.prepare()
        db.load(EDGES, list(files.values()))
        # After a rollback there may be fewer numbers than were counted.
        con.execute(
            "create table core.addresses as select range as address_id from range("
            f"(select coalesce(max(greatest(from_id, to_id)) + 1, 0) from {EDGES}))"
        )
        made = Degrees(Storage(str(lake)), db, MODELS[COUNTERPARTIES], QUERY)
        made.run(files, places.get)
        made.remember()
        found = db.con.sql(f"from {DEGREES}").order("all").fetchall()
        db.step(COUNTERPARTIES, MODELS[COUNTERPARTIES].sql or "")
        return found, db.con.sql(QUERY.sql or "").order("all").fetchall()


@settings(max_examples=20)
@example([[(3, 5, True)], [(0, 1, True)], [], [], []], [{0}, {1}], False)
@given(st.lists(PAYMENTS, min_size=5, max_size=5), BUILDS, st.booleans())
def test_files_that_come_and_go_leave_the_degrees_of_those_that_are_there(
    tmp_path_factory: pytest.TempPathFactory,
    payments: list[Any],
    builds: list[set[int]],
    is_lost: bool,
) -> None:
    folder = tmp_path_factory.mktemp("edges")
    places = {}
    for number, rows in enumerate(payments):
        edges = [
            {"seq": 100 * number + n, "from_id": payer, "to_id": payee, "is_payment": is_payment}
            for n, (payer, payee, is_payment) in enumerate(rows)
        ]
        filled = [{**dict.fromkeys(SCHEMA.names), **e} for e in edges]
        places[f"{number}.parquet"] = str(folder / f"{number}.parquet")
        pq.write_table(pa.Table.from_pylist(filled, SCHEMA), folder / f"{number}.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(degrees, "_FEW", FEW)
        patch.setattr(degrees, "_TOGETHER", 5)
        for build in builds:
            names = [f"{number}.parquet" for number in sorted(build)]
            files = {name: places[name] for name in names}
            # A file that a rollback took can't be read any more.
            found, expected = counted(folder / "lake", files, files if is_lost else places)
            assert found == expected
