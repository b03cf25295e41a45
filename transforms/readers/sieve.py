"""Sorts a slice's records into rows that are kept and rows that are rejected, with the reason.

A parser takes column after column through the sieve; a record leaves it whole or not at all, and
its first fault is its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.columns import Cleaned, Mask
from transforms.readers.records import Malformed, Records

if TYPE_CHECKING:
    from transforms.sources.batch import Batch


@dataclass(frozen=True, slots=True)
class Sifted:
    """What came of a slice: rows by table, and its rejects.

    ``count`` is the number of records in the slice. Tables other than the first are derived from
    the same records. ``warnings`` counts what is odd but kept.
    """

    file: str
    count: int
    tables: Mapping[str, Sequence[pa.Table]]
    rejects: Sequence[Malformed]
    warnings: Mapping[str, int]


class Sieve:
    """One slice on its way."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.size = records.columns.num_rows
        self._faults: dict[int, str] = {}
        self._known: int | None = None  # faults when rows were kept for the first time
        self.warnings: dict[str, int] = {}

    def text(self, column: str) -> pa.Array:
        """A column as received."""
        return one_chunk(self.records.columns[column])

    def text_or_empty(self, column: str) -> pa.Array:
        """A column as received, empty texts where the file does not have it."""
        return self.text(column) if self.has(column) else pa.repeat("", self.size)

    def text_or_none(self, column: str) -> pa.Array | None:
        """A column as received, None where the file does not have it."""
        return self.text(column) if self.has(column) else None

    def has(self, column: str) -> bool:
        """Whether the file has the column."""
        return column in self.records.columns.column_names

    def called(self, column: str) -> str:
        """What the file calls a column."""
        return self.records.names.get(column, column)

    def optional(self, column: str, cleaned: Cleaned) -> pa.Array:
        """Values of a cleaned column; faulty ones cost their record, odd ones are warned of."""
        for row, reason in cleaned.faults.items():
            self._faults.setdefault(row, f"{self.called(column)}: {reason}")
        for oddity, rows in cleaned.odd.items():
            warning = f"{self.called(column)}: {oddity}"
            self.warnings[warning] = self.warnings.get(warning, 0) + rows
        return cleaned.values

    def required(self, column: str, cleaned: Cleaned) -> pa.Array:
        """As ``optional``; a record without a value is rejected too."""
        values = self.optional(column, cleaned)
        if values.null_count:
            self.refuse(~np.asarray(values.is_valid()), f"{self.called(column)}: is missing")
        return values

    def refuse(self, rows: Mask, reason: str) -> None:
        """Reject the marked records."""
        for row in np.flatnonzero(rows):
            self._faults.setdefault(int(row), reason)

    def kept(self, columns: Mapping[str, pa.Array]) -> pa.Table:
        """The columns without the rejected records, and where each record stood."""
        where = pc.binary_join_element_wise(
            pa.scalar(self.records.file), pc.cast(self.records.lines, pa.string()), ":"
        )
        table = pa.table({**columns, "record_id": where})
        if self._known is None:
            self._known = len(self._faults)
        if not self._faults:
            return table
        keep = np.ones(self.size, np.bool_)
        keep[list(self._faults)] = False
        return table.filter(pa.array(keep))

    def sifted(self, tables: Mapping[str, Sequence[pa.Table]]) -> Sifted:
        """The slice's outcome: what is kept, and every reject with its line and text."""
        rejects = list(self.records.malformed)
        if self._known is not None and self._known < len(self._faults):
            # A later column's fault (a fee's) takes its record out of what was kept before it.
            tables = {name: [self._sound(rows) for rows in parts] for name, parts in tables.items()}
        if self._faults:
            lines = self.records.lines
            rejects += [
                Malformed(lines[row].as_py(), reason, self.records.raw(row))
                for row, reason in self._faults.items()
            ]
        rejects.sort(key=lambda r: r.line)
        return Sifted(self.records.file, self.records.count, tables, rejects, self.warnings)

    def _sound(self, rows: pa.Table) -> pa.Table:
        lines = self.records.lines
        faulty = [f"{self.records.file}:{lines[row].as_py()}" for row in self._faults]
        return rows.filter(pc.invert(pc.is_in(rows["record_id"], pa.array(faulty, pa.string()))))


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def deliver(found: Sifted, batch: "Batch", *, is_main: bool = True) -> None:
    """Hand a slice's rows and rejects to the batch.

    ``is_main`` tells that the records are those the batch counts; of the main table's parts the
    first then holds them, the others are derived.
    """
    batch.read(found.count if is_main else 0)
    for table, parts in found.tables.items():
        if table in batch.source.family.tables:
            for number, rows in enumerate(parts):
                batch.add_table(table, rows, is_derived=number > 0 or not is_main)
    for reject in found.rejects:
        batch.reject(
            reject.reason,
            file=found.file,
            line=reject.line,
            record_id=f"{found.file}:{reject.line}",
            raw=reject.raw,
            is_record=is_main,
        )
    for warning, records in found.warnings.items():
        if records:
            batch.warn(warning, records)
