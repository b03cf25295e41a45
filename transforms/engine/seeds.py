"""Small tables that models read, in a database of their own: they never reach the warehouse.

In: ``transforms.chains``, the CSV files of ``transforms.seeds``, and what the settings say.
"""

from collections.abc import Sequence
from importlib.resources import files

import duckdb
import pyarrow as pa

from transforms.chains import CHAINS


def plant_seeds(con: duckdb.DuckDBPyConnection) -> None:
    """All seeds, without anything from the settings."""
    con.execute("attach if not exists ':memory:' as seeds")
    _plant(
        con,
        "chains",
        pa.table(
            {
                "chain": list(CHAINS),
                "chain_number": [c.number for c in CHAINS.values()],
                "ticker": [c.ticker for c in CHAINS.values()],
                "decimals": [c.decimals for c in CHAINS.values()],
                "family": [c.family for c in CHAINS.values()],
            }
        ),
    )
    plant_label_ranks(con, ())
    plant_par_names(con, ())
    for entry in files("transforms.seeds").iterdir():
        name, _, suffix = entry.name.partition(".")
        if suffix == "csv":
            con.execute(
                f"create or replace table seeds.{name} as select * from "
                "read_csv($file, header = true, all_varchar = true)",
                {"file": str(entry)},
            )


def plant_label_ranks(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Whose labels win: sources or labellers, the first before the later ones."""
    ranks = pa.array(range(1, len(names) + 1), pa.int64())
    _plant(
        con, "label_ranks", pa.table({"name": pa.array(names, pa.string()), "label_rank": ranks})
    )


def plant_par_names(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Which stablecoins are worth a dollar where nobody gives a price: ids or symbols."""
    _plant(con, "par_names", pa.table({"name": pa.array(names, pa.string())}))


def _plant(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    con.register("seed_rows", rows)
    con.execute(f"create or replace table seeds.{name} as select * from seed_rows")
    con.unregister("seed_rows")
