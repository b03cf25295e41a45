"""A table judged file by file, most of them before, is judged as one that is judged whole."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from expectations.gate import judge
from expectations.parts import Parts
from expectations.suites import suite_of
from expectations.vocabulary import Suite

pytestmark = pytest.mark.xdist_group("gx")

AT = datetime(2024, 1, 3, tzinfo=UTC)
TABLE = "core.transfers"
SUITE = Suite("core", tuple(e for e in suite_of("core").expectations if e.table == TABLE))

# Row (three to a file) → what is wrong with it.
FAULTS: Mapping[str, Mapping[int, Mapping[str, Any]]] = {
    "none": {},
    "an asset nobody knows": {4: {"asset": "ethereum:unknown"}},
    "an order within a file": {4: {"seq": 40}},
    "an order from file to file": {2: {"seq": 50}, 5: {"seq": 60}, 8: {"seq": 70}},
    "a key twice in a file": {4: {"seq": 3}},
    "a key twice in two files": {7: {"seq": 1}},
    "rows of one kind in all files": {n: {"is_order_guessed": True} for n in (0, 4, 5, 8)},
    "no prices": {n: {"value_usd": None} for n in range(8)},
    "texts": {0: {"kind": "gift"}, 8: {"source": ""}},
    "rows without a block": {6: {"block_number": None}, 8: {"block_number": None}},
}


@pytest.fixture
def in_parts(valid_rows: Any, as_files: Any, as_build: Any) -> Any:
    """Rows in a build's table, and the same in three files."""

    def make(fault: Mapping[int, Mapping[str, Any]]) -> tuple[Any, dict[str, str]]:
        rows = [{**row, **fault.get(n, {})} for n, row in enumerate(valid_rows(TABLE, 9))]
        files = [as_files({TABLE: rows[n : n + 3]})[TABLE][0] for n in (0, 3, 6)]
        relations = {f"{n}": f"(from read_parquet('{f}'))" for n, f in enumerate(files)}
        return as_build({TABLE: rows}), relations

    return make


def judged(con: Any, parts: Parts | None = None) -> Sequence[Mapping[str, Any]]:
    found = judge(
        None, SUITE, connection=con, run_id="r", recorded_at=AT, parts=[parts] if parts else ()
    )
    return found.results


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_files_judged_one_by_one_give_the_judgement_of_all(
    fault: Mapping[int, Mapping[str, Any]], in_parts: Any
) -> None:
    con, relations = in_parts(fault)
    whole = judged(con)
    parts = Parts(TABLE, list(relations), relations.__getitem__)
    assert judged(con, parts) == whole
    assert parts.scanned == set(relations)
    again = Parts(TABLE, list(relations), relations.__getitem__, parts.known)
    assert judged(con, again) == whole
    assert again.scanned == set()


def test_only_a_file_that_is_new_is_scanned(in_parts: Any) -> None:
    con, relations = in_parts({})
    before = Parts(TABLE, list(relations), relations.__getitem__)
    judged(con, before)
    con, changed = in_parts({7: {"kind": "gift"}})
    relations = {"0": changed["0"], "1": changed["1"], "9": changed["2"]}
    parts = Parts(TABLE, list(relations), relations.__getitem__, before.known)
    found = judged(con, parts)
    assert found == judged(con)
    assert [r["examples"] for r in found if not r["is_success"]] == ['["file.csv:7"]']
    assert parts.scanned == {"9"}
