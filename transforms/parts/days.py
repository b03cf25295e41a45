"""Patterns by chain and UTC day: those of days whose transfers changed are made anew, others stay.

In: the files of core.transfers. Out: the step ``work.daily_patterns``, all days of it. A day is
known by its rows: by their number and the sum of their hashes, over the files that hold some of
them. So a day whose last rows move into another file is still the same.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

import duckdb
import pyarrow as pa

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model
from transforms.lake.storage import Storage
from transforms.parts.memory import Memory
from transforms.parts.shelf import TRANSFERS
from transforms.schemas import table

logger = logging.getLogger(__name__)

PATTERNS: Final = "work.daily_patterns"
# Rows of days that are looked at together: wide enough for a busy day, small enough for memory.
_CHUNK_ROWS: Final = 1_000_000

_DAYS = pa.schema(
    [
        ("chain", pa.string()),
        ("block_date", pa.date32()),
        ("rows", pa.int64()),
        ("hashes", pa.string()),
    ]
)
_FOUND = pa.schema(
    [
        ("typology", pa.string()),
        ("chain", pa.string()),
        ("address", pa.string()),
        ("asset", pa.string()),
        ("transfers", pa.int64()),
        ("amount", pa.decimal128(38, 18)),
        ("what", pa.string()),
        ("first_hash", pa.string()),
        ("last_hash", pa.string()),
        ("score", pa.int64()),
        ("block_date", pa.date32()),
        ("window_start", pa.timestamp("us")),
        ("window_end", pa.timestamp("us")),
    ]
)

Day = tuple[str, str]  # chain, date


class Days:
    """One build's patterns: made, and remembered once the build is published."""

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
        code = sha256(self._sql.encode()).hexdigest()
        words = set(re.findall(r"[a-z0-9_]+", self._sql))
        self._hashed = ", ".join(c for c in table(TRANSFERS).column_names() if c in words)
        # DuckDB promises no hash for ever.
        hashed_by = f"{self._hashed} {duckdb.__version__}"
        self._spans = Memory(storage, "transfer_days", _DAYS, hashed_by, is_forced=is_forced)
        self._found = Memory(storage, "daily_patterns", _FOUND, code, is_forced=is_forced)
        self.made: list[Day] = []

    def run(self, files: Mapping[str, str]) -> None:
        """Make the step; ``files`` are those of core.transfers by name, and where to read them."""
        self._look_into(files)
        held = defaultdict[Day, list[str]](list)
        rows, hashes = defaultdict[Day, int](int), defaultdict[Day, int](int)
        for span in self._spans.rows.to_pylist():
            day = span["chain"], span["block_date"].isoformat()
            held[day].append(span["key"])
            rows[day] += span["rows"]
            hashes[day] += int(span["hashes"])
        wanted = {day: f"{' '.join(day)} {rows[day]} {hashes[day]}" for day in sorted(held)}
        self._found.keep(set(wanted.values()))
        self.made = [day for day, key in wanted.items() if key not in self._found.keys]
        with self._db.apart():
            for days in _chunks(self.made, rows):
                uris = {files[name] for day in days for name in held[day]}
                self._make(days, sorted(uris), wanted)
        self._show()
        logger.info("%s: %d of %d days made", PATTERNS, len(self.made), len(wanted))

    def remember(self) -> None:
        """Keep it all for the next build."""
        self._spans.write()
        self._found.write()

    def _look_into(self, files: Mapping[str, str]) -> None:
        """Find out which days the files hold that were not there before."""
        self._spans.keep(files.keys())
        new = {uri: name for name, uri in files.items() if name not in self._spans.keys}
        if not new:
            return
        found = self._db.con.execute(
            "select filename as key, chain, block_date, count(*) as rows,"
            f" cast(sum(hash({self._hashed})) as varchar) as hashes"
            " from read_parquet($files, filename = true, hive_partitioning = false)"
            " where block_date is not null group by filename, chain, block_date"
            " order by filename, chain, block_date",
            {"files": sorted(new)},
        ).to_arrow_table()
        names = pa.array([new[uri] for uri in found["key"].to_pylist()], pa.string())
        self._spans.add(new.values(), found.set_column(0, "key", names))

    def _make(self, days: Sequence[Day], uris: Sequence[str], wanted: Mapping[Day, str]) -> None:
        (chain,) = {chain for chain, _ in days}
        dates = ", ".join(f"date '{date}'" for _, date in days)
        quoted = chain.replace("'", "''")
        self._db.attach(TRANSFERS, uris, f"chain = '{quoted}' and block_date in ({dates})")
        found = self._db.fetch(self._sql).cast(_FOUND)
        keys = [wanted[chain, date.isoformat()] for date in found["block_date"].to_pylist()]
        rows = found.add_column(0, "key", pa.array(keys, pa.string()))
        self._found.add((wanted[day] for day in days), rows)

    def _show(self) -> None:
        con = self._db.con
        con.register("patterns_found", self._found.rows.select(_FOUND.names))
        try:
            self._db.step(PATTERNS, "select * from patterns_found")
        finally:
            con.unregister("patterns_found")


def _chunks(days: Sequence[Day], rows: Mapping[Day, int]) -> Iterator[list[Day]]:
    """Days of one chain each, as many as fit."""
    chunk: list[Day] = []
    held = 0
    for day in days:
        if chunk and (chunk[0][0] != day[0] or held + rows[day] > _CHUNK_ROWS):
            yield chunk
            chunk, held = [], 0
        chunk.append(day)
        held += rows[day]
    if chunk:
        yield chunk
