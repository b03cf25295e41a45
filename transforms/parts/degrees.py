"""Addresses with many counterparties: counted on from what files of core.transfer_edges change.

In: the edges of the warehouse, and the files they are of. Out: the step ``work.address_degrees``,
as its query makes it. Payments of every address are added up file by file; only where there are
more than the query asks counterparties for, their counterparties are counted, each once. A pair
that comes with a file, or goes with one, counts where no file that stayed has it.
"""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model
from transforms.lake.storage import Storage
from transforms.parts.graph import EDGES
from transforms.parts.memory import Memory
from transforms.parts.stretches import Numbers

logger = logging.getLogger(__name__)

COUNTERPARTIES: Final = "work.counterparties"
DEGREES: Final = "work.address_degrees"
# The query asks for more counterparties than this; fewer payments can't have as many.
_FEW: Final = 1000
# Payments whose pairs are told apart at once: they stay well within a gigabyte.
_TOGETHER: Final = 4_000_000

# ``counterparties`` is null where there are too few payments for many of them.
_COUNTS = pa.schema(
    [("address_id", pa.int64()), ("payments", pa.int64()), ("counterparties", pa.int64())]
)


class Degrees:
    """One build's degrees; the counts are remembered once the build is published."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        counterparties: Model,
        degrees: Model,
        *,
        is_forced: bool = False,
    ) -> None:
        self._db = db
        self._sql = counterparties.sql or ""
        code = sha256(f"{self._sql} {degrees.sql}".encode()).hexdigest()
        self._counts = Memory(storage, "address_degrees", _COUNTS, code, is_forced=is_forced)
        self.counted: set[str] = set()

    def run(self, files: Mapping[str, str], uri: Callable[[str], str | None]) -> None:
        """Make the step; ``uri`` tells where a file can be read, also one that goes."""
        known = {path for key in self._counts.keys for path in key.split("\n") if path}
        gone = {path: uri(path) for path in known - files.keys()}
        if None in gone.values():  # what it counted can't be taken away again
            known, gone = set(), {}
            self._counts.keep(())
        self.counted = files.keys() - known
        if self.counted or gone:
            added = [files[path] for path in self.counted]
            self._count(files, added, [place for place in gone.values() if place])
        rows = self._counts.rows
        self._db.con.register("degrees_counted", rows)
        self._db.step(
            DEGREES,
            "select address_id, counterparties as count_counterparties from degrees_counted"
            f" where counterparties > {_FEW}",
        )
        self._db.con.unregister("degrees_counted")
        logger.info("%s: %d of %d files counted", DEGREES, len(self.counted), len(files))

    def remember(self) -> None:
        """Keep the counts for the next build."""
        self._counts.write()

    def _count(self, files: Iterable[str], added: list[str], gone: list[str]) -> None:
        self._db.step(COUNTERPARTIES, self._sql)
        before = self._counts.rows
        # Also numbers that a rollback took, whose payments are taken away.
        ((size,),) = self._db.con.execute(
            "select greatest(max(address_id), $known) + 1 from core.addresses",
            {"known": pc.max(before["address_id"]).as_py() or 0},
        ).fetchall()
        payments = np.zeros(size, np.int64)
        payments[before["address_id"].to_numpy()] = before["payments"].to_numpy()
        counts = np.full(size, -1, np.int64)
        counted = before.filter(before["counterparties"].is_valid())
        counts[counted["address_id"].to_numpy()] = counted["counterparties"].to_numpy()

        self._add_payments(payments, added, 1)
        self._add_payments(payments, gone, -1)
        counts[payments <= _FEW] = -1
        self._add_pairs(counts, added, gone)
        for ids in _chunks(np.flatnonzero((payments > _FEW) & (counts < 0)), payments):
            self._count_anew(counts, ids)

        ids = np.flatnonzero(payments)
        rows = {
            "key": pa.array(np.full(len(ids), ""), pa.string()),
            "address_id": pa.array(ids),
            "payments": pa.array(payments[ids]),
            "counterparties": pa.array(counts[ids], mask=counts[ids] < 0),
        }
        self._counts.keep(())
        self._counts.add(["\n".join(sorted(files))], pa.table(rows))

    @contextlib.contextmanager
    def _of_files(self, uris: list[str]) -> Iterator[None]:
        """Have the counterparties be those of some files."""
        with self._db.apart():
            self._db.attach(EDGES, uris)
            self._db.step(COUNTERPARTIES, self._sql)
            yield

    def _add_payments(self, payments: Numbers, uris: list[str], sign: int) -> None:
        """Add the payments of files to those of their addresses, or take them away."""
        with self._of_files(uris):
            reader = self._db.con.sql(f"select address_id from {COUNTERPARTIES}").to_arrow_reader()
            for batch in reader:
                payments += sign * np.bincount(batch["address_id"], minlength=len(payments))

    def _add_pairs(self, counts: Numbers, added: list[str], gone: list[str]) -> None:
        """Count the pairs that no file has which stayed: there now, or there no longer."""
        con = self._db.con
        con.register("degrees_known", pa.table({"address_id": np.flatnonzero(counts >= 0)}))
        con.execute(
            "create or replace temp table pairs_changed"
            " (address_id bigint, counterparty_id bigint, come bigint, gone bigint)"
        )
        for uris, what in ((added, "1, 0"), (gone, "0, 1")):
            with self._of_files(uris):
                con.execute(
                    f"insert into pairs_changed select address_id, counterparty_id, {what}"
                    f" from {COUNTERPARTIES} semi join degrees_known using (address_id)"
                )
        found = con.execute(
            "with changed as (select address_id, counterparty_id, sum(come) as come,"
            " sum(gone) as gone from pairs_changed group by address_id, counterparty_id),"
            " there as (select address_id, counterparty_id, count(*) as times"
            f" from {COUNTERPARTIES} semi join changed using (address_id, counterparty_id)"
            " group by address_id, counterparty_id)"
            " select address_id, cast(count(*) filter (where come > 0)"
            " - count(*) filter (where gone > 0) as bigint) as more"
            " from changed left join there using (address_id, counterparty_id)"
            " where coalesce(times, 0) = come group by address_id"
        ).to_arrow_table()
        con.execute("drop table pairs_changed")
        con.unregister("degrees_known")
        counts[found["address_id"].to_numpy()] += found["more"].to_numpy()

    def _count_anew(self, counts: Numbers, ids: Numbers) -> None:
        con = self._db.con
        con.register("degrees_wanted", pa.table({"address_id": ids}))
        found = con.execute(
            "select address_id, count(*) as counterparties from"
            f" (select distinct address_id, counterparty_id from {COUNTERPARTIES}"
            " semi join degrees_wanted using (address_id)) group by address_id"
        ).to_arrow_table()
        con.unregister("degrees_wanted")
        counts[found["address_id"].to_numpy()] = found["counterparties"].to_numpy()


def _chunks(ids: Numbers, payments: Numbers) -> Iterator[Numbers]:
    """Addresses with so many payments together as fit."""
    ends = np.cumsum(payments[ids]) // _TOGETHER
    for number in np.unique(ends):
        yield ids[ends == number]
