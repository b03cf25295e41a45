"""Time-respecting reach over a whole log, set by set.

In: names of three relations, ``transfers(seq, from_id, to_id, is_positive)``, ``seeds(address_id)``
and ``services(address_id)``. ``is_positive`` is true where a transfer can carry reach: value above
zero, paid to an account, that is, no fee and no burn. Out: the name of a relation
``(address_id, hop, arrival_seq)``: for each address its earliest arrival over that many hops, where
more hops arrive earlier than fewer. Seeds have hop 0 and no arrival. Services are in it; nothing
goes on from them.

One round of two plain queries per hop, not a recursive query, which would follow every path. A
first visit is not final: a longer way may arrive earlier and so catch transfers the shorter one
missed. Without a limit the addresses are those of ``ledger``'s reach; a chain of h hops then takes
h + 1 rounds, so over many hops the ledger's single pass is the faster one.
"""

from importlib.resources import files
from typing import Any, Final, Protocol

FOUND: Final = "reach_found"


class Session(Protocol):
    """Whatever runs SQL text: a DuckDB connection, or an engine's wrapper of one."""

    def execute(self, query: str, /) -> Any:
        """Run one statement; its result has ``fetchone``."""


def reach(
    engine: Session, transfers: str, seeds: str, services: str, max_hops: int | None = None
) -> str:
    """Spread from the seeds, hop by hop, until nobody is reached anew or earlier."""
    bind(engine, transfers, services)
    engine.execute(f"create or replace temp view reach_seeds as select * from {seeds}")
    _create(engine, "reach_frontier", "reach_seeds")
    engine.execute(f"create or replace temp table {FOUND} as select * from reach_frontier")
    hop = 0
    while (max_hops is None or hop < max_hops) and _count(engine, "reach_frontier"):
        hop += 1
        _create(engine, "reach_candidates", "reach_expand")
        _create(engine, "reach_frontier", "reach_frontier")
        engine.execute(f"insert into {FOUND} select * from reach_frontier")
    return FOUND


def bind(engine: Session, transfers: str, services: str) -> None:
    """Give the caller's relations the names that the queries use."""
    engine.execute(f"create or replace temp view reach_transfers as select * from {transfers}")
    engine.execute(f"create or replace temp view reach_services as select * from {services}")


def query(name: str) -> str:
    """Text of one of this package's SQL files."""
    return files("transforms.tracing").joinpath("sql", f"{name}.sql").read_text("utf-8")


def _create(engine: Session, table: str, name: str) -> None:
    engine.execute(f"create or replace temp table {table} as {query(name)}")


def _count(engine: Session, table: str) -> int:
    (count,) = engine.execute(f"select count(*) from {table}").fetchone()
    return int(count)
