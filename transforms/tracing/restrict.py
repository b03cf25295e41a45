"""Restrict first, then trace: the part of a log that a ledger needs.

In: a log and the addresses of a reach over it. Out: every transfer, tainted or not, that one of
these addresses pays or receives, services aside. Over it a ledger finds the same taint, to the
last unit, as over the whole log:

* only reached addresses ever hold taint, and those that hold it and can pass it on, the ones that
  are no services, keep their complete history: the same opening balances, the same lots in order;
* money from anybody else is clean, whatever they hold, and what they hold is never asked for;
* a service pays clean and only adds up what it receives; its other transfers change nothing.

Addresses outside the reach keep a part of their history, so ``clean_opening`` over a restriction is
not that of the whole log, and neither a lower nor an upper bound of it. ``clean_opening_reached``
is the same over both. A reach with a hop limit is not complete; do not trace over it.
"""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from transforms.tracing.reach import Session, bind, query


def restrict(transfers: pa.Table, reached: Collection[int], services: Collection[int]) -> pa.Table:
    """Select the transfers of reached addresses from an Arrow table."""
    accounts = pa.array(sorted(set(reached) - set(services)), pa.int64())
    pays, receives = (
        pc.is_in(transfers[name].cast(pa.int64()), accounts) for name in ("from_id", "to_id")
    )
    return transfers.filter(pc.or_(pays, receives))


def restrict_relation(engine: Session, transfers: str, found: str, services: str) -> str:
    """Select the transfers of found addresses; name of a relation with the ledger's columns.

    ``transfers`` has ``value`` and ``is_fee`` beside what reach reads. Sort by ``seq`` on fetching.
    """
    bind(engine, transfers, services)
    engine.execute(f"create or replace temp view reach_addresses as select * from {found}")
    engine.execute(f"create or replace temp table reach_ledger as {query('restrict')}")
    return "reach_ledger"
