"""Overlap: files whose rows have no index must not repeat what another such file brought.

In: judged batches of transfers, and the published ones. A row that only has its place in its file
(``position_basis`` row) can't be told from the same row of another file: both would count. So a
file that shares any such row with another batch is refused, with the first row that coincides.
Parts of a file that was cut add up; where a transaction's alike rows fell into two of them only the
mapping can say so (``parts = true``), and then a file is refused that brings nothing of its own.

Only the new batch is held in memory. The published files stream past it, without those that have
no such row or lie elsewhere in the chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from flowlake.settings import Settings
from transforms.clean.display import one_line
from transforms.engine.duckdb import connect, open_s3
from transforms.lake import log
from transforms.lake.cut import cut
from transforms.lake.tables import active, open_table
from transforms.sources.base import Family, Source
from transforms.sources.candidate import Candidate

TRANSFERS: Final = "staged.transfers"

# What makes two rows the same for all that their files say. A hash names block and time by itself.
_CONTENT = """
    chain,
    asset,
    case when kind in ('mint', 'burn') then 'token' else kind end as movement,
    coalesce(transaction_hash, cast(block_number as varchar), cast(block_timestamp as varchar), '')
        as place,
    coalesce(from_address, '') as sender,
    coalesce(to_address, '') as receiver,
    value
"""
_KEY = "chain, asset, movement, place, sender, receiver, value"
_ROWS = "read_parquet($files, union_by_name = true) where position_basis in ('row', 'part')"


class MovedOn(Exception):
    """The lake holds other transfers than those a batch was compared with."""


@dataclass(frozen=True, slots=True)
class _Extent:
    """How many rows of a batch have no index, and where in the chain they lie."""

    rows: int
    is_part: bool
    first_block: int | None
    last_block: int | None
    first_time: str | None
    last_time: str | None


class OverlapGuard:
    """Compares batches with all others, and notices where there are others meanwhile."""

    def __init__(self, settings: Settings, source: Source, spill: Path) -> None:
        self._settings = settings
        self._source = source
        self._spill = spill
        self._compared_with: int | None = None
        self._is_needed = False

    def refused(self, arriving: Sequence[Candidate]) -> dict[str, str]:
        """Batch → why it can't be published; of two that overlap the first may be."""
        if self._source.family is not Family.TRANSFERS:
            return {}
        self._compared_with = cut(self._settings.storage).get(TRANSFERS)
        found: dict[str, str] = {}
        with self._connect() as con:
            extents = {c.batch: _extent(con, _files(c)) for c in arriving}
            self._is_needed = any(e.rows for e in extents.values())
            others = self._published(arriving) if self._is_needed else []
            for candidate in arriving:
                reach = extents[candidate.batch]
                if not reach.rows:
                    continue
                reason = self._overlap(con, _files(candidate), reach, others)
                if reason:
                    found[candidate.batch] = one_line(reason)
                else:
                    others = [*others, *_files(candidate)]
        return found

    def check(self, versions: Mapping[str, int]) -> None:
        """Called when nobody else can publish: what was compared must still be all there is."""
        if self._is_needed and versions.get(TRANSFERS) != self._compared_with:
            raise MovedOn

    def _connect(self) -> duckdb.DuckDBPyConnection:
        s = self._settings
        con = connect(memory_limit=s.memory_limit, threads=s.threads, spill=self._spill)
        if not s.storage.is_local:
            open_s3(con, s.storage.delta_options or {})
        return con

    def _published(self, arriving: Sequence[Candidate]) -> list[str]:
        """Files of the published transfers, without those of batches that give way."""
        if self._compared_with is None:
            return []
        storage = self._settings.storage
        replaced = [{"source": c.source, "batch": c.batch} for c in arriving]
        live = active(open_table(storage, TRANSFERS, self._compared_with))
        return sorted(
            storage.uri(f"{log.folder(TRANSFERS)}/{path}")
            for path, file in live.items()
            if dict(file.partition) not in replaced
        )

    def _overlap(
        self,
        con: duckdb.DuckDBPyConnection,
        files: Sequence[str],
        reach: _Extent,
        others: Sequence[str],
    ) -> str | None:
        """Why the batch can't be published beside the others; None where it can."""
        if not others:
            return None
        con.execute(
            "create or replace temp table arriving as"
            f" select {_CONTENT}, position, record_id from {_ROWS}",
            {"files": list(files)},
        )
        # Grouped, these are no more than the new rows.
        con.execute(
            "create or replace temp table met as"
            f" select {_KEY}, min(batch) as batch, min(record_id) as record_id"
            f" from (select {_CONTENT}, batch, record_id from {_ROWS}"
            " and (block_number is null or $first_block is null"
            " or block_number between $first_block and $last_block)"
            " and (block_timestamp is null or $first_time is null"
            " or block_timestamp between cast($first_time as timestamptz)"
            " and cast($last_time as timestamptz))) as there"
            f" semi join arriving using ({_KEY}) group by {_KEY}",
            {
                "files": list(others),
                "first_block": reach.first_block,
                "last_block": reach.last_block,
                "first_time": reach.first_time,
                "last_time": reach.last_time,
            },
        )
        met = con.execute(
            "select count(*) over (), arriving.record_id, met.batch, met.record_id"
            f" from arriving inner join met using ({_KEY}) order by arriving.position limit 1"
        ).fetchone()
        if met is None:
            return None
        rows, record, batch, other = met
        if reach.is_part and rows < reach.rows:
            return None
        return (
            f"{self._source.name} {record}: the same transfer stands in batch {batch} ({other}), "
            f"as do {rows} of its file's {reach.rows} rows. Numbered by their row, those of two "
            "files can't be told apart and would count twice; nothing of this file is published. "
            "Map a real index as position; or cut exports by block, each transaction in one "
            "file; or say parts = true in the mapping's [order] where the files are parts of one"
        )


def _extent(con: duckdb.DuckDBPyConnection, files: Sequence[str]) -> _Extent:
    if not files:
        return _Extent(0, False, None, None, None, None)
    found = con.execute(
        "select count(*), coalesce(bool_and(position_basis = 'part'), false),"
        " min(block_number), max(block_number),"
        " cast(min(block_timestamp) as varchar), cast(max(block_timestamp) as varchar)"
        f" from {_ROWS}",
        {"files": list(files)},
    ).fetchall()
    return _Extent(*found[0])


def _files(candidate: Candidate) -> list[str]:
    return [t.path for t in candidate.tables if t.table == TRANSFERS]
