"""A snapshot judged in a pack gets, expectation by expectation, the judgement it gets alone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations import vocabulary as say
from expectations.gate import judge, measure_before
from expectations.packs import PackGate
from expectations.suites import suite_of
from expectations.vocabulary import Suite
from transforms.schemas import table

NOW = datetime(2031, 1, 1, tzinfo=UTC)
DAYS = ("2031-05-01", "2031-05-02", "2031-05-03", "2031-05-04")


def party(day: str, n: int, **columns: Any) -> dict[str, Any]:
    return {
        "source": "ofac_sdn",
        "snapshot_date": date.fromisoformat(day),
        "party_id": str(n),
        "entity_type": "person" if n % 2 else "vessel",
        "name": f"PARTY {n}",
        "programs": "CYBER2; DPRK3" if n % 3 else "CUBA",
        "remarks": "DOB 1950." if n % 4 else None,
        "is_wallet_set_complete": True,
        "raw_sha256": "ab" * 32,
        "record_id": f"ent_num {n}",
        **columns,
    }


def name(day: str, n: int, **columns: Any) -> dict[str, Any]:
    kept = ("source", "snapshot_date", "party_id", "name", "raw_sha256", "record_id")
    row = {k: v for k, v in party(day, n).items() if k in kept}
    return {**row, "name_type": "primary", "is_weak": False, **columns}


@pytest.fixture
def pack(tmp_path: Path) -> dict[str, list[str]]:
    """Four snapshots: a sound one, one with faults, one that lost most, one without any name."""
    first, second, third, fourth = DAYS
    parties = [party(first, n) for n in range(40)]
    parties += [party(second, n) for n in range(41)]
    parties += [party(second, 3), party(second, 50, name=""), party(second, 51, entity_type="sea")]
    parties += [party(third, n, is_wallet_set_complete=False) for n in range(1, 9, 2)]
    parties += [party(fourth, n) for n in range(40)]
    names = [name(first, n) for n in range(40)] + [name(second, n) for n in range(39)]
    # Party 39 of the third day stands in other snapshots only.
    names += [name(third, n) for n in (1, 3, 5, 7, 39)]
    found = {}
    for table_name, rows in (("designations", parties), ("designation_names", names)):
        schema = table(f"staged.{table_name}").arrow
        path = tmp_path / f"{table_name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema), path)
        found[f"staged.{table_name}"] = [str(path)]
    return found


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "recorded_at"}


@pytest.mark.parametrize("is_looking_away", [False, True])
def test_a_snapshot_is_judged_in_its_pack_as_alone(
    pack: dict[str, list[str]], is_looking_away: bool
) -> None:
    suite = suite_of("ofac_sdn")
    if is_looking_away:
        rule = "party_id not in (select party_id from staged.designation_names)"
        extra = say.no_rows("staged.designations", rule, notes="Looks into another table.")
        suite = Suite(suite.name, (*suite.expectations, extra))
    books = {
        day: {"rows_read": 40 + n, "rows_staged": 40, "rows_rejected": n, "warnings": 9 * n}
        for n, day in enumerate(DAYS)
    }
    gate = PackGate(pack, suite, books, connect=duckdb.connect)
    before: str | None = None
    verdicts = []
    for day in DAYS:
        previous = alone_previous = None
        if before is not None:
            previous = gate.measures(before, 1)
            with duckdb.connect() as con:
                alone_previous = measure_before(pack, suite, connection=con, days=1, day=before)
        assert previous == alone_previous
        said = partial(dict, run_id="run", recorded_at=NOW, source="ofac_sdn", previous=previous)
        together = gate.judge(day, **said())
        with duckdb.connect() as con:
            alone = judge(
                pack, suite, connection=con, batch=day, books=books[day], day=day, **said()
            )

        def key(row: Mapping[str, Any]) -> tuple[str, ...]:
            return row["table_name"], row["expectation"], row["kwargs"], row["severity"]

        assert [plain(r) for r in sorted(together.results, key=key)] == [
            plain(r) for r in sorted(alone.results, key=key)
        ]
        assert (together.worst, together.left_out) == (alone.worst, alone.left_out)
        verdicts.append(together.verdict)
        before = before or day
    assert verdicts[0] != "failed"
    assert set(verdicts[1:]) == {"failed"}
    gate.close()
