"""Rows of one table on their way into one Parquet file, a row group at a time.

Rows that come as whole columns are written in a thread of their own, one row group while the next
is put together, and the file's hash is taken on the way.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Rows held per table before a row group is written: about 50 MB where all eight tables of
# designations are full, which keeps a 130 MB list under 300 MB of memory.
_GROUP_ROWS = 8_000
# Rows that come as whole columns are held until a row group is full: about 100 MB of transfers.
_GROUP_ROWS_OF_TABLES = 250_000
# Of a column whose rows are all the same: what of it is held in memory.
_PIECE = 10_000
# Text that hardly repeats: trying a dictionary on it costs more than it saves.
_UNIQUE_TEXT = frozenset({"transaction_hash", "value", "value_d38", "record_id"})


class RowGroups:
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
        self._sink: _Hashed | None = None
        self._file: pq.ParquetWriter | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None

    @property
    def sha256(self) -> str:
        """Hash of the finished file."""
        if self._sink is None:
            raise ValueError(f"{self.path.name}: no row was written")
        return self._sink.hash.hexdigest()

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one row; columns it lacks are null."""
        self._pending.append(tuple(map(row.get, self._own)))
        self.rows += 1
        if len(self._pending) >= _GROUP_ROWS:
            self.flush()

    def add_table(self, rows: pa.Table) -> None:
        """Take many rows as columns."""
        own = [self._column(rows, self.schema.field(name)) for name in self._own]
        self._tables.append(pa.table(own, self._own))
        self.rows += rows.num_rows
        if sum(t.num_rows for t in self._tables) >= _GROUP_ROWS_OF_TABLES:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a row group; whole columns may still be on their way after it."""
        self._wait()
        if self._tables:
            tables, self._tables = self._tables, []
            self._thread = self._thread or ThreadPoolExecutor(1, "rowgroups")
            self._writing = self._thread.submit(self._write_tables, tables)
        if self._pending:
            self._wait()
            own = dict(zip(self._own, zip(*self._pending, strict=True), strict=True))
            columns = [
                pa.array(own[f.name], f.type)
                if f.name in own
                else self._repeated(f, len(self._pending))
                for f in self.schema
            ]
            self._pending.clear()
            self._write(pa.Table.from_arrays(columns, schema=self.schema))

    def close(self) -> None:
        """Finish the file."""
        try:
            self.flush()
            self._wait()
        finally:
            self._finish()

    def _wait(self) -> None:
        """Let the row group on its way be written; what went wrong with it is raised here."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _write_tables(self, tables: Sequence[pa.Table]) -> None:
        rows = pa.concat_tables(tables)
        columns = [
            rows[f.name] if f.name in self._own else self._repeated(f, rows.num_rows)
            for f in self.schema
        ]
        self._write(pa.Table.from_arrays(columns, schema=self.schema))

    def _write(self, rows: pa.Table) -> None:
        if self._file is None:
            names = [f.name for f in self.schema if f.name not in _UNIQUE_TEXT]
            self._sink = _Hashed(self.path)
            self._file = pq.ParquetWriter(
                self._sink, self.schema, compression="zstd", use_dictionary=names
            )
        self._file.write_table(rows, row_group_size=rows.num_rows)

    def _repeated(self, column: pa.Field, rows: int) -> pa.ChunkedArray:
        """A shared column; its pieces are all the same one."""
        piece = pa.repeat(pa.scalar(self._shared[column.name], column.type), min(rows, _PIECE))
        whole, rest = divmod(rows, _PIECE)
        return pa.chunked_array([*[piece] * whole, piece.slice(0, rest)], column.type)

    def _finish(self) -> None:
        with ExitStack() as ending:  # the last named is closed first
            for part in (self._sink, self._file):
                if part is not None:
                    ending.callback(part.close)
            if self._thread is not None:
                ending.callback(self._thread.shutdown)

    @staticmethod
    def _column(rows: pa.Table, column: pa.Field) -> pa.Array | pa.ChunkedArray:
        if column.name in rows.column_names:
            return rows[column.name].cast(column.type)
        return pa.nulls(rows.num_rows, column.type)


class _Hashed(RawIOBase):
    """A new file that takes its own hash: it is not read again for that."""

    def __init__(self, path: Path) -> None:
        self.hash = sha256()
        self._file = path.open("wb")

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Append bytes."""
        self.hash.update(data)
        return self._file.write(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
