"""Packs: Parquet files that hold many snapshots of a list, each unchanged row at hardly any cost.

Readers see one row per party and snapshot, in one file as in many. Sorted by party, then content,
then day, the equal rows of successive snapshots stand together, and Parquet's dictionaries and run
lengths make one of them: 136 snapshots of the SDN List take 3 MB where a file for each took 156.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:  # parsing a DAG file needs the sources, and not DuckDB
    import duckdb

# Rows of a row group, DuckDB's own measure: what a reader of few parties has to look into.
_GROUP_ROWS = 122_880
# A dictionary as large as a row group's text: beyond its limit Arrow writes every value out.
_DICTIONARY_BYTES = 64 << 20
# Told by the snapshot, hence different in rows that are otherwise the same.
OF_SNAPSHOT = ("source", "snapshot_date", "raw_sha256")
# Snapshots in a pack are numbered in so many bits of a sort key.
_SNAPSHOT_BITS = 15


@dataclass(frozen=True, slots=True)
class Day:
    """A snapshot in a pack."""

    date: date
    raw_sha256: str


def write_pack(
    path: Path,
    schema: pa.Schema,
    *,
    source: str,
    days: Sequence[Day],
    distinct: pa.Table,
    held: Sequence["pa.Array[Any]"],
) -> None:
    """Write snapshots of a list to one file.

    ``distinct`` are the rows that any of them holds, without the columns of ``OF_SNAPSHOT``, and
    ``held`` for each day the numbers of its rows.
    """
    if len(days) > 1 << _SNAPSHOT_BITS:
        raise ValueError(f"{len(days)} snapshots in one pack, more than {1 << _SNAPSHOT_BITS}")
    by_party = pc.sort_indices(distinct["party_id"]).to_numpy()
    place = np.empty(len(by_party), np.int64)
    place[by_party] = np.arange(len(by_party))
    in_order = sorted(range(len(days)), key=lambda i: days[i].date)
    keys = np.concatenate(
        [
            place[np.asarray(held[day])] << _SNAPSHOT_BITS | number
            for number, day in enumerate(in_order)
        ]
    )
    keys.sort()
    rows = distinct.take(pa.array(by_party)).combine_chunks()
    told = {
        "source": pa.array([source] * len(days), pa.string()),
        "snapshot_date": pa.array([days[i].date for i in in_order], pa.date32()),
        "raw_sha256": pa.array([days[i].raw_sha256 for i in in_order], pa.string()),
    }
    with _writer(path, schema) as file:
        for start in range(0, len(keys), _GROUP_ROWS):
            group = keys[start : start + _GROUP_ROWS]
            row = pa.array(group >> _SNAPSHOT_BITS)
            day = pa.array(group & ((1 << _SNAPSHOT_BITS) - 1))
            columns = [
                told[f.name].take(day) if f.name in told else rows[f.name].take(row) for f in schema
            ]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))


def pick(
    file: Path,
    schema: pa.Schema,
    days: Collection[str],
    path: Path,
    *,
    is_without: bool = False,
) -> int:
    """Write the rows of some days (or those of all others) to a file of their own; how many.

    The rows keep their order. No file is left where there are none.
    """
    wanted = pa.array([date.fromisoformat(d) for d in sorted(days)], pa.date32())
    rows = 0
    with _writer(path, schema) as out:
        for group in _groups(file, schema):
            chosen = pc.is_in(group["snapshot_date"], value_set=wanted)
            kept = group.filter(pc.invert(chosen) if is_without else chosen)
            if kept.num_rows:
                out.write_table(kept)
                rows += kept.num_rows
    if not rows:
        path.unlink()
    return rows


def days_in(file: Path) -> set[str]:
    """Days whose rows a file holds."""
    column = pq.read_table(file, columns=["snapshot_date"])["snapshot_date"]
    return {day.isoformat() for day in pc.unique(column).to_pylist()}


def merge(
    con: "duckdb.DuckDBPyConnection", files: Iterable[Path], schema: pa.Schema, path: Path
) -> None:
    """Write the rows of several files to one, equal rows together."""
    listed = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
    content = ", ".join(n for n in schema.names if n not in OF_SNAPSHOT)
    # Older files may lack columns that were added later.
    sorted_rows = con.sql(
        f"select {', '.join(schema.names)} from"
        f" read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
        f" order by source, party_id, hash({content}), snapshot_date"
    )
    with _writer(path, schema) as out:
        for batch in sorted_rows.to_arrow_reader(_GROUP_ROWS):
            out.write_table(pa.Table.from_batches([batch]).cast(schema))


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path, schema, compression="zstd", dictionary_pagesize_limit=_DICTIONARY_BYTES
    )


def _groups(file: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """Row groups of a file; columns that were added to the table later are null."""
    with pq.ParquetFile(file) as opened:
        for number in range(opened.num_row_groups):
            found = opened.read_row_group(number)
            yield pa.Table.from_arrays(
                [
                    found[f.name].cast(f.type)
                    if f.name in found.column_names
                    else pa.nulls(found.num_rows, f.type)
                    for f in schema
                ],
                schema=schema,
            )
