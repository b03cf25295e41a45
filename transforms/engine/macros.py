"""Table macros of the warehouse: the questions that take a day.

    select * from core.designated_on('2022-08-08')                       -- as known today
    select * from core.designated_on('2022-08-08', known_on := '2022-08-20')
    select * from core.wallets_designated_on('2022-04-20') where address = '0x…'

Each is one file of ``transforms/models/macros``: a query over core tables with the parameters
``on_day`` (was it designated then?) and ``known_on`` (by what had been received until then).
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

_MEANINGS: Mapping[str, str] = {
    "core.designated_on": "Listings that cover on_day, by the snapshots up to known_on: names, "
    "types and programmes as stated then. The listing day counts, the day of the end does not.",
    "core.wallets_designated_on": "Chain addresses listed on on_day, by the snapshots up to "
    "known_on.",
}


MACROS: Final = tuple(_MEANINGS)


def create_macros(con: "duckdb.DuckDBPyConnection") -> None:
    """Make the macros in the schema core of the current database."""
    folder = files("transforms.models").joinpath("macros")
    for name, meaning in _MEANINGS.items():
        query = folder.joinpath(f"{name.removeprefix('core.')}.sql").read_text("utf-8")
        con.execute(
            f"create or replace macro {name}(on_day, known_on := date '9999-12-31')"
            f" as table {query}"
        )
        said = meaning.replace("'", "''")
        con.execute(f"comment on macro table {name} is '{said}'")
