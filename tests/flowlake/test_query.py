"""One select, and nothing but a select."""

import csv
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flowlake.query import Answer, ask, open_sealed
from transforms.engine.duckdb import EXACT_SUM
from transforms.errors import InputRefused, LakeError

with Path(__file__).with_name("attacks.csv").open(newline="") as f:
    ATTACKS = list(csv.DictReader(f))

# Visible to DuckDB's replacement scans, were they not switched off.
python_variable = duckdb.sql("select 'of the caller' as x")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small warehouse with a view on a staged file, and things that must not be read."""
    root = tmp_path_factory.mktemp("a lake's")
    (root / "staged" / "transfers").mkdir(parents=True)
    (root / "secret.txt").write_text("canary")
    (root / "secret.csv").write_text("a\ncanary\n")
    (root / "staged" / "link.txt").symlink_to(root / "secret.txt")
    staged = str(root / "staged" / "transfers" / "a.parquet").replace("'", "''")
    with duckdb.connect(str(root / "warehouse.duckdb")) as con:
        con.execute("create schema core; create schema staged")
        con.execute(EXACT_SUM)
        con.execute("create table core.entities as select 'e-' || i as name from range(10) as t(i)")
        con.execute("comment on table core.entities is 'Who is listed.'")
        con.execute("comment on column core.entities.name is 'As published.'")
        con.execute(
            "copy (select i as seq, '1' || lpad(i::varchar, 30, '0') as value"
            f" from range(1000) as t(i)) to '{staged}'"
        )
        con.execute(f"create view staged.transfers as select * from read_parquet(['{staged}'])")
        # The warehouse's own question by its name, and one that only bears it.
        con.execute("create macro core.designated_on(on_day) as table select on_day as asked")
        con.execute("create macro designated_on(on_day) as table select on_day as asked")
    (root / "warehouse.duckdb").chmod(0o444)
    return root


def everything(root: Path) -> dict[str, str]:
    """Every file with its checksum."""
    found = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def asked(lake: Path, sql: str, **options: float) -> Answer:
    limits = {"memory_limit": "100MB", **options}
    return ask(lake / "warehouse.duckdb", sql, readable=[lake / "staged"], **limits)  # type: ignore[arg-type] a test's own words


@pytest.fixture
def untouched(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing on disk changes, whatever is asked."""
    monkeypatch.chdir(lake)
    before = everything(lake)
    yield
    assert everything(lake) == before


@pytest.mark.parametrize("attack", ATTACKS, ids=[a["what"] for a in ATTACKS])
@pytest.mark.usefixtures("untouched")
def test_an_attack_is_refused(lake: Path, attack: dict[str, str]) -> None:
    data_frame = python_variable  # noqa: F841 seen by replacement scans as the caller's
    sql = attack["sql"].replace("{lake}", str(lake).replace("'", "''"))
    with pytest.raises(InputRefused, match=f"(?s){attack['says']}"):
        asked(lake, sql, seconds=0.2)


