"""Columns: one meaning, one name, one type.

Types map to Arrow (Parquet, Delta) and DuckDB below and nowhere else. A ``TIMESTAMP`` is an
instant: ``timestamp[us, UTC]`` in files, a plain ``TIMESTAMP`` in UTC inside the warehouse, so
that a BI driver never shifts it into its own zone.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

import pyarrow as pa


class Kind(Enum):
    """Logical type of a column: its Arrow type in files and its type in DuckDB."""

    TEXT = ("string", "VARCHAR")
    BOOL = ("bool", "BOOLEAN")
    INT = ("int64", "BIGINT")
    DATE = ("date32", "DATE")
    TIMESTAMP = ("timestamp", "TIMESTAMP")
    # Base units that fit 38 digits; the exact text stands beside it.
    BASE_UNITS = ("decimal(38,0)", "DECIMAL(38,0)")
    # Whole units: 20 digits before the point, 18 behind it (the most decimals major tokens have).
    AMOUNT = ("decimal(38,18)", "DECIMAL(38,18)")
    # Micro-dollars: below a cent by four digits, so that sums of rounded rows stay exact to a cent.
    USD = ("decimal(38,6)", "DECIMAL(38,6)")
    SHARE = ("decimal(18,6)", "DECIMAL(18,6)")
    TEXT_LIST = ("list<string>", "VARCHAR[]")

    @property
    def arrow(self) -> pa.DataType:
        """Arrow type used in Parquet and Delta."""
        return _ARROW[self.value[0]]

    @property
    def duckdb(self) -> str:
        """Type inside the warehouse."""
        return self.value[1]


_ARROW: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "date32": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "decimal(38,0)": pa.decimal128(38, 0),
    "decimal(38,18)": pa.decimal128(38, 18),
    "decimal(38,6)": pa.decimal128(38, 6),
    "decimal(18,6)": pa.decimal128(18, 6),
    "list<string>": pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, logical type and meaning (with the unit where it has one)."""

    name: str
    kind: Kind
    meaning: str


def _read() -> dict[str, Column]:
    text = files("transforms.schemas").joinpath("columns.csv").read_text("utf-8")
    columns: dict[str, Column] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["name"] in columns:
            raise ValueError(f"column said twice in columns.csv: {row['name']}")
        columns[row["name"]] = Column(row["name"], Kind[row["kind"]], row["meaning"])
    return columns


COLUMNS: Mapping[str, Column] = _read()
