"""One read-only question to the warehouse.

In: one ``select``. Out: its rows, with exact types. The file is opened read-only and sealed: no
other file, no network, no setting can be reached, and the query ends after a time limit.

Read-only alone is not enough: DuckDB would still write files with ``copy``, even its own ``.wal``,
and some of its table functions act: ``enable_logging`` writes, ``arrow_scan`` reads memory. So the
parsed query is looked at first, and only functions on a short list may stand behind ``from``. Each
thing this refuses stands in ``tests/flowlake/attacks.csv``. It guards against accident and
injected text, not against the operating-system user who runs it.
"""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flowlake.settings import Settings
from transforms.engine.macros import MACROS
from transforms.errors import InputRefused, LakeError
from transforms.lake.warehouse import WAREHOUSE, stray_wal, wal_of

# A question an analyst waits for; longer work belongs into a model or a notebook.
SECONDS = 60.0
ROWS = 10_000

# They make rows of their arguments or of the catalog; all others read, write or act.
_TABLE_FUNCTIONS = frozenset(
    {
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_functions",
        "duckdb_schemas",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
        "generate_series",
        "json_each",
        "json_tree",
        "pragma_table_info",
        "range",
        "unnest",
    }
)
# They write a log, wait, or show what is no data.
_OTHER_FUNCTIONS = frozenset({"current_setting", "getvariable", "sleep_ms", "write_log"})
# What ``show tables`` says here: DuckDB's own shows one schema, without a word on what a table is.
_TABLES = """
select schema_name || '.' || table_name as name, estimated_size as rows, comment
from duckdb_tables() where not temporary
union all
select schema_name || '.' || view_name, null, comment from duckdb_views() where not internal
order by name
"""
# What stands in quotes behind ``from`` may be a path; our tables' names never are.
_TABLE_NAME = re.compile(r"\w+\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names (each once) with their types, rows, and whether more rows were left out."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool


def open_sealed(
    warehouse: Path, readable: Sequence[Path] = (), *, memory_limit: str = "1GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """Open the warehouse so that nothing but it and ``readable`` folders can be read.

    Raises ``InputRefused`` where there is none, and ``LakeError`` where it is no whole warehouse,
    or where a ``.wal`` lies beside it: DuckDB would replay it into every reader's view, and no
    warehouse of ours ever has one.
    """
    if not warehouse.exists():
        raise InputRefused(f"{warehouse}: no warehouse yet; run `flowlake build`")
    if stray := stray_wal(warehouse):
        raise LakeError(f"{wal_of(warehouse)}: {stray}")
    try:
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
    except duckdb.Error as e:
        raise LakeError(
            f"{warehouse}: cannot be opened ({e}); close programs that write it, or build again"
        ) from e
    con.execute("set TimeZone = 'UTC'")
    if readable:
        listed = ", ".join("'" + str(p).replace("'", "''") + "/'" for p in readable)
        con.execute(f"set allowed_directories = [{listed}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def the_select(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """Return the one select in ``sql``; ``InputRefused`` for everything else."""
    parsed = _parsed(con, sql)
    for node in _nodes(parsed):
        if node.get("type") == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS and not _is_macro(node["function"]):
                raise InputRefused(
                    f"{name}() may not be read from here; tables and views, and "
                    f"{', '.join(sorted({*_TABLE_FUNCTIONS, *MACROS}))} may"
                )
        elif node.get("type") == "BASE_TABLE" and not _TABLE_NAME.match(node["table_name"]):
            raise InputRefused(f"expected a table's name, found {node['table_name']!r}")
        elif str(node.get("function_name")).lower() in _OTHER_FUNCTIONS:
            raise InputRefused(f"{node['function_name']}() may not be called here")
    # Read by DuckDB only now: some statements touch files while they are parsed.
    (statement,) = con.extract_statements(_of_the_catalog(con, sql, parsed) or sql)
    if statement.type != duckdb.StatementType.SELECT:
        raise _no_select(statement.type.name)
    return statement


def _is_macro(function: Mapping[str, Any]) -> bool:
    """Whether it is one of the warehouse's own questions, such as core.designated_on()."""
    return f"{function.get('schema', '')}.{function.get('function_name', '')}".lower() in MACROS


def _of_the_catalog(con: duckdb.DuckDBPyConnection, sql: str, parsed: Any) -> str | None:
    """Our own question for ``show tables`` and ``describe``: with all schemas and comments."""
    asked = parsed["node"].get("from_table", {})
    if asked.get("type") != "SHOW_REF":
        return None
    if asked["table_name"] in ('"tables"', "__show_tables_expanded"):
        return _TABLES
    described = (asked["query"] or {}).get("from_table", {})
    if asked["show_type"] != "DESCRIBE" or described.get("type") != "BASE_TABLE":
        return None
    # Without the caller's comments and semicolon: written anew from what was parsed.
    ((plain,),) = con.execute(
        "select json_deserialize_sql(json_serialize_sql(?))", [sql]
    ).fetchall()
    where = " and ".join(
        f"lower({column}) = lower('" + described[column].replace("'", "''") + "')"
        for column in ("schema_name", "table_name")
    )
    return (
        "select column_name, column_type, comment "
        f"from (select *, row_number() over () as place from ({plain.rstrip(';')})) as described "
        f"left join (select column_name, comment from duckdb_columns() where {where}) as said "
        "using (column_name) order by place"
    )


def _parsed(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one select as DuckDB's own parser sees it, as JSON."""
    try:
        ((text,),) = con.execute("select json_serialize_sql(?)", [sql]).fetchall()
        found = json.loads(text)
    except (duckdb.Error, RecursionError, UnicodeError) as e:
        raise InputRefused(f"not SQL that can be read here ({type(e).__name__})") from e
    if found["error"]:
        if found.get("error_type") == "not implemented":
            raise _no_select("another statement")
        raise InputRefused(f"not SQL that DuckDB reads: {found.get('error_message')}")
    if len(found["statements"]) != 1:
        raise InputRefused(f"expected one statement, found {len(found['statements'])}")
    return found["statements"][0]


def _no_select(found: str) -> InputRefused:
    return InputRefused(
        f"expected one select, found {found}; the warehouse is read-only here (a PIVOT counts as "
        "two statements: write it with case and group by)"
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a parsed query, however deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def ask_lake(settings: Settings, sql: str, *, seconds: float, rows: int) -> Answer:
    """Answer one select from the lake's warehouse; views over large tables read the lake."""
    storage = settings.storage
    if not storage.exists(WAREHOUSE):
        raise InputRefused(f"{storage.uri(WAREHOUSE)}: no warehouse yet; run `flowlake build`")
    root = storage.root
    folders = [root / "staged", root / "core" / "transfers"] if root else []
    return ask(
        storage.local(WAREHOUSE),
        sql,
        readable=folders,
        seconds=seconds,
        rows=rows,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def ask(
    warehouse: Path,
    sql: str,
    *,
    readable: Sequence[Path] = (),
    seconds: float = SECONDS,
    rows: int = ROWS,
    memory_limit: str = "1GB",
    threads: int = 2,
) -> Answer:
    """Answer one select; ``InputRefused`` where it is none, fails, or takes too long."""
    con = open_sealed(warehouse, readable, memory_limit=memory_limit, threads=threads)
    try:
        statement = the_select(con, sql)
        timer = threading.Timer(seconds, con.interrupt)
        timer.start()
        try:
            result = con.execute(statement)
            described = result.description or ()
            found = result.fetchmany(rows + 1)
        except duckdb.InterruptException as e:
            raise InputRefused(f"the query was stopped after {seconds:g} s") from e
        except duckdb.Error as e:
            raise InputRefused(f"the query failed: {e}") from e
        finally:
            timer.cancel()
    finally:
        con.close()
    return Answer(
        tuple(_each_once(str(d[0]) for d in described)),
        tuple(str(d[1]) for d in described),
        found[:rows],
        len(found) > rows,
    )


def _each_once(names: Iterable[str]) -> Iterator[str]:
    """Names with a number where they repeat, so that no column hides another."""
    seen: set[str] = set()
    for name in names:
        unique, number = name, 1
        while unique in seen:
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique)
        yield unique
