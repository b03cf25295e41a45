"""The snapshot that a delta is applied to: rows of parties that change, and of all others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.readers.ofac_record import Record
from transforms.sources.base import Snapshot

PARTIES = "staged.designations"
_PIECE = 10_000  # rows; on one thread, since several hold a piece each
# In a record's place: the day of the snapshot it was carried over from follows.
_DATED = " of 2"


def records_of(base: Snapshot, party_ids: set[str]) -> dict[str, Record]:
    """Rows of the parties that change."""
    found: dict[str, Record] = {}
    # Parties first: their other rows are put beside them.
    for table, paths in sorted(base.files.items(), key=lambda t: (t[0] != PARTIES, t[0])):
        for row in (r for path in paths for r in _rows_of(path, party_ids)):
            if table == PARTIES:
                found[row["party_id"]] = Record(row, {})
            elif row["party_id"] in found:
                found[row["party_id"]].rows.setdefault(table, []).append(row)
    return found


def _rows_of(path: Path, party_ids: set[str]) -> Iterator[dict[str, Any]]:
    wanted = pa.array(sorted(party_ids), pa.string())
    for rows in _pieces(path):
        yield from rows.filter(pc.is_in(rows["party_id"], wanted)).to_pylist()


def untouched(path: Path, party_ids: set[str], of_base: str) -> Iterator[pa.Table]:
    """Rows of all other parties, a piece at a time, saying from which day they are."""
    without = pa.array(sorted(party_ids), pa.string())
    for piece in _pieces(path):
        rows = piece.filter(pc.invert(pc.is_in(piece["party_id"], without)))
        said = rows["record_id"]
        with_day = pc.binary_join_element_wise(said, of_base, " ")
        at = rows.column_names.index("record_id")
        is_dated = pc.match_substring(said, _DATED)
        yield rows.set_column(at, "record_id", pc.if_else(is_dated, said, with_day))


def _pieces(path: Path) -> Iterator[pa.Table]:
    """A table of the base, a piece at a time; rejects were never part of the list."""
    with pq.ParquetFile(path) as file:
        if "party_id" in file.schema_arrow.names:
            for piece in file.iter_batches(batch_size=_PIECE, use_threads=False):
                yield pa.Table.from_batches([piece])


def dated(record_id: str, of_base: str) -> str:
    """A record's place with the day of the snapshot it stands in, once."""
    return record_id if _DATED in record_id else f"{record_id} {of_base}"
