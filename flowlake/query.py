"""One read-only question to the warehouse.

The file is opened read-only and sealed: no other file, no network, no setting can be reached,
exactly one ``select`` is taken, and it ends after a time limit. Read-only alone is not enough:
DuckDB would still write files with ``copy``, and even its own ``.wal`` (DuckDB's page "Securing
DuckDB"; each statement this refuses stands in ``tests/flowlake/attacks.csv``). It guards against
accident and injected text, not against the operating-system user who runs it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flowlake.settings import Settings
from transforms.errors import InputRefused, LakeError
from transforms.lake.warehouse import WAREHOUSE

# A question an analyst waits for; longer work belongs into a model or a notebook.
SECONDS = 60.0
ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names, rows, and whether more rows were left out."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool


def open_sealed(
    warehouse: Path, readable: Sequence[Path] = (), *, memory_limit: str = "1GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """Open the warehouse so that nothing but it and ``readable`` folders can be read.

    Raises ``InputRefused`` where there is none, or where a ``.wal`` lies beside it: DuckDB would
    replay it into every reader's view, and no warehouse of ours ever has one.
    """
    if not warehouse.exists():
        raise InputRefused(f"{warehouse}: no warehouse yet; run `flowlake build`")
    wal = warehouse.with_name(warehouse.name + ".wal")
    if wal.exists():
        raise LakeError(
            f"{wal}: a write-ahead log lies beside the warehouse and would be replayed into it; "
            "another program opened the file for writing. Remove it, then run `flowlake verify`"
        )
    con = duckdb.connect(
        str(warehouse),
        read_only=True,
        config={
            "memory_limit": memory_limit,
            "threads": str(threads),
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": "",
        },
    )
    con.execute("set TimeZone = 'UTC'")
    if readable:
        listed = ", ".join("'" + str(p).replace("'", "''") + "/'" for p in readable)
        con.execute(f"set allowed_directories = [{listed}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def the_select(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """Return the one select in ``sql``; ``InputRefused`` for everything else."""
    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as e:
        raise InputRefused(f"not SQL that DuckDB reads: {e}") from e
    if len(statements) != 1:
        raise InputRefused(
            f"expected one statement, found {len(statements)} (a PIVOT counts as two: "
            "write it with case and group by)"
        )
    statement = statements[0]
    if statement.type != duckdb.StatementType.SELECT:
        raise InputRefused(
            f"expected a select, found {statement.type.name}; the warehouse is read-only here"
        )
    return statement


def ask_lake(settings: Settings, sql: str, *, seconds: float, rows: int) -> Answer:
    """Answer one select from the lake's warehouse; views over staged tables read the lake."""
    storage = settings.storage
    staged = [storage.root / "staged"] if storage.root else []
    return ask(
        storage.local(WAREHOUSE),
        sql,
        readable=staged,
        seconds=seconds,
        rows=rows,
        memory_limit=settings.memory_limit,
    )


def ask(
    warehouse: Path,
    sql: str,
    *,
    readable: Sequence[Path] = (),
    seconds: float = SECONDS,
    rows: int = ROWS,
    memory_limit: str = "1GB",
) -> Answer:
    """Answer one select; ``InputRefused`` where it is none, fails, or takes too long."""
    con = open_sealed(warehouse, readable, memory_limit=memory_limit)
    try:
        statement = the_select(con, sql)
        timer = threading.Timer(seconds, con.interrupt)
        timer.start()
        try:
            result = con.execute(statement)
            columns = tuple(d[0] for d in result.description or ())
            found = result.fetchmany(rows + 1)
        except duckdb.InterruptException as e:
            raise InputRefused(f"the query was stopped after {seconds:g} s") from e
        except duckdb.Error as e:
            raise InputRefused(f"the query failed: {e}") from e
        finally:
            timer.cancel()
    finally:
        con.close()
    return Answer(columns, found[:rows], len(found) > rows)
