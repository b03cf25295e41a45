"""What is extended equals what a build from nothing makes, and only what must is built."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.checks import check, day
from tests.parts.given import SMALL, Lake, lakes, transfer
from transforms.lake import delta
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.parts import extend
from transforms.parts.days import PATTERNS
from transforms.parts.degrees import DEGREES
from transforms.parts.extend import Limits
from transforms.parts.graph import ADDRESSES, EDGES
from transforms.parts.shelf import Shelf
from transforms.parts.stretches import CELL


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return next(lakes(tmp_path))


def test_a_day_more_builds_its_own_parts_only(lake: Lake) -> None:
    lake.stage("staged.transfers", "d0", day(0))
    lake.stage("staged.transfers", "d1", day(1))
    first = check(lake)
    assert len(first) > 4
    lake.stage("staged.transfers", "d2", day(2))
    second = check(lake)
    assert min(s.first for s in second) == 16 * CELL
    assert second.isdisjoint(first)
    assert lake.extend().built == set()


@pytest.mark.slow
def test_a_lake_in_a_bucket_is_extended_as_one_on_a_disk(s3_lake: Storage, tmp_path: Path) -> None:
    lake = Lake(tmp_path, bucket=s3_lake)
    lake.stage("staged.transfers", "d0", day(0))
    first = check(lake)
    lake.stage("staged.transfers", "d1", day(1))
    assert check(lake).isdisjoint(first)
    lake.stage("staged.transfers", "d1", day(1)[:6])
    check(lake)
    made = lake.extend()
    assert made.built == set()
    assert (made.moved.made, made.degrees.counted, made.days.made) == ([], set(), [])
    assert verify(s3_lake) == []


def test_rows_without_a_block_stand_beside_those_with_one(lake: Lake) -> None:
    without = [transfer(None, None, n, position_basis="file", value=n) for n in range(3)]
    lake.stage("staged.transfers", "d0", day(0)[:4])
    lake.stage("staged.transfers", "book", without)
    made = lake.extend()
    assert len(lake.rows(made)) == 4 + 3
    lake.publish(made)
    lake.stage("staged.transfers", "d1", day(1)[:4])
    check(lake)
    assert len(lake.rows(lake.extend())) == 8 + 3


def test_a_block_may_have_the_number_of_a_second(lake: Lake) -> None:
    """As Arbitrum's do, whose blocks of 2025 are counted as the seconds of 2021 since 2009."""
    alike = (date(2025, 1, 1) - date(2009, 1, 3)) // timedelta(seconds=1)
    without = [transfer(None, None, n, position_basis="file", value=n) for n in range(3)]
    lake.stage("staged.transfers", "d0", [transfer(alike, "0xalike", p) for p in range(3)])
    lake.stage("staged.transfers", "book", without)
    check(lake)
    made = lake.extend()
    assert len({row[0] for row in lake.rows(made)}) == len(lake.rows(made, EDGES)) == 6


