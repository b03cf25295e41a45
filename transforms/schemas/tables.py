"""Tables: grain, columns, key, partitions, and what each does not prove.

``key`` is the primary key the gate checks; ``required`` are the columns that are never null. A
``note COLUMN`` says what the column means in this table beyond what it means everywhere. Files of
a table hold one value of each column of ``partition_by``, and many of ``packed_by``, whose values
are replaced one by one all the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from transforms.schemas.columns import COLUMNS, Column
from transforms.schemas.definitions import DEFINITIONS


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``schema.table``, its grain in one sentence, and its columns in order."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: tuple[str, ...]
    partition_by: tuple[str, ...]
    caveat: str
    packed_by: str = ""

    @property
    def layer(self) -> str:
        """``staged``, ``core``, ``marts`` or ``meta``."""
        return self.name.split(".", 1)[0]

    @property
    def short(self) -> str:
        """Name without its schema."""
        return self.name.split(".", 1)[1]

    @property
    def comment(self) -> str:
        """Grain and caveat, as written into the warehouse."""
        return f"One row per {self.grain}." + (f" {self.caveat}" if self.caveat else "")

    @property
    def arrow(self) -> pa.Schema:
        """Arrow schema with each column's meaning as field metadata."""
        return pa.schema(
            [pa.field(c.name, c.kind.arrow, metadata={"comment": c.meaning}) for c in self.columns],
            metadata={"table": self.name, "comment": self.comment},
        )

    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return [c.name for c in self.columns]


def _build() -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for d in DEFINITIONS:
        names = d["columns"].split()
        duplicate = {n for n in names if names.count(n) > 1}
        unknown = {
            n
            for k in ("columns", "key", "required", "partition_by", "packed_by")
            for n in d.get(k, "").split()
        } - set(COLUMNS)
        if duplicate or unknown:
            raise ValueError(f"{d['name']}: columns said twice {duplicate}, unknown {unknown}")
        key = tuple(d.get("key", "").split())
        required = tuple(d.get("required", "").split())
        tables[d["name"]] = Table(
            name=d["name"],
            grain=d["grain"],
            columns=tuple(_noted(COLUMNS[n], d.get(f"note {n}")) for n in names),
            key=key,
            required=required,
            partition_by=tuple(d.get("partition_by", "").split()),
            packed_by=d.get("packed_by", ""),
            caveat=d.get("caveat", ""),
        )
    return tables


def _noted(column: Column, note: str | None) -> Column:
    """The column, with what its table adds to the meaning that it has everywhere."""
    return replace(column, meaning=f"{column.meaning}; {note}") if note else column


TABLES: Mapping[str, Table] = _build()


def table(name: str) -> Table:
    """Table by its full name, such as ``core.entities``; ``KeyError`` where there is none."""
    return TABLES[name]


def tables_of(layers: Sequence[str]) -> Iterator[Table]:
    """Tables of the given layers, in the order they are declared."""
    return (t for t in TABLES.values() if t.layer in layers)
