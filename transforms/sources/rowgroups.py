"""Rows of one table on their way into one Parquet file, a row group at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

# Rows held per table before a row group is written: about 50 MB where all eight tables of
# designations are full, which keeps a 130 MB list under 300 MB of memory.
_GROUP_ROWS = 8_000
# Rows that come as whole columns are held until a row group is full: about 100 MB of transfers.
_GROUP_ROWS_OF_TABLES = 250_000
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
        self._file: pq.ParquetWriter | None = None

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
        """Write what is held as a row group."""
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
        """Finish the file."""
        self.flush()
        if self._file is not None:
            self._file.close()
