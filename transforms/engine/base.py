"""The engine interface: what a build needs from whatever runs its SQL."""

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa


class Engine(Protocol):
    """Runs models. DuckDB is the embedded default; Spark may stand behind the same few verbs."""

    def attach(self, table: str, files: Sequence[str], where: str = "true") -> None:
        """Make a lake table readable under its name; no files make it empty."""

    def step(self, table: str, select: str) -> None:
        """Run a step's query under its name, or make it a view where it says that it is one."""

    def create(self, table: str, select: str) -> int:
        """Run a model's query into its table, in the schema's types and key order; rows made."""

    def register(self, table: str, rows: pa.Table) -> int:
        """Store rows that a Python model computed, under the schema's types; rows made."""

    def execute(self, query: str, /) -> Any:
        """Run one statement, such as a temporary table's; its result has ``fetchone``."""

    def fetch(self, select: str) -> pa.Table:
        """Rows of a query as an Arrow table."""

    def export(self, table: str, path: str, where: str = "true") -> int:
        """Write a table to one Parquet file in its stored order; rows written."""
