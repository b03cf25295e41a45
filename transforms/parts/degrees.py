"""Addresses with many transfers, told from counts that files of core.transfers add to or take from.

In: the files of core.transfers. Out: the step ``work.busy_addresses``, as its query makes it. Ends
of transfers are counted by address in a fixed number of buckets; only where a bucket holds enough
of them the addresses in it are looked at. So a day more counts its own transfers.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from hashlib import sha256
from typing import Final

import duckdb
import pyarrow as pa

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model
from transforms.lake.storage import Storage
from transforms.parts.memory import Memory
from transforms.parts.shelf import TRANSFERS

logger = logging.getLogger(__name__)

BUSY: Final = "work.busy_addresses"
# More than this many ends of transfers in a bucket: the query asks so much of a single address.
_FEW: Final = 1000
# Four million: a hundred million transfers leave fifty ends in a bucket.
_BUCKETS: Final = 1 << 22

_COUNTS = pa.schema([("bucket", pa.int64()), ("ends", pa.int64())])
_BUCKET = f"cast(hash(chain, {{end}}) % {_BUCKETS} as bigint)"
_FROM, _TO = _BUCKET.format(end="from_address"), _BUCKET.format(end="to_address")


class Busy:
    """One build's busy addresses; the counts are remembered once the build is published."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        model: Model,
        *,
        is_forced: bool = False,
    ) -> None:
        self._db = db
        self._sql = model.sql or ""
        # DuckDB promises no hash for ever.
        code = sha256(f"{self._sql} {_BUCKETS} {duckdb.__version__}".encode()).hexdigest()
        self._counts = Memory(storage, "address_counts", _COUNTS, code, is_forced=is_forced)
        self.counted: set[str] = set()

    def run(self, files: Collection[str], uri: Callable[[str], str | None]) -> None:
        """Make the step; ``uri`` tells where a file can be read, also one that goes."""
        con = self._db.con
        known = {path for key in self._counts.keys for path in key.split("\n") if path}
        gone = {path: uri(path) for path in known - set(files)}
        if None in gone.values():  # what it counted can't be taken away again
            known, gone = set(), {}
            self._counts.keep(())
        self.counted = set(files) - known
        if self.counted or gone:
            con.register("ends_before", self._counts.rows.select(_COUNTS.names))
            con.execute(
                "create or replace temp table ends_now as"
                " select bucket, cast(sum(ends) as bigint) as ends from (from ends_before"
                f" union all {_ends((uri(p) for p in self.counted), '')}"
                f" union all {_ends(gone.values(), '-')}"
                ") group by bucket having sum(ends) <> 0 order by bucket"
            )
            con.unregister("ends_before")
            rows = con.sql("select '' as key, * from ends_now").to_arrow_table()
            con.execute("drop table ends_now")
            self._counts.keep(())
            self._counts.add(["\n".join(sorted(files))], rows)
        self._show()
        logger.info("%s: transfers of %d of %d files counted", BUSY, len(self.counted), len(files))

    def remember(self) -> None:
        """Keep the counts for the next build."""
        self._counts.write()

    def _show(self) -> None:
        """Run the query over the transfers that have an end in a bucket with many of them."""
        con = self._db.con
        con.register("ends_counted", self._counts.rows.select(_COUNTS.names))
        con.execute(
            "create or replace temp table busy_buckets as"
            f" select bucket from ends_counted where ends > {_FEW}"
        )
        con.unregister("ends_counted")
        ((buckets,),) = con.execute("select count(*) from busy_buckets").fetchall()
        ((home,),) = con.execute("select current_database()").fetchall()
        where = f"{_FROM} in (from busy_buckets) or {_TO} in (from busy_buckets)"
        with self._db.apart():
            con.execute(
                f"create view {TRANSFERS} as select * from {home}.{TRANSFERS}"
                f" where {where if buckets else 'false'}"
            )
            found = self._db.fetch(self._sql)
        con.register("busy_found", found)
        self._db.step(BUSY, "select * from busy_found")
        con.unregister("busy_found")
        con.execute("drop table busy_buckets")


def _ends(uris: Iterable[str | None], sign: str) -> str:
    listed = ", ".join("'" + uri.replace("'", "''") + "'" for uri in sorted(u for u in uris if u))
    if not listed:
        return "select null, null where false"
    return (
        f"select unnest([{_FROM}, {_TO}]) as bucket, {sign}1 as ends"
        f" from read_parquet([{listed}], hive_partitioning = false)"
        " where value <> '0' and from_address is not null and to_address is not null"
    )
