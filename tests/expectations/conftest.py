"""Rows that keep every expectation, and a lake of them in files or in a DuckDB connection."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.structure import SETS
from transforms.schemas import TABLES, Column, Kind

Rows = Sequence[Mapping[str, Any]]
ROWS = 3
# Every row of it is a warning.
EMPTY = frozenset({"core.transfer_conflicts"})


def address(n: int) -> str:
    return f"0x{n:040x}"


@cache
def own_values(n: int) -> Mapping[str, Any]:
    """Values of row ``n`` (from 0) for columns that have a form or depend on each other."""
    at = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(seconds=12 * n)
    return {
        "address": address(0xA00 + n),
        "address_as_published": address(0xA00 + n),
        "address_id": n,
        "addresses": [address(0xB00 + n), address(0xC00 + n)],
        "article_id": f"{n:016x}",
        "asset": "ethereum:eth",
        "block_date": at.date(),
        "block_number": 17_000_000 + n,
        "block_timestamp": at,
        "body": f"Text {n}.",
        "chain": "ethereum",
        "change": "listed",
        "changed_on": date(2024, 1, 2),
        "contract": None,
        "date_from": date(1970, 1, 1),
        "date_to": date(1970, 1, 1),
        "days_from_event": n,
        "decimals": 18,
        "from_address": address(0xD00 + n),
        "has_wide_value": False,
        "hop": 1,
        "hops": 1,
        "is_designated": False,
        "is_wallet_set_complete": True,
        "listed_from": date(2022, 1, 1),
        "listed_to": date(2023, 1, 1),
        "month": date(2024, 1, 1),
        "origin_address": address(0xB00 + n),
        "path_id": f"{n:016x}",
        "period": 1,
        "position": n,
        "previous_on": date(2024, 1, 1),
        "programs": "DPRK2; DPRK3",
        "published_at": at,
        "published_precision": "second",
        "raw_sha256": "ab" * 32,
        "receipts": 1,
        "record_id": f"file.csv:{n}",
        "rows_read": 10,
        "rows_rejected": 0,
        "rows_staged": 10,
        "score": 90,
        "seq": n,
        "service": address(0xC00 + n),
        "share_tainted": Decimal("0.5"),
        "snapshot_date": date(2024, 1, 2),
        "span_end": 7,
        "span_start": 0,
        "surface": "Chinyon",
        "tainted": "10",
        "text_sha256": hashlib.sha256(f"Text {n}.".encode()).hexdigest(),
        "ticker": "ETH",
        "to_address": address(0xC00 + n),
        "total_supply": "1000000",
        "transaction_hash": f"0x{n:064x}",
        "transaction_hashes": [f"0x{n:064x}"],
        "unpriced_transfers": 0,
        "value": "1000",
        "value_d38": Decimal(1000),
        "warnings": "{}",
    }


def value(column: Column, n: int) -> Any:
    """A value of row ``n``: the column's own, else the first of its set or kind."""
    own = own_values(n)
    if column.name in own:
        return own[column.name]
    if column.name in SETS:
        return SETS[column.name][0]
    if column.name.endswith("entity_id"):
        return f"entity-{n}"
    same = ("source", "batch", "to_name", "relation", "file")
    kinds = {
        Kind.TEXT: column.name if column.name in same else f"{column.name}-{n}",
        Kind.INT: 1,
        Kind.BOOL: True,
        Kind.DATE: date(2024, 1, 2),
        Kind.TIMESTAMP: own["block_timestamp"],
        Kind.TEXT_LIST: [],
    }
    return kinds.get(column.kind, Decimal(1))


# What a table needs beyond the columns' own values.
TABLE_VALUES: Mapping[str, Callable[[int], Mapping[str, Any]]] = {
    "core.assets": lambda n: {"asset": f"ethereum:{'eth' if n == 0 else n}"},
    "core.services": lambda n: {"address": address(0xC00 + n)},
    "core.transfers": lambda _: {"is_order_guessed": False},
    "core.list_snapshots": lambda n: {"snapshot_date": date(2024, 1, 1 + n)},
    "core.reject_counts": lambda n: {"batch": f"batch-{n}"},
    "staged.blocks": lambda _: {
        "range_from": None,
        "range_to": None,
        "last_transaction_index": 0,
        "last_log_index": 0,
        "fees": "21000",
        "fees_of_receipts": "21000",
    },
    "staged.asset_prices": lambda n: {"price_date": date(2024, 1, 1 + n)},
}


def rows(table: str, count: int = ROWS) -> list[dict[str, Any]]:
    own = TABLE_VALUES.get(table, lambda _: {})
    if table in EMPTY:
        count = 0
    return [{c.name: value(c, n) for c in TABLES[table].columns} | own(n) for n in range(count)]


@pytest.fixture(scope="session")
def valid_rows() -> Callable[..., list[dict[str, Any]]]:
    """``valid_rows(table, count)`` → rows that keep every expectation of the table."""
    return rows


@pytest.fixture
def as_files(tmp_path: Path) -> Callable[[Mapping[str, Rows]], dict[str, list[str]]]:
    """Writes rows by table as a candidate's Parquet files."""

    def write(tables: Mapping[str, Rows]) -> dict[str, list[str]]:
        found = {}
        for table, given in tables.items():
            path = tmp_path / f"{table}.{len(list(tmp_path.iterdir()))}.parquet"
            pq.write_table(pa.Table.from_pylist(list(given), TABLES[table].arrow), path)
            found[table] = [str(path)]
        return found

    return write


def opened(spill: Path) -> duckdb.DuckDBPyConnection:
    """A fresh connection as the gate gets it: bounded, with a place to spill."""
    connection = duckdb.connect()
    connection.execute("set memory_limit = '512MB'; set threads = 2; set TimeZone = 'UTC'")
    connection.execute(f"set temp_directory = '{spill}'; set enable_progress_bar = false")
    return connection


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(tmp_path / "spill") as connection:
        yield connection


def create(connection: duckdb.DuckDBPyConnection, table: str, given: Rows) -> None:
    arrow = pa.Table.from_pylist(list(given), TABLES[table].arrow)
    columns = ", ".join(
        f"cast({c.name} as {c.kind.duckdb}) as {c.name}" for c in TABLES[table].columns
    )
    connection.register("given", arrow)
    connection.execute(f"create or replace table {table} as select {columns} from given")
    connection.unregister("given")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(tmp_path_factory.mktemp("build")) as connection:
        connection.execute("create schema core; create schema marts")
        for t in TABLES.values():
            if t.layer in ("core", "marts"):
                create(connection, t.name, rows(t.name))
        yield connection


@pytest.fixture
def as_build(build: duckdb.DuckDBPyConnection) -> Iterator[Callable[..., Any]]:
    """A build's core and marts; ``as_build({table: rows})`` replaces tables for this test."""
    changed: list[str] = []

    def replace(given: Mapping[str, Rows] | None = None) -> duckdb.DuckDBPyConnection:
        for table, its_rows in (given or {}).items():
            changed.append(table)
            create(build, table, its_rows)
        return build

    yield replace
    for table in changed:
        create(build, table, rows(table))
