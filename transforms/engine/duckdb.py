"""DuckDB behind the engine interface: builds into one database file.

Lake timestamps are instants; inside the warehouse they are plain UTC ``TIMESTAMP`` (see
``transforms.schemas.columns``), so the conversion stands here, at the border, and nowhere else.
"""

import contextlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from transforms.engine.models import STEPS
from transforms.engine.seeds import plant_label_ranks, plant_par_names, plant_seeds
from transforms.schemas import Kind
from transforms.schemas import table as schema_table
from transforms.schemas.tables import Table

logger = logging.getLogger(__name__)

# ``sum`` takes texts for DOUBLE, and wraps around beyond 38 digits without a word. Readers older
# than DuckDB 1.4 open the warehouse, but know no such numbers: their sums are rounded.
EXACT_SUM: Final = (
    "create or replace macro exact_sum(base_units) as"
    " cast(sum(cast(base_units as bignum)) as varchar)"
)
# How a step begins that is computed where it is read.
A_VIEW: Final = "-- A view: "
# DuckDB copies what a query names twice; all transfers there are, it had better read twice, and
# only the columns and rows that are asked for.
_IMPORT = re.compile(r"\bas \((\s+select \* from core\.transfers\s+\))")


def connect(
    database: str = ":memory:",
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
    spill: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a connection that neither downloads extensions nor sees the caller's variables."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": str(threads),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "temp_directory": str(spill) if spill else "",
    }
    con = duckdb.connect(database, config=config)
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    return con


def open_s3(con: duckdb.DuckDBPyConnection, options: Mapping[str, str]) -> None:
    """Let a connection read ``s3://``, by the packaged httpfs and the lake's own options."""
    from duckdb_extensions import import_extension  # only lakes on S3 need it

    import_extension("httpfs", con=con)
    con.execute("load httpfs")
    endpoint = options.get("AWS_ENDPOINT_URL", "")
    scheme, _, host = endpoint.rpartition("://")
    settings = {
        "key_id": options.get("AWS_ACCESS_KEY_ID", ""),
        "secret": options.get("AWS_SECRET_ACCESS_KEY", ""),
        "region": options.get("AWS_REGION", "us-east-1"),
        "session_token": options.get("AWS_SESSION_TOKEN", ""),
        "endpoint": host,
        "url_style": "path" if host else "",
        "use_ssl": "false" if scheme == "http" else "",
    }
    pairs = ", ".join(f"{k} {_literal(v)}" for k, v in settings.items() if v)
    con.execute(f"create or replace temporary secret lake (type s3, {pairs})")


