"""Was it designated on a day, and what did we know on another."""

import duckdb
import pytest

from transforms.engine.duckdb import connect
from transforms.engine.macros import create_macros

SNAPSHOTS = ("2022-01-01", "2022-01-05", "2022-01-10", "2022-01-20", "2022-01-25")
# period, listed_from, listed_to, basis of the end, and the days (of January 2022) of the
# snapshots that first and last hold it, first tell its beginning, and tell its end
LISTINGS = {
    "gone by the 20th": (1, "2022-01-05", "2022-01-20", "snapshot", 5, 10, 5, 20),
    "stated to be older": (1, "2021-06-01", None, None, 5, 25, 5, None),
    "told later to be older": (1, "2021-06-01", None, None, 5, 25, 20, None),
    "there again": (2, "2022-01-25", None, None, 25, 25, 25, None),
    "ended before": (1, "2021-01-01", "2021-12-01", "published", 1, 1, 1, 1),
    # The 20th held a part of the list, or of the party's addresses.
    "shown late to be gone": (1, "2022-01-01", "2022-01-25", "snapshot", 1, 10, 1, 25),
}
STATES = (
    ("gone by the 20th", "CYBER2", "2022-01-05", "2022-01-05"),
    ("gone by the 20th", "CYBER2; DPRK3", "2022-01-10", "2022-01-10"),
    ("stated to be older", "CUBA", "2022-01-05", "2022-01-25"),
    ("told later to be older", "CUBA", "2022-01-05", "2022-01-25"),
    ("shown late to be gone", "IRGC", "2022-01-01", "2022-01-10"),
    ("there again", "IRAN", "2022-01-25", "2022-01-25"),
    ("ended before", "SYRIA", "2022-01-01", "2022-01-01"),
)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = connect()
    con.execute("create schema core")
    con.execute("create table core.list_snapshots (source varchar, snapshot_date date)")
    con.executemany("insert into core.list_snapshots values ('l', ?)", [[d] for d in SNAPSHOTS])
    con.execute(
        "create table core.designations (entity_id varchar, source varchar, party_id varchar,"
        " period bigint, listed_from date, listed_to date, to_basis varchar, first_seen date,"
        " last_seen date, from_seen date, end_seen date, from_basis varchar)"
    )
    con.execute(
        "create table core.party_states (source varchar, party_id varchar, name varchar,"
        " entity_type varchar, programs varchar, first_seen date, last_seen date)"
    )
    con.execute(
        "create table core.entity_wallets (entity_id varchar, source varchar, party_id varchar,"
        " chain varchar, ticker varchar, address varchar, listed_from date, listed_to date,"
        " to_basis varchar, first_seen date, last_seen date, from_seen date, end_seen date,"
        " from_basis varchar)"
    )
    for party, (period, *said, first, last, since, end) in LISTINGS.items():
        seen = [d and f"2022-01-{d:02}" for d in (first, last, since, end)]
        con.execute(
            "insert into core.designations values"
            " ('e', 'l', ?, ?, ?, ?, ?, ?, ?, ?, ?, 'published')",
            [party, period, *said, *seen],
        )
        con.execute(
            "insert into core.entity_wallets values"
            " ('e', 'l', ?, 'bitcoin', 'XBT', ?, ?, ?, ?, ?, ?, ?, ?, 'published')",
            [party, f"address of {party}", *said, *seen],
        )
    for party, programs, first, last in STATES:
        con.execute(
            "insert into core.party_states values ('l', ?, ?, 'person', ?, ?, ?)",
            [party, party.upper(), programs, first, last],
        )
    create_macros(con)
    return con


@pytest.mark.parametrize(
    ("party", "on_day", "known_on", "expected"),
    [
        ("gone by the 20th", "2022-01-04", None, None),
        ("gone by the 20th", "2022-01-05", None, ("CYBER2", "2022-01-20")),
        ("gone by the 20th", "2022-01-12", None, ("CYBER2; DPRK3", "2022-01-20")),
        # The day of the end is the first without it.
        ("gone by the 20th", "2022-01-19", None, ("CYBER2; DPRK3", "2022-01-20")),
        ("gone by the 20th", "2022-01-20", None, None),
        # On the 12th nobody knew of the end, on the 4th not even of the listing.
        ("gone by the 20th", "2022-01-20", "2022-01-12", ("CYBER2; DPRK3", None)),
        ("gone by the 20th", "2022-01-20", "2022-01-07", ("CYBER2", None)),
        ("gone by the 20th", "2022-01-20", "2022-01-04", None),
        # A published day reaches back beyond the first sighting, once that was made.
        ("stated to be older", "2021-07-01", None, ("CUBA", None)),
        ("stated to be older", "2021-07-01", "2022-01-04", None),
        ("stated to be older", "2021-05-31", None, None),
        ("told later to be older", "2021-07-01", None, ("CUBA", None)),
        ("told later to be older", "2021-07-01", "2022-01-19", None),
        ("told later to be older", "2022-01-05", "2022-01-19", ("CUBA", None)),
        ("shown late to be gone", "2022-01-20", None, ("IRGC", "2022-01-25")),
        ("shown late to be gone", "2022-01-26", "2022-01-20", ("IRGC", None)),
        ("shown late to be gone", "2022-01-26", "2022-01-25", None),
        ("there again", "2022-01-24", None, None),
        ("there again", "2030-01-01", None, ("IRAN", None)),
        ("ended before", "2021-06-01", "2022-01-01", ("SYRIA", "2021-12-01")),
        ("ended before", "2021-06-01", "2022-01-05", ("SYRIA", "2021-12-01")),
        ("ended before", "2022-06-01", None, None),
    ],
)
def test_a_listing_is_told_as_of_a_day_and_as_known_on_another(
    con: duckdb.DuckDBPyConnection,
    party: str,
    on_day: str,
    known_on: str | None,
    expected: tuple[str, str | None] | None,
) -> None:
    known = f", known_on := '{known_on}'" if known_on else ""
    found = con.execute(
        "select programs, cast(listed_to as varchar) from"
        f" core.designated_on('{on_day}'{known}) where party_id = ?",
        [party],
    ).fetchall()
    assert found == ([expected] if expected else [])
    wallets = con.execute(
        "select cast(listed_to as varchar) from"
        f" core.wallets_designated_on('{on_day}'{known}) where address = ?",
        [f"address of {party}"],
    ).fetchall()
    assert wallets == ([(expected[1],)] if expected else [])
