"""A warehouse begins with tables of the one before it, and with nothing that is not proved."""

import json
from collections.abc import Mapping, Sequence

import pytest

from transforms.lake import carry
from transforms.lake.storage import Storage
from transforms.lake.warehouse import WAREHOUSE, Aside, build_aside, publish_warehouse

HELD = {"core.addresses": ["a.parquet"], "core.transfer_edges": ["b.parquet", "c.parquet"]}
RECORD = "_flowlake/carried.json"


def fill(aside: Aside) -> None:
    """Two tables that can be carried, and one of everything else a warehouse has."""
    con = aside.con
    for schema in ("core", "marts"):
        con.execute(f"create schema if not exists {schema}")
    con.execute("create table core.addresses as select range as address_id from range(5)")
    con.execute("create table core.transfer_edges as select range as seq from range(7)")
    con.execute("create table core.entities as select 1 as entity_id")
    con.execute("create table marts.addresses as select 1 as n")
    con.execute("create view core.seen as select * from core.entities")
    con.execute("create macro core.twice(x) as 2 * x")
    con.execute("create macro core.seen_on(day) as table select * from core.entities")


def publish(lake: Storage, held: Mapping[str, Sequence[str]] = HELD) -> None:
    with build_aside(lake) as aside:
        fill(aside)
        carry.remember(lake, publish_warehouse(lake, aside).sha256, held)


def begun_with(lake: Storage) -> Mapping[str, Sequence[str]]:
    """What the next warehouse holds; it is filled and thrown away."""
    with build_aside(lake, is_carried=True) as aside:
        names = aside.con.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'warehouse' order by all"
        ).fetchall()
        assert [name for (name,) in names] == sorted(aside.held)
        if not aside.held:
            fill(aside)
        return aside.held


def test_a_warehouse_begins_with_these_tables_alone(lake: Storage) -> None:
    publish(lake)
    with build_aside(lake, is_carried=True) as aside:
        con = aside.con
        assert aside.held == HELD
        assert con.sql("select count(*) from core.addresses").fetchall() == [(5,)]
        left = con.execute(
            "select count(*) from (select view_name from duckdb_views() where not internal and"
            " database_name = 'warehouse' union all select function_name from duckdb_functions()"
            " where not internal and database_name = 'warehouse')"
        ).fetchall()
        assert left == [(0,)]
        con.execute("insert into core.addresses values (5)")
        con.execute("create table core.entities as select 2 as entity_id")
        published = publish_warehouse(lake, aside)
    assert published.tables == {
        "core.addresses": 6,
        "core.entities": 1,
        "core.transfer_edges": 7,
    }


def test_a_build_that_does_not_ask_for_it_begins_with_nothing(lake: Storage) -> None:
    publish(lake)
    with build_aside(lake) as aside:
        assert aside.held == {}
        fill(aside)  # no table is there yet


def test_nothing_is_carried_over_from_a_file_that_is_not_the_recorded_one(lake: Storage) -> None:
    publish(lake)
    assert lake.root is not None
    path = lake.root / WAREHOUSE
    path.chmod(0o644)
    with path.open("r+b") as f:
        f.seek(-100, 2)
        f.write(b"rotten")
    assert begun_with(lake) == {}


@pytest.mark.parametrize(
    "record",
    ["", "[]", "null", '{"sha256": "0"}', '{"sha256": "0", "tables": {"core.nothing": {}}}'],
)
def test_a_damaged_record_is_no_record(lake: Storage, record: str) -> None:
    publish(lake)
    lake.write_bytes(RECORD, record.encode())
    assert begun_with(lake) == {}


def test_a_table_of_other_columns_is_loaded_again(lake: Storage) -> None:
    publish(lake)
    record = json.loads(lake.read_bytes(RECORD))
    record["tables"]["core.addresses"]["columns"] = "others"
    lake.write_bytes(RECORD, json.dumps(record).encode())
    assert begun_with(lake) == {}


def test_a_warehouse_that_holds_nothing_to_begin_with_is_forgotten(lake: Storage) -> None:
    publish(lake)
    publish(lake, {})
    assert not lake.exists(RECORD)
    assert begun_with(lake) == {}


def test_a_warehouse_in_a_bucket_is_not_fetched_for_it(s3_lake: Storage) -> None:
    publish(s3_lake)
    assert not s3_lake.exists(RECORD)
    assert begun_with(s3_lake) == {}