def test_every_attack_is_here_once() -> None:
    assert len({a["sql"] for a in ATTACKS}) == len(ATTACKS) > 90


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select count(*) from core.entities", [(10,)]),
        ("select count(*) from core.entities;  -- all of them", [(10,)]),
        ("from core.entities order by name limit 1", [("e-0",)]),
        ("table core.entities order by name limit 1", [("e-0",)]),
        ("values (1), (2)", [(1,), (2,)]),
        ("select value from staged.transfers where seq = 7", [("1" + "0" * 29 + "7",)]),
        (
            "select sum(value::bignum)::varchar as s from staged.transfers",
            [("1" + "0" * 27 + "499500",)],
        ),
        (
            "select seq % 2, exact_sum(value) from staged.transfers group by 1 order by 1",
            [(0, "5" + "0" * 26 + "249500"), (1, "5" + "0" * 26 + "250000")],
        ),
        ("with a as (select 1 as x) select * from a", [(1,)]),
        (
            "with recursive t as (select 1 as x union all select x + 1 from t) from t limit 2",
            [(1,), (2,)],
        ),
        ("select * from range(2)", [(0,), (1,)]),
        ("select unnest([1, 2])", [(1,), (2,)]),
        ("select [x + 1 for x in [1, 2]]", [([2, 3],)]),
        ("select list_transform([1], lambda x: x + 1)", [([2],)]),
        ("select rank() over (order by name) as r from core.entities qualify r = 1", [(1,)]),
        ("select * exclude (name), columns('na.*') from core.entities limit 1", [("e-0",)]),
        (
            "select table_name from information_schema.tables order by 1",
            [("entities",), ("transfers",)],
        ),
        ("select column_name, column_type from (describe core.entities)", [("name", "VARCHAR")]),
        (
            "show tables",
            [("core.entities", 10, "Who is listed."), ("staged.transfers", None, None)],
        ),
        (
            "show all tables",
            [("core.entities", 10, "Who is listed."), ("staged.transfers", None, None)],
        ),
        ("describe", [("core.entities", 10, "Who is listed."), ("staged.transfers", None, None)]),
        ("describe core.entities", [("name", "VARCHAR", "As published.")]),
        ('desc CORE."entities"', [("name", "VARCHAR", "As published.")]),
        (
            "describe select 1 as x, upper(name) as other, name from core.entities -- all of it;",
            [
                ("x", "INTEGER", None),
                ("other", "VARCHAR", None),
                ("name", "VARCHAR", "As published."),
            ],
        ),
        ("describe staged.transfers", [("seq", "BIGINT", None), ("value", "VARCHAR", None)]),
        ("from (describe select 1 as x)", [("x", "INTEGER", "YES", None, None, None)]),
        ("show tables from core", [("entities",)]),
        ("select name from (show all tables) order by 1", [("entities",), ("transfers",)]),
        ("select key from json_each('{\"a\": 1}')", [("a",)]),
        ("select '''; drop table core.entities; --' as s", [("'; drop table core.entities; --",)]),
        ("select 'read_text(x)' as s", [("read_text(x)",)]),
        ("select count(*) from duckdb_columns() where schema_name = 'core'", [(1,)]),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_question_is_answered(lake: Path, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert asked(lake, sql).rows == rows


def test_a_summary_tells_of_every_column(lake: Path) -> None:
    answer = asked(lake, "summarize staged.transfers")
    assert answer.rows[0][:4] == ("seq", "BIGINT", "0", "999")
    assert answer.columns[:4] == ("column_name", "column_type", "min", "max")


@pytest.mark.parametrize("name", ["core.nothing", "entities", 'core."a""b"', "other.core.entities"])
def test_a_table_that_is_not_there_cannot_be_described(lake: Path, name: str) -> None:
    with pytest.raises(InputRefused, match=r"does not exist|table's name"):
        asked(lake, f"describe {name}")


def test_an_answer_names_its_columns_once_with_their_types(lake: Path) -> None:
    answer = asked(lake, "select 1 as a, 2.50::decimal(9, 2) as a, [1::hugeint] as a_2, null as a")
    assert answer.columns == ("a", "a_2", "a_2_2", "a_3")
    assert answer.types == ("INTEGER", "DECIMAL(9,2)", "HUGEINT[]", "INTEGER")


def test_values_keep_their_digits_and_their_zone(lake: Path) -> None:
    answer = asked(
        lake,
        "select 964033120498098923812345678901234567::hugeint, 0.10::decimal(38, 18),"
        " timestamptz '2025-08-27 16:00:00+02', timestamp '2025-08-27 14:00:00.000001',"
        " date '2025-08-27'",
    )
    assert answer.rows == [
        (
            964033120498098923812345678901234567,
            Decimal("0.100000000000000000"),
            datetime(2025, 8, 27, 14, tzinfo=UTC),
            datetime(2025, 8, 27, 14, 0, 0, 1),  # noqa: DTZ001 DuckDB's plain timestamp
            date(2025, 8, 27),
        )
    ]
    assert str(answer.rows[0][1]) == "0.100000000000000000"


@pytest.mark.parametrize(("rows", "is_cut"), [(9, True), (10, False), (11, False)])
def test_an_answer_says_when_it_is_cut(lake: Path, rows: int, is_cut: bool) -> None:
    answer = asked(lake, "from core.entities", rows=rows)
    assert (len(answer.rows), answer.is_cut) == (min(rows, 10), is_cut)


@pytest.mark.parametrize("depth", [900, 3_000, 60_000])
@pytest.mark.usefixtures("untouched")
def test_a_query_nested_without_end_does_no_harm(lake: Path, depth: int) -> None:
    for nested in ("(" * depth + "1" + ")" * depth, "+".join(["1"] * depth)):
        try:
            asked(lake, f"select {nested}", seconds=5)
        except InputRefused as e:
            assert "SQL" in str(e) or "failed" in str(e)


def test_a_query_that_wants_too_much_memory_fails_alone(lake: Path) -> None:
    with pytest.raises(InputRefused, match="Out of Memory"):
        asked(lake, "select list(range) from range(100000000)", seconds=30)


def test_there_is_no_question_without_a_warehouse(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no warehouse yet; run `flowlake build`"):
        ask(tmp_path / "warehouse.duckdb", "select 1")


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", os.urandom(5_000)])
def test_what_is_no_warehouse_is_said_without_a_traceback(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(content)
    with pytest.raises(LakeError, match="cannot be opened"):
        ask(tmp_path / "warehouse.duckdb", "select 1")


def test_a_warehouse_that_somebody_writes_is_not_waited_for(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    held = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    with pytest.raises(LakeError, match="cannot be opened"):
        ask(tmp_path / "warehouse.duckdb", "select 1")
    held.close()


@pytest.mark.parametrize("kind", ["forged", "empty", "link that leads nowhere"])
def test_a_log_beside_the_warehouse_is_never_replayed(tmp_path: Path, kind: str) -> None:
    warehouse, wal = tmp_path / "warehouse.duckdb", tmp_path / "warehouse.duckdb.wal"
    con = duckdb.connect(str(warehouse))
    con.execute("create table t as select 1 as x; checkpoint")
    con.execute("pragma disable_checkpoint_on_shutdown; insert into t values (666)")
    forged = wal.read_bytes()
    con.close()
    wal.unlink(missing_ok=True)
    if kind == "forged":
        wal.write_bytes(forged)
    elif kind == "empty":
        wal.touch()
    else:
        wal.symlink_to(tmp_path / "nowhere")
    with pytest.raises(LakeError, match="write-ahead log lies beside the warehouse"):
        ask(warehouse, "select * from t")
    wal.unlink()
    assert ask(warehouse, "select * from t").rows == [(1,)]


def test_a_sealed_connection_stays_sealed(lake: Path) -> None:
    with open_sealed(lake / "warehouse.duckdb") as con:
        for sql in (
            "set enable_external_access = true",
            "set lock_configuration = false",
            "reset enable_external_access",
            "install httpfs",
            "create table core.x as select 1",
            f"select * from read_text('{lake / 'secret.txt'}')".replace("lake's", "lake''s"),
        ):
            with pytest.raises(duckdb.Error):
                con.execute(sql)


def test_the_warehouses_own_macros_may_be_asked_and_no_others(lake: Path) -> None:
    assert asked(lake, "select asked from core.designated_on('2022-08-10')").rows == [
        ("2022-08-10",)
    ]
    with pytest.raises(InputRefused, match="may not be read"):
        asked(lake, "select asked from designated_on('2022-08-10')")
