"""Every table and column, said once.

Parquet types, DuckDB comments, structural expectations and the README's table reference
derive from here.
"""

from transforms.schemas.columns import COLUMNS, Column, Kind
from transforms.schemas.tables import TABLES, Table, table, tables_of

__all__ = ["COLUMNS", "TABLES", "Column", "Kind", "Table", "table", "tables_of"]
