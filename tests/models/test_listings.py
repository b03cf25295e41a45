"""Snapshots in any order give one history, and it is what an independent reading of them gives."""

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import listings as oracle
from tests.models.given import MODELS, make
from tests.models.listings import Row, Snapshot
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.macros import create_macros
from transforms.schemas import table

PARTIES = ("a", "b", "c")
DAY_ONE = date(2024, 1, 10)
LISTED = (None, date(2020, 1, 1), date(2024, 1, 8), date(2024, 1, 12), date(2024, 1, 15))
TABLES = (
    *("core.list_snapshots", "core.designations", "core.party_states"),
    *("core.party_versions", "core.entity_wallets", "marts.designation_changes"),
)
STAGED = ("staged.designations", "staged.designation_names", "staged.designation_wallets")

wallets = st.frozensets(st.sampled_from(("0xaa", "0xbb")))
listed = st.builds(
    Row,
    programs=st.sampled_from(("P", "P; Q")),
    listed_on=st.sampled_from(LISTED),
    listed_by=st.sampled_from(LISTED),
    wallets=wallets,
    has_all_wallets=st.sampled_from((True, True, False)),
)


@st.composite
def lists(draw: st.DrawFn) -> list[Snapshot]:
    """One list's snapshots. A party's day of delisting stays the same wherever it is stated."""
    days = draw(st.lists(st.integers(0, 9), min_size=1, max_size=7, unique=True))
    ends = {p: draw(st.sampled_from((None, None, *LISTED[1:]))) for p in PARTIES}
    found = []
    for day in sorted(days):
        rows = {}
        for party in PARTIES:
            row = draw(st.one_of(st.none(), listed, listed))
            if row and ends[party] and draw(st.booleans()):
                row = Row(row.programs, row.listed_on, row.listed_by, ends[party], row.wallets)
            if row:
                rows[party] = row
        if rows:  # a snapshot without a party is no list
            is_whole = draw(st.sampled_from((True, True, True, False)))
            found.append(Snapshot(DAY_ONE + timedelta(days=day), rows, is_whole))
    return found


def staged(history: Sequence[tuple[str, Snapshot]]) -> dict[str, pa.Table]:
    """Rows of the staged tables, in the order of the snapshots given."""
    parties, names, addresses = [], [], []
    for source, s in history:
        for party, row in s.rows.items():
            of_row = {
                "source": source,
                "snapshot_date": s.day,
                "party_id": party,
                "raw_sha256": f"{source} {s.day}",
                "record_id": party,
            }
            said = ("programs", "listed_on", "listed_by", "delisted_on")
            parties.append(
                of_row
                | {c: getattr(row, c) for c in said}
                | {"name": party.upper(), "entity_type": "person"}
                | {"is_wallet_set_complete": row.has_all_wallets, "is_list_complete": s.is_whole}
            )
            names.append(of_row | {"name": party, "name_type": "primary", "is_weak": False})
            addresses += [
                of_row | {"ticker": "ETH", "address": w, "address_as_published": w}
                for w in row.wallets
            ]
    rows = zip(STAGED, (parties, names, addresses), strict=True)
    return {name: pa.Table.from_pylist(found, table(name).arrow) for name, found in rows}


def build(
    engine: DuckDBEngine, history: Sequence[tuple[str, Snapshot]]
) -> dict[str, list[tuple[object, ...]]]:
    """The tables that tell the history."""
    con = engine.con
    for name, rows in staged(history).items():
        con.register("given", rows)
        con.execute(f"create or replace table {name} as select * from given")
    con.execute(
        "create or replace table core.entity_parties as select distinct source, party_id,"
        " source || party_id as entity_id, 'party' as entity_basis from staged.designations"
    )
    found = {}
    for name in TABLES:
        make(engine, MODELS[name])
        found[name] = con.execute(f"select * from {name}").fetchall()
    create_macros(con)
    return found


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    made = DuckDBEngine(connect())
    made.prepare()
    return made


def as_of(
    con: duckdb.DuckDBPyConnection, what: str, columns: str, on_day: date, known_on: date
) -> list[tuple[object, ...]]:
    return con.execute(
        f"select source, {columns} from core.{what}('{on_day}', known_on := '{known_on}')"
    ).fetchall()


def compare(engine: DuckDBEngine, data: st.DataObject, number: int) -> None:
    """Draw some lists and compare them with the oracle, in two orders."""
    drawn = {f"list {i}": data.draw(lists()) for i in range(number)}
    history = [(source, s) for source, snapshots in drawn.items() for s in snapshots]
    shuffled = data.draw(st.permutations(history))
    in_order = build(engine, history)
    assert build(engine, shuffled) == in_order

    days = st.integers(-3, 12).map(lambda n: DAY_ONE + timedelta(days=n))
    for on_day, known_on in data.draw(st.lists(st.tuples(days, days), min_size=3, max_size=3)):
        columns = "party_id, programs, listed_from, listed_to, from_basis"
        found = as_of(engine.con, "designated_on", columns, on_day, known_on)
        assert sorted(found, key=repr) == sorted(
            (
                (source, *row)
                for source, snapshots in drawn.items()
                for row in oracle.designated_on(snapshots, on_day, known_on, PARTIES)
            ),
            key=repr,
        ), (on_day, known_on)
        columns = "party_id, address, listed_from, listed_to"
        found = as_of(engine.con, "wallets_designated_on", columns, on_day, known_on)
        assert sorted(found, key=repr) == sorted(
            (
                (source, *row)
                for source, snapshots in drawn.items()
                for row in oracle.wallets_designated_on(snapshots, on_day, known_on, PARTIES)
            ),
            key=repr,
        ), (on_day, known_on)


@settings(max_examples=5)
@given(data=st.data())
def test_any_order_gives_one_history_and_as_of_views_tell_what_was_known(
    engine: DuckDBEngine, data: st.DataObject
) -> None:
    compare(engine, data, 4)


@pytest.mark.slow
@settings(max_examples=150)
@given(data=st.data())
def test_of_very_many_histories_each_is_told_as_the_oracle_tells_it(
    engine: DuckDBEngine, data: st.DataObject
) -> None:
    compare(engine, data, 3)
