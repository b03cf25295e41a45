"""Tables with which a warehouse begins: those of the published one, copied with its file.

In: the published warehouse, and a record of which files of the lake its tables hold. Out: a copy
that holds these tables and nothing else. To load fifty million rows into a new file takes longer
than all that a day adds to them, to copy them seconds.

Nothing is believed that is not proved: the bytes copied must have the checksum of the record, and
the tables the columns they have today; or else nothing is carried over, and all is loaded again.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import duckdb

from transforms.lake.storage import Storage
from transforms.schemas import table as schema_table

logger = logging.getLogger(__name__)

_RECORD: Final = "_flowlake/carried.json"
_BLOCK: Final = 1 << 20

# Which files of the lake a table holds, by the tables' names.
Held = Mapping[str, Sequence[str]]


def remember(storage: Storage, warehouse_sha256: str, held: Held) -> None:
    """Record which files of the lake the tables of a published warehouse hold; none forget it."""
    if not held or storage.root is None:
        storage.delete(_RECORD)
        return
    record = {
        "sha256": warehouse_sha256,
        "tables": {t: {"columns": _columns(t), "files": list(held[t])} for t in sorted(held)},
    }
    storage.write_bytes(_RECORD, json.dumps(record).encode())


def copy(storage: Storage, name: str, path: Path) -> Held:
    """Copy the published warehouse where it holds tables to begin with; what they hold."""
    if storage.root is None:
        return {}  # what is fetched from a bucket can as well be fetched from its Parquet files
    try:
        record = json.loads(storage.read_bytes(_RECORD))
        tables = {t: found["files"] for t, found in record["tables"].items()}
        if any(found["columns"] != _columns(t) for t, found in record["tables"].items()):
            return {}
        digest = _copy(storage.root / name, path)
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s is damaged (%s): its tables are loaded again", _RECORD, error)
        return {}
    if digest != record["sha256"]:
        path.unlink()
        return {}
    return tables


def keep_only(con: duckdb.DuckDBPyConnection, held: Held) -> None:
    """Drop all else from the current database; its room can be used again."""
    kept = {tuple(name.split(".", 1)) for name in held}
    schemas = {schema for schema, _ in kept}
    for statement in list(_drops(con, kept, schemas)):
        con.execute(statement)
    con.execute("checkpoint")


def _drops(
    con: duckdb.DuckDBPyConnection, kept: set[tuple[str, ...]], schemas: set[str]
) -> Iterator[str]:
    here = "database_name = current_database() and not internal"
    macros = (
        "select schema_name, function_name, if(function_type = 'macro', 'macro', 'macro table')"
        f" from duckdb_functions() where {here} group by all"
    )
    of_schemas = con.execute(
        f"select schema_name, table_name, 'table' from duckdb_tables() where {here}"
        f" union all select schema_name, view_name, 'view' from duckdb_views() where {here}"
        f" union all {macros} order by all"
    ).fetchall()
    for schema, name, kind in of_schemas:
        if schema in schemas and (schema, name) not in kept:
            yield f"drop {kind} {_quoted(schema)}.{_quoted(name)}"
    for (schema,) in con.execute(
        f"select schema_name from duckdb_schemas() where {here} order by all"
    ).fetchall():
        if schema not in schemas:
            yield f"drop schema {_quoted(schema)} cascade"


def _copy(source: Path, target: Path) -> str:
    """Copy a file; the checksum of the bytes that were copied."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as written:
        while block := read.read(_BLOCK):
            digest.update(block)
            written.write(block)
    return digest.hexdigest()


def _columns(table: str) -> str:
    said = [(c.name, c.kind.name) for c in schema_table(table).columns]
    return sha256(repr(said).encode()).hexdigest()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
