"""Reach in SQL against the ledger's single pass, and the ledger over what the reach selects."""

from dataclasses import fields
from importlib.resources import files

import duckdb
import plain_ledger
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from log_strategies import ZERO, scenes, to_table
from plain_ledger import Row

from transforms.tracing.ledger import POLICIES, SEED_FUNDS, Trace, trace, trace_all
from transforms.tracing.reach import query, reach
from transforms.tracing.restrict import restrict, restrict_relation

QUERIES = ["reach_seeds", "reach_expand", "reach_frontier", "restrict"]


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


def load(con, rows, seeds, services):
    for name, numbers in (("seeds", seeds), ("services", services)):
        given = pa.table({"address_id": pa.array(sorted(numbers), pa.int64())})
        con.register("given_addresses", given)
        con.execute(f"create or replace table {name} as select * from given_addresses")
    log = to_table(rows)
    con.register("log", log)
    con.execute(
        "create or replace table transfers as select *, value <> '0' and not is_fee"
        f" and to_id is not null and to_id <> {ZERO} as is_positive from log"
    )
    return log


def run(con, max_hops=None):
    found = reach(con, "transfers", "seeds", "services", max_hops)
    return con.execute(f"select address_id, hop, arrival_seq from {found}").fetchall()


def present(scene):
    """Seeds that occur: a seed without any transfer is in no ledger."""
    seen = {address for row in scene.rows for address in (row.from_id, row.to_id)}
    return (set(scene.seeds) & seen) - {ZERO}


@given(scene=scenes())
@settings(max_examples=30)
def test_without_a_hop_limit_it_is_the_reach_of_the_ledger(con, scene):
    load(con, scene.rows, present(scene), scene.services)
    earliest = {}
    for address, _, arrival in run(con):
        earliest[address] = min(earliest.get(address) or 10**9, arrival or -1)
    ledger = trace(scene.table(), scene.seeds, scene.services, "poison", zero_id=ZERO)
    passed = {r["address_id"]: r["arrival_seq"] for r in ledger.addresses.to_pylist()}
    assert {a: None if seq == -1 else seq for a, seq in earliest.items()} == passed


def by_enumeration(rows, seeds, services, max_hops):
    """Earliest arrival per address and number of hops, hop by hop over all rows."""
    arrival = {(a, 0): -1 for a in seeds if a not in services}
    for hop in range(1, max_hops + 1):
        for row in rows:
            before = arrival.get((row.from_id, hop - 1), 10**9)
            usable = row.value > 0 and not row.is_fee and row.to_id not in {None, ZERO}
            if usable and row.from_id not in services and row.seq > before:
                key = row.to_id, hop
                arrival[key] = min(row.seq, arrival.get(key, row.seq))
    return arrival


@given(scene=scenes(), max_hops=st.integers(0, 4))
@settings(max_examples=30)
def test_with_a_hop_limit_it_keeps_the_earliest_arrival_per_address_and_hop(con, scene, max_hops):
    seeds = present(scene)
    load(con, scene.rows, seeds, scene.services)
    found = {(a, hop): -1 if seq is None else seq for a, hop, seq in run(con, max_hops)}
    every = by_enumeration(scene.rows, seeds, scene.services, max_hops)
    improving = {
        (a, hop): seq
        for (a, hop), seq in every.items()
        if all(seq < every.get((a, fewer), 10**9) for fewer in range(hop))
    }
    assert found == improving


def test_a_later_way_over_more_hops_that_arrives_earlier_is_not_lost(con):
    rows = [Row(1, 1, 2, 5), Row(2, 2, 3, 5), Row(3, 3, 4, 5), Row(4, 1, 3, 5)]
    load(con, rows, [1], [])
    assert sorted(run(con), key=str) == sorted(
        [(1, 0, None), (2, 1, 1), (3, 1, 4), (3, 2, 2), (4, 3, 3)], key=str
    )


@pytest.mark.parametrize("name", QUERIES)
def test_each_query_is_one_select_that_spark_reads_too(name):
    text = query(name)
    assert text.startswith("-- One row per ")
    (statement,) = sqlglot.parse(text, read="duckdb")
    assert isinstance(statement, sqlglot.exp.Select)
    spark = statement.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(sqlglot.parse_one(spark, read="spark"), sqlglot.exp.Select)


def test_every_query_file_is_listed_here():
    folder = files("transforms.tracing").joinpath("sql")
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{q}.sql" for q in QUERIES)


@pytest.mark.parametrize("seed_funds", SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=30)
def test_the_ledger_over_the_reach_is_the_ledger_over_the_whole_log(con, seed_funds, scene):
    whole = trace_all(
        scene.table(), scene.seeds, scene.services, POLICIES, seed_funds, zero_id=ZERO
    )
    reached = whole["poison"].addresses["address_id"].to_pylist()
    part = restrict(scene.table(), reached, scene.services)
    log = load(con, scene.rows, present(scene), scene.services)
    found = reach(con, "transfers", "seeds", "services")
    relation = restrict_relation(con, "transfers", found, "services")
    assert part == con.sql(f"select * from {relation} order by seq").to_arrow_table()
    assert log.schema == part.schema
    restricted = trace_all(part, scene.seeds, scene.services, POLICIES, seed_funds, zero_id=ZERO)
    for policy, result in restricted.items():
        for name in {field.name for field in fields(Trace)} - {"clean_opening"}:
            assert getattr(result, name) == getattr(whole[policy], name), (policy, name)


@given(scene=scenes())
@settings(max_examples=30)
def test_a_restriction_keeps_the_openings_of_reached_addresses_only(scene):
    ledger = trace(scene.table(), scene.seeds, scene.services, "fifo", zero_id=ZERO)
    openings = plain_ledger.openings(scene.rows, scene.services, ZERO)
    clean = {r["address_id"] for r in ledger.addresses.to_pylist() if not r["is_seed"]}
    assert ledger.clean_opening_reached == sum(openings.get(a, 0) for a in clean)


@pytest.mark.parametrize(
    ("rows", "whole", "part"),
    [
        # 6 opened with the 10 that 5 passes on to 7, 5 with the 10 it pays to the reached 2.
        ([Row(1, 1, 2, 1), Row(2, 6, 5, 10), Row(3, 5, 7, 10), Row(4, 5, 2, 10)], 20, 10),
        # 5 got its 10 from the exchange 9: the whole log knows, the restricted one does not.
        ([Row(1, 1, 2, 1), Row(2, 9, 5, 10), Row(3, 5, 2, 10)], 0, 10),
    ],
)
def test_the_clean_opening_of_a_restriction_says_nothing_about_the_whole_log(rows, whole, part):
    log = to_table(rows)
    restricted = restrict(log, [1, 2], [9])
    results = [trace(table, {1: 1}, [9], "fifo") for table in (log, restricted)]
    assert [result.clean_opening for result in results] == [whole, part]
    assert [result.clean_opening_reached for result in results] == [0, 0]