class DuckDBEngine:
    """Runs models into ``con``'s current database."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, s3_options: Mapping[str, str] | None = None
    ) -> None:
        self.con = con
        self._s3_options = s3_options
        self._is_apart = False

    def prepare(self) -> None:
        """Make the schemas, the sum of base units, and the seeds that models read; once a build."""
        for schema in ("staged", STEPS, "core", "marts", "meta"):
            self.con.execute(f"create schema if not exists {schema}")
        self.con.execute(EXACT_SUM)
        plant_seeds(self.con)

    def rank_labellers(self, names: Sequence[str]) -> None:
        """Say whose labels win: sources or labellers, the first before the later ones."""
        plant_label_ranks(self.con, names)

    def declare_par(self, names: Sequence[str]) -> None:
        """Say which stablecoins are worth a dollar where nobody gives a price: ids or symbols."""
        plant_par_names(self.con, names)

    def attach(self, table: str, files: Sequence[str], where: str = "true") -> None:
        """Make a lake table a view over its live files; an empty one where there are none."""
        self.show(table, self.reading(table, files, where))

    def reading(
        self,
        table: str,
        files: Sequence[str],
        where: str = "true",
        *,
        is_uniform: bool = False,
        is_ordered: bool = False,
    ) -> str:
        """Query of the rows in a table's files; ``is_uniform`` where all have all columns.

        Files are read in the order of their names where theirs ``is_ordered`` not.

        To find out for itself DuckDB opens every file before it answers anything.
        """
        schema = schema_table(table)
        if any(f.startswith("s3://") for f in files) and self._s3_options is not None:
            open_s3(self.con, self._s3_options)
            self._s3_options = None
        if not files:
            empty = ", ".join(f"cast(null as {c.kind.duckdb}) as {c.name}" for c in schema.columns)
            return f"select {empty} where false"
        listed = "[" + ", ".join(map(_literal, files if is_ordered else sorted(files))) + "]"
        by_name = "false" if is_uniform else "true"
        origin = f"read_parquet({listed}, hive_partitioning = false, union_by_name = {by_name})"
        held = {r[0] for r in self.con.execute(f"describe from {origin}").fetchall()}
        # A column that is younger than all files is null in them.
        columns = ", ".join(
            _across(c.name, c.kind)
            if c.name in held
            else f"cast(null as {c.kind.duckdb}) as {c.name}"
            for c in schema.columns
        )
        return f"select {columns} from {origin} where {where}"

    def show(self, table: str, select: str) -> None:
        """Make a table a view of a query."""
        self.con.execute(f"create or replace view {table} as {select}")
        self._comment(schema_table(table), "view")

    @contextlib.contextmanager
    def apart(self, tables: Iterable[str] = ()) -> Iterator[None]:
        """Work in a database of its own, where these tables can be read; none of it stays.

        What is made and dropped in the warehouse itself would leave its size behind. In memory,
        and spilled like all else where that is full: a file's rows are compressed, which takes
        longer than to make them.
        """
        ((home,),) = self.con.execute("select current_database()").fetchall()
        self.con.execute("attach ':memory:' as apart")
        self._is_apart = True
        try:
            self.con.execute("use apart")
            for schema in ("staged", STEPS, "core", "meta"):
                self.con.execute(f"create schema {schema}")
            for table in tables:
                self.con.execute(f"create view {table} as select * from {home}.{table}")
            yield
        finally:
            self._is_apart = False
            self.con.execute(f"use {home}")
            self.con.execute("detach apart")

    def step(self, table: str, select: str) -> None:
        """Run a query into a step's table, or make it a view."""
        what = "view" if select.startswith(A_VIEW) else "table"
        self.con.execute(f"create or replace {what} {table} as {select}")

    def forget_steps(self) -> None:
        """Drop all steps: no reader of the warehouse ever sees them."""
        self.con.execute(f"drop schema if exists {STEPS} cascade")

    def create(self, table: str, select: str) -> int:
        """Run a query into its table; ``ValueError`` where its columns are not the schema's."""
        schema = schema_table(table)
        select = _IMPORT.sub(r"as not materialized (\1", select)
        described = self.con.execute(f"describe ({select}\n)").fetchall()
        given, wanted = [row[0] for row in described], schema.column_names()
        if sorted(given) != sorted(wanted):
            raise ValueError(
                f"{table}: the model yields {sorted(set(given) - set(wanted))} beyond the schema "
                f"and lacks {sorted(set(wanted) - set(given))}"
            )
        columns = ", ".join(
            f"cast({c.name} as {c.kind.duckdb}) as {c.name}" for c in schema.columns
        )
        # Sorted by key, then by everything: the same rows give the same file on any machine.
        rest = [n for n in wanted if n not in schema.key]
        order = ", ".join(f"{n} nulls first" for n in [*schema.key, *rest])
        if schema.key == ("seq",):
            order = "seq"
        self.con.execute(
            f"create or replace table {table} as select {columns} from ({select}\n)"
            f" order by {order}"
        )
        self._comment(schema, "table")
        row = self.con.execute(f"select count(*) from {table}").fetchone()
        rows = int(row[0]) if row else 0
        logger.info("built %s: %d rows", table, rows)
        return rows

    def load(self, table: str, files: Sequence[str], *, is_more: bool = False) -> int:
        """Hold the rows of a table's files, in the order of files and rows; how many they are.

        ``is_more``: besides those that it holds.
        """
        reading = self.reading(table, files, is_uniform=True, is_ordered=True)
        into = "insert into {} " if is_more else "create or replace table {} as "
        self.con.execute(into.format(table) + reading)
        self._comment(schema_table(table), "table")
        ((rows,),) = self.con.execute(f"select count(*) from {table}").fetchall()
        logger.info("loaded %s: %d rows", table, rows)
        return int(rows)

    def unload(self, table: str, file: str) -> None:
        """Hold the rows of one of a table's files no longer."""
        self.con.execute(f"delete from {table} where {self.within(table, file)}")

    def within(self, table: str, file: str) -> str:
        """Condition for those rows of a table whose keys stand in a file."""
        (key,) = schema_table(table).key
        return f"{key} in (select {key} from read_parquet({_literal(file)}))"

    def register(self, table: str, rows: pa.Table) -> int:
        """Store computed rows; instants become plain UTC timestamps."""
        schema = schema_table(table)
        self.con.register("computed_rows", rows.select(schema.column_names()))
        try:
            columns = ", ".join(_across(c.name, c.kind) for c in schema.columns)
            return self.create(table, f"select {columns} from computed_rows")
        finally:
            self.con.unregister("computed_rows")

    def execute(self, query: str, /) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        return self.con.execute(query)

    def fetch(self, select: str) -> pa.Table:
        """Rows of a query."""
        return self.con.sql(select).to_arrow_table()

    def export(self, table: str, path: str, where: str = "true") -> int:
        """Write a table to Parquet; timestamps become instants in UTC again."""
        schema = schema_table(table)
        columns = ", ".join(_across(c.name, c.kind) for c in schema.columns)
        row = self.con.execute(
            f"copy (select {columns} from {table} where {where}) to {_literal(path)}"
            " (format parquet, compression zstd, use_tmp_file true)"
        ).fetchone()
        return int(row[0]) if row else 0

    def _comment(self, schema: Table, what: str) -> None:
        if self._is_apart:
            return  # nobody will read it there
        self.con.execute(f"comment on {what} {schema.name} is {_literal(schema.comment)}")
        for c in schema.columns:
            self.con.execute(f"comment on column {schema.name}.{c.name} is {_literal(c.meaning)}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _across(name: str, kind: Kind) -> str:
    """Cross the border either way: timezone() turns an instant into UTC time and back."""
    return f"timezone('UTC', {name}) as {name}" if kind is Kind.TIMESTAMP else name
