"""Rows of one batch on their way into candidate Parquet files.

A parser calls ``read`` per record of its files, ``add`` or ``copy`` per row, ``reject`` per
refused record and ``warn`` for what is odd but kept. ``close`` returns the candidate: files that
nobody sees until they were judged and published. Memory stays flat: rows leave in groups.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.errors import InputRefused
from transforms.schemas import table as schema_table
from transforms.sources.base import BatchName, Family, RawSet, Source

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger(__name__)

# Rows held per table before a row group is written: about 50 MB where all eight tables of
# designations are full, which keeps a 130 MB list under 300 MB of memory.
_GROUP_ROWS = 8_000
# Rows that come as whole columns are held until a row group is full: about 100 MB of transfers.
_GROUP_ROWS_OF_TABLES = 250_000
# Text that hardly repeats: trying a dictionary on it costs more than it saves.
_UNIQUE_TEXT = frozenset({"transaction_hash", "value", "value_d38", "record_id"})
# A reject keeps its text for the person who mends the file, not for loading it again.
_RAW_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """One Parquet file of a candidate."""

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A staged batch that waits for its judgement; lies beside its files as candidate.json."""

    source: str
    batch: str
    date: str | None
    date_basis: str
    raw_sha256: str
    rows_read: int
    rows_staged: int
    rows_rejected: int
    warnings: Mapping[str, int]
    tables: tuple[CandidateTable, ...]

    def save(self, folder: Path) -> Path:
        """Write candidate.json; tasks pass its path."""
        path = folder / "candidate.json"
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True), "utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        data = json.loads(path.read_text("utf-8"))
        data["tables"] = tuple(CandidateTable(**t) for t in data["tables"])
        return cls(**data)


class _Writer:
    """Row groups of one table."""

    def __init__(self, path: Path, schema: pa.Schema, shared: Mapping[str, Any]) -> None:
        self.path = path
        self.schema = schema
        self.rows = 0
        # Columns that are the same in every row of the batch cost nothing per row.
        self._shared = {k: v for k, v in shared.items() if k in schema.names}
        self._own = [name for name in schema.names if name not in self._shared]
        self._pending: list[tuple[Any, ...]] = []
        self._tables: list[pa.Table] = []
        self._file: pq.ParquetWriter | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        self._pending.append(tuple(map(row.get, self._own)))
        self.rows += 1
        if len(self._pending) >= _GROUP_ROWS:
            self.flush()

    def add_table(self, rows: pa.Table) -> None:
        own = [self._column(rows, self.schema.field(name)) for name in self._own]
        self._tables.append(pa.table(own, self._own))
        self.rows += rows.num_rows
        if sum(t.num_rows for t in self._tables) >= _GROUP_ROWS_OF_TABLES:
            self.flush()

    def flush(self) -> None:
        if self._file is None:
            names = [f.name for f in self.schema if f.name not in _UNIQUE_TEXT]
            self._file = pq.ParquetWriter(
                self.path, self.schema, compression="zstd", use_dictionary=names
            )
        if self._tables:
            rows = pa.concat_tables(self._tables)
            columns = [
                rows[f.name]
                if f.name in self._own
                else pa.repeat(pa.scalar(self._shared[f.name], f.type), rows.num_rows)
                for f in self.schema
            ]
            whole = pa.Table.from_arrays(columns, schema=self.schema)
            self._file.write_table(whole, row_group_size=whole.num_rows)
            self._tables.clear()
        if self._pending:
            own = dict(zip(self._own, zip(*self._pending, strict=True), strict=True))
            columns = [
                pa.array(own[f.name], f.type)
                if f.name in own
                else pa.repeat(pa.scalar(self._shared[f.name], f.type), len(self._pending))
                for f in self.schema
            ]
            self._file.write_table(pa.Table.from_arrays(columns, schema=self.schema))
            self._pending.clear()

    @staticmethod
    def _column(rows: pa.Table, column: pa.Field) -> pa.Array | pa.ChunkedArray:
        if column.name in rows.column_names:
            return rows[column.name].cast(column.type)
        return pa.nulls(rows.num_rows, column.type)

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            self._file.close()