@pytest.mark.slow
def test_a_late_day_and_one_that_goes_build_what_they_reach(lake: Lake) -> None:
    for number in (0, 2, 3):
        lake.stage("staged.transfers", f"d{number}", day(number))
    check(lake)
    lake.stage("staged.transfers", "d1", day(1))
    late = check(lake)
    assert {s.first // (8 * CELL) for s in late} == {1}
    lake.stage("staged.transfers", "d3", [])
    assert check(lake) == set()
    lake.stage("staged.transfers", "d0", day(0)[:-2])
    assert {s.first // (8 * CELL) for s in check(lake)} == {0}


def test_a_day_more_looks_into_its_own_files_and_days(lake: Lake) -> None:
    for number in (0, 1, 2):
        rows = day(number)
        later = timedelta(days=number)
        moved = [{**r, "block_timestamp": r["block_timestamp"] + later} for r in rows]
        lake.stage("staged.transfers", f"d{number}", moved)
        if number:
            check(lake)
    made = lake.extend()
    assert (made.moved.made, made.degrees.counted, made.days.made) == ([], set(), [])
    assert made.graph.made == []
    lake.stage("staged.transfers", "d3", [transfer(40 * CELL, "0xlate", 0)])
    made = lake.extend()
    assert len(made.moved.made) == 1
    assert len(made.degrees.counted) == len(made.graph.made) == len(made.built)
    assert made.days.made == [("ethereum", "2025-01-01")]


def test_parts_may_lie_apart_by_less_than_a_transaction_may_move(lake: Lake) -> None:
    for first in (22 * CELL, 40 * CELL):
        rows = [transfer(first + n, f"0x{first + n}", p) for n in range(8) for p in (0, 1)]
        lake.stage("staged.transfers", f"d{first}", rows)
        check(lake)


def test_patterns_and_hubs_are_found_across_parts_and_go_with_their_transfers(
    tmp_path: Path,
) -> None:
    lake = next(lakes(tmp_path))
    lake.limits = Limits(part_rows=400, chunk_rows=900, held_rows=1_000_000)
    for number in (0, 1):
        rows = [
            transfer(600 * number + n, f"0x{number}{n}", 0, from_address=f"0xf{number}{n}")
            for n in range(600)
        ]
        lake.stage("staged.transfers", f"d{number}", rows)
        check(lake)
    made = lake.extend()
    assert lake.rows(made, DEGREES) == [(lake.numbers["ethereum", "0xbbbb"], 1200)]
    assert [row[0] for row in lake.rows(made, PATTERNS)] == ["fan_in"]
    lake.stage("staged.transfers", "d1", [])
    check(lake)
    made = lake.extend()
    assert lake.rows(made, DEGREES) == []
    assert [row[4] for row in lake.rows(made, PATTERNS)] == [600]


def test_a_payment_of_an_earlier_day_is_found_where_a_later_one_imitates_it(lake: Lake) -> None:
    real, alike = f"0x1234{'b' * 32}5678", f"0x1234{'c' * 32}5678"
    lake.stage("staged.transfers", "d0", [*day(0), transfer(9, "0xpaid", 0, to_address=real)])
    check(lake)
    other = f"0x9999{'c' * 32}5678"
    lake.stage(
        "staged.transfers",
        "d1",
        [
            transfer(200 * CELL + n, f"0xbait{n}", 0, value=0, to_address=to)
            for n, to in enumerate((real, alike, other))
        ],
    )
    check(lake)
    suspects = "select transaction_hash from core.transfers where is_poisoning_suspect"
    assert lake.extend().db.con.execute(suspects).fetchall() == [("0xbait1",)]
    for entry in list(lake.storage.list("_flowlake")):
        lake.storage.delete(entry.rel)
    assert lake.extend().db.con.execute(suspects).fetchall() == [("0xbait1",)]


@pytest.mark.slow
def test_numbers_that_a_rollback_took_are_nobodys_until_they_are_given_again(lake: Lake) -> None:
    for number, sender in enumerate(("0xaaaa", "0xcccc")):
        rows = [{**row, "from_address": sender} for row in day(number)]
        lake.stage("staged.transfers", f"d{number}", rows)
        check(lake)
    assert delta.version(lake.storage, ADDRESSES) == 1
    delta.rollback(lake.storage, ADDRESSES, 0)
    lake.numbers = {key: n for key, n in lake.numbers.items() if key[1] != "0xcccc"}
    rows = [{**row, "from_address": "0xabcd"} for row in day(2)]
    lake.stage("staged.transfers", "d2", rows)
    check(lake)
    lake.numbers = {}
    check(lake)


@pytest.mark.slow
def test_what_is_said_of_assets_and_prices_reaches_the_parts_that_use_them(lake: Lake) -> None:
    lake.stage("staged.transfers", "d0", day(0))
    other = {"asset": "ethereum:0xu", "contract": "0xu"}
    lake.stage("staged.transfers", "d1", [{**row, **other} for row in day(1)])
    check(lake)
    token = {"chain": "ethereum", "contract": "0xu", "symbol": "U", "asset_basis": "export"}
    lake.stage("staged.assets", "a", [{**token, "asset": "ethereum:0xu", "decimals": 0}])
    assert {s.first // (8 * CELL) for s in check(lake)} == {1}
    price = {"asset": "ethereum:0xu", "price_usd": 2}
    lake.stage("staged.asset_prices", "p", [{**price, "price_date": date(2025, 1, 1)}])
    assert {s.first // (8 * CELL) for s in check(lake)} == {1}
    lake.stage("staged.asset_prices", "q", [{**price, "price_date": date(2025, 1, 2)}])
    assert check(lake) == set()


@pytest.mark.slow
def test_a_payment_makes_bait_of_later_transfers_in_other_parts(lake: Lake) -> None:
    real, alike = f"0x1234{'b' * 32}5678", f"0x1234{'c' * 32}5678"
    bait = transfer(200 * CELL, "0xbait", 0, value=0, to_address=alike)
    lake.stage("staged.transfers", "d0", [*day(0), *day(24), bait])
    check(lake)
    lake.stage("staged.transfers", "paid", [transfer(100 * CELL, "0xpaid", 0, to_address=real)])
    found = check(lake)
    assert any(s.first <= 200 * CELL <= s.last for s in found)
    made = lake.extend()
    suspects = made.db.con.execute(
        "select transaction_hash from core.transfers where is_poisoning_suspect"
    ).fetchall()
    assert suspects == [("0xbait",)]
    lake.stage("staged.transfers", "paid", [])
    check(lake)
    assert not any(row[-5] is True for row in lake.rows(lake.extend()) if row[7] == "0xbait")


def test_a_transaction_on_both_sides_of_an_edge_counts_once(lake: Lake) -> None:
    lake.stage("staged.transfers", "d0", day(0))
    check(lake)
    edge = 4 * CELL
    lake.stage("staged.transfers", "x", [transfer(edge - 1, "0xmoved", 0)])
    lake.stage("staged.transfers", "y", [transfer(edge, "0xmoved", 0)])
    check(lake)
    moved = [row for row in lake.rows(lake.extend()) if row[7] == "0xmoved"]
    assert len(moved) == 1
    lake.stage("staged.transfers", "y", [])
    check(lake)


@pytest.mark.slow
def test_a_build_that_dies_between_two_steps_is_made_up_for(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each table's commit, before the memory of it is written."""
    lake.stage("staged.transfers", "d0", day(0))
    check(lake)
    for survived in (0, 1, 2):
        lake.stage("staged.transfers", f"n{survived}", day(1 + survived))
        made = lake.extend()
        steps = iter([Shelf.publish] * survived)

        def dying(*arguments: Any, steps: Iterator[Any] = steps) -> None:
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step(*arguments)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Shelf, "publish", dying)
            patch.setattr(extend, "write_state", dying)
            lake.publish(made)
        check(lake)
    state = lake.folder / "lake" / "_flowlake" / "transfers.parquet"
    state.write_bytes(state.read_bytes()[:100])
    whole = lake.extend()
    assert len(whole.built) == len(lake.extend(is_forced=True).built)
    assert verify(lake.storage) == []


def test_a_large_table_is_a_view_of_what_was_published(tmp_path: Path) -> None:
    lake = next(lakes(tmp_path))
    lake.limits = replace(SMALL, held_rows=3)
    lake.stage("staged.transfers", "d0", day(0))
    made = lake.extend()
    before = lake.rows(made)
    lake.publish(made)
    for aside in lake.folder.glob("aside-*"):
        shutil.rmtree(aside)
    assert lake.rows(made) == before
    views = made.db.con.execute("select view_name from duckdb_views() where not internal")
    assert ("transfers",) in views.fetchall()
    assert verify(lake.storage) == []


CHANGES = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.integers(0, 12 * CELL)),
                st.integers(0, 30),
                st.integers(0, 1),
                st.integers(0, 2),
                st.sampled_from(("log", "log", "column", "file")),
                st.sampled_from(("", "", "0xh1", "0xh2")),
            ),
            max_size=14,
        ),
    ),
    min_size=2,
    max_size=5,
)


@pytest.mark.slow
@settings(max_examples=6)
@given(CHANGES)
def test_batches_that_come_and_go_leave_what_a_new_build_makes(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, list[Any]]]
) -> None:
    lake = next(lakes(tmp_path_factory.mktemp("lake")))
    for batch, rows in changes:
        found = [
            transfer(
                block,
                f"0x{tx}" if tx < 29 else None,
                position,
                value=value,
                position_basis=basis,
                block_hash=block_hash or None,
                to_address=f"0x1234{'bc'[position]}5678",
            )
            for block, tx, position, value, basis, block_hash in rows
        ]
        lake.stage("staged.transfers", batch, found)
        check(lake)
