"""What stands behind a table's name: Parquet files, a table of the build, or a view over either."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from expectations.measures import Subject
from expectations.views import VIEWS
from expectations.vocabulary import Suite
from transforms.errors import LakeError
from transforms.schemas import TABLES

# The batch's own counts are judged as the row of this table that the ingest will write.
BOOKS = "meta.ingests"
# Columns that hold names or prose: never used to tell which rows failed.
_NOT_IDS = {"name", "alias", "surface", "title", "body", "to_name", "label", "evidence", "remarks"}


class Unreadable(LakeError):
    """A table that isn't there or can't be read; all its expectations have failed."""


def witness(table: str) -> tuple[str, ...]:
    """Columns that name a failing row: its record id, else the ids among its key."""
    schema = TABLES[table]
    if "record_id" in schema.column_names():
        return ("record_id",)
    return tuple(c for c in schema.key or schema.required if c not in _NOT_IDS)


def relations(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Sequence[str]] | None,
    suite: Suite,
    books: Mapping[str, int] | None = None,
    day: str | None = None,
) -> dict[str, str | Unreadable]:
    """Table → what to write behind ``from``.

    Files become views under the tables' own names, so that a rule may name another table of the
    batch; a table of the suite without files is empty. ``day`` picks one snapshot out of files
    that hold several.
    """
    found: dict[str, str | Unreadable] = {t: t for t in suite.tables()}
    for table in dict.fromkeys([*suite.tables(), *tables]) if tables is not None else ():
        if table != BOOKS:
            found[table] = _view(con, table, tables.get(table, ()) if tables else (), day)
    if books is not None:
        counts = ", ".join(f"{int(n)} as {name}" for name, n in sorted(books.items()))
        found[BOOKS] = f"(select {counts})"
    return found


def _view(
    con: duckdb.DuckDBPyConnection, table: str, files: Sequence[str], day: str | None
) -> str | Unreadable:
    schema = TABLES[table]
    if files:
        listed = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
        select = f"select * from read_parquet([{listed}], hive_partitioning = false)"
        if day is not None and schema.packed_by:
            select += f" where {schema.packed_by} = date '{date.fromisoformat(day)}'"
    else:
        nulls = ", ".join(f"cast(null as {c.kind.duckdb}) as {c.name}" for c in schema.columns)
        select = f"select {nulls} where false"
    con.execute(f"create schema if not exists {schema.layer}")
    try:
        con.execute(f"create or replace view {table} as {select}")
    except duckdb.Error as error:
        return Unreadable(f"{table}: {error}")
    return table


def over(relation: str, view: str) -> str:
    """The relation, seen through a view where one is named."""
    return f"({VIEWS[view].select.format(batch=relation)})" if view else relation


def subject(
    con: duckdb.DuckDBPyConnection, relation: str | Unreadable, table: str, view: str
) -> Subject:
    """A table or view with its columns; ``Unreadable`` where it isn't there."""
    if isinstance(relation, Unreadable):
        raise relation
    judged = over(relation, view)
    try:
        described = con.execute(f"describe select * from {judged}").fetchall()
    except duckdb.Error as error:
        raise Unreadable(f"{table}: {error}") from error
    columns = {row[0]: row[1] for row in described}
    names = VIEWS[view].witness if view else witness(table)
    present = [n for n in names if n in columns]
    if present == ["record_id"]:
        return Subject(judged, columns, "coalesce(record_id, 'no record id')", "record_id")
    parts = ", ".join(f"'{n}=' || {n}" for n in present)
    return Subject(judged, columns, f"concat_ws(', ', {parts})" if parts else "'batch'", "row")