class Batch:
    """Collects one batch; see the module's docstring for who calls what."""

    def __init__(
        self,
        source: Source,
        raw: RawSet,
        folder: Path,
        connect: Callable[[], "duckdb.DuckDBPyConnection"],
    ) -> None:
        self.source = source
        self.raw = raw
        self.folder = folder
        self.date = raw.date
        self.date_basis = raw.date_basis
        self.rows_read = 0
        self.rows_staged = 0
        self.rows_rejected = 0
        self.warnings: Counter[str] = Counter()
        self._main_table = source.family.main_table
        self._connect = connect
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._writers: dict[str, _Writer] = {}
        self._copied: dict[str, list[tuple[Path, int]]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    # ── what a parser says ──────────────────────────────────────────────────────────────────

    def dated(self, publisher_date: date | None) -> None:
        """Offer the publisher's own date; an option or the file's name keeps precedence."""
        if publisher_date is not None and self.date_basis in ("none", "received", "http"):
            self.date, self.date_basis = publisher_date, "publisher"

    def read(self, records: int = 1) -> None:
        """Count records of the files, refused ones included."""
        self.rows_read += records

    def add(self, table: str, row: Mapping[str, Any], *, is_derived: bool = False) -> None:
        """Stage a row: a mapping column → value; provenance of the batch is filled in here.

        ``is_derived`` marks a row of the main table that is not a record of its own (a fee
        taken from a transaction's record), so that rows_read = rows_staged + rows_rejected.
        """
        self._writer(table).add(row)
        if table == self._main_table and not is_derived:
            self.rows_staged += 1

    def reject(
        self,
        reason: str,
        *,
        file: str,
        line: int | None = None,
        record_id: str | None = None,
        raw: str = "",
        is_record: bool = True,
    ) -> None:
        """Keep a refused record; ``is_record=False`` where it is not one of ``rows_read``."""
        self._writer("staged.rejects").add(
            {
                "file": file,
                "line": line,
                "record_id": record_id,
                "reason": reason,
                "raw": raw[:_RAW_LIMIT],
                "received_date": self.date,
            }
        )
        self.rows_rejected += is_record

    def warn(self, warning: str, records: int = 1) -> None:
        """Count something odd that is kept; the suite bounds the counts."""
        self.warnings[warning] += records

    # ── for exports too large for rows in Python ────────────────────────────────────────────

    @property
    def connection(self) -> "duckdb.DuckDBPyConnection":
        """An in-memory DuckDB with the run's memory limit, made when first asked for."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def copy(
        self,
        table: str,
        select: str,
        parameters: Sequence[object] = (),
        *,
        is_derived: bool = False,
    ) -> int:
        """Stage the rows of a DuckDB query, which names every column but the provenance.

        Columns the query leaves out become null. Returns the number of rows written.
        """
        schema = schema_table(table)
        part = len(self._copied.setdefault(table, []))
        path = self.folder / f"{schema.short}.{part}.parquet"
        con = self.connection
        described = con.execute(f"describe ({select})", list(parameters)).fetchall()
        given = {row[0] for row in described}
        extra = given - set(schema.column_names())
        if extra:
            raise ValueError(f"{table}: the query yields unknown columns {sorted(extra)}")
        fixed = {k: v for k, v in self._provenance().items() if k in schema.column_names()}
        columns = []
        for c in schema.columns:
            kind = "TIMESTAMP WITH TIME ZONE" if c.kind.name == "TIMESTAMP" else c.kind.duckdb
            if c.name in fixed:
                literal = str(fixed[c.name]).replace("'", "''")
                value = "null" if fixed[c.name] is None else f"'{literal}'"
            else:
                value = c.name if c.name in given else "null"
            columns.append(f"cast({value} as {kind}) as {c.name}")
        (rows,) = con.execute(
            f"copy (select {', '.join(columns)} from ({select}) as parsed) to '{path}'"
            " (format parquet, compression zstd, use_tmp_file true)",
            list(parameters),
        ).fetchall()[0]
        self._copied[table].append((path, rows))
        if table == self.source.family.main_table and not is_derived:
            self.rows_staged += rows
        return int(rows)

    def add_table(self, table: str, rows: pa.Table, *, is_derived: bool = False) -> None:
        """Stage whole columns of rows; columns that are left out become null.

        Order and row groups follow from the calls alone, so the same input gives the same bytes.
        """
        extra = set(rows.column_names) - set(schema_table(table).column_names())
        if extra:
            raise ValueError(f"{table}: unknown columns {sorted(extra)}")
        if rows.num_rows:
            self._writer(table).add_table(rows)
        if table == self.source.family.main_table and not is_derived:
            self.rows_staged += rows.num_rows

    # ── the end ─────────────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        """Name of the replaceable unit this batch is."""
        match self.source.batch_name:
            case BatchName.DATE:
                return self._known_date().isoformat()
            case BatchName.STEM:
                return self._stem()
            case BatchName.CONTENT:
                return self.raw.sha256[:16]

    def close(self) -> Candidate:
        """Finish the files; ``InputRefused`` where the books do not balance.

        A parser that counts records must account for each: rows read = staged + rejected.
        """
        if self.rows_read != self.rows_staged + self.rows_rejected:
            raise InputRefused(
                f"{self.source.name} {self._files()}: {self.rows_read} records read, but "
                f"{self.rows_staged} staged and {self.rows_rejected} rejected; nothing published"
            )
        for writer in self._writers.values():
            writer.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        files = [(t, w.path, w.rows) for t, w in self._writers.items()]
        files += [(t, path, rows) for t, parts in self._copied.items() for path, rows in parts]
        candidate = Candidate(
            source=self.source.name,
            batch=self.name,
            date=self.date.isoformat() if self.date else None,
            date_basis=self.date_basis,
            raw_sha256=self.raw.sha256,
            rows_read=self.rows_read,
            rows_staged=self.rows_staged,
            rows_rejected=self.rows_rejected,
            warnings=dict(sorted(self.warnings.items())),
            tables=tuple(
                CandidateTable(t, str(path), rows, _sha256(path))
                for t, path, rows in sorted(files, key=lambda f: (f[0], str(f[1])))
                if rows
            ),
        )
        candidate.save(self.folder)
        logger.info(
            "staged %s %s: %d rows, %d rejects, sha256 %s",
            candidate.source,
            candidate.batch,
            candidate.rows_staged,
            candidate.rows_rejected,
            candidate.raw_sha256[:12],
        )
        return candidate

    def _files(self) -> str:
        return ", ".join(f.name for f in self.raw.files)

    def _stem(self) -> str:
        """Name before the source's suffix: twins such as slot and slot.translation stay two."""
        names = [Path(f.name).name for f in self.raw.files]
        for name in names:
            for suffix in self.source.suffixes:
                if name.lower().endswith(suffix):
                    return name[: -len(suffix)]
        return names[0].split(".", 1)[0]

    def _known_date(self) -> date:
        if self.date is None:
            raise InputRefused(
                f"{self.source.name} {self._files()}: no date in the option, the name or the file; "
                "give --date YYYY-MM-DD"
            )
        return self.date

    def _provenance(self) -> dict[str, Any]:
        """Columns every row of the batch shares."""
        shared: dict[str, Any] = {
            "source": self.source.name,
            "raw_sha256": self.raw.sha256,
            "batch": self.name,
        }
        if self.source.family is Family.DESIGNATIONS:
            shared["snapshot_date"] = self._known_date()
        return shared

    def _writer(self, table: str) -> _Writer:
        if table not in self._writers:
            if table not in self.source.family.tables:
                raise ValueError(f"{self.source.name} stages no {table}")
            schema = schema_table(table)
            self._writers[table] = _Writer(
                self.folder / f"{schema.short}.parquet", schema.arrow, self._provenance()
            )
        return self._writers[table]


def _sha256(path: Path) -> str:
    with path.open("rb") as f:
        return file_digest(f, "sha256").hexdigest()


def rows_of(candidate: Candidate, table: str) -> Iterable[CandidateTable]:
    """Files of one table of a candidate."""
    return (t for t in candidate.tables if t.table == table)
