"""Candidate files: what a publish takes, checked before any log names it.

deltalake believes what an add action says: a missing file, a wrong size, the same path twice are
all accepted (reliability.md §2d). So each file is opened here, counted and hashed. A candidate
holds all columns, also those its table is partitioned by: readers need nothing from its path.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.errors import LakeError

# What a partition value's text is unambiguous for.
_PARTITION_TYPES = (pa.types.is_string, pa.types.is_date32, pa.types.is_int64)

# As Hive and Spark name the partition of rows without a value.
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """A finished Parquet file; ``partition`` gives each partition column's value as text."""

    path: Path
    rows: int
    sha256: str
    partition: Mapping[str, str | None]


class Held(Protocol):
    """What is known of a file in a table before it is opened."""

    @property
    def partition(self) -> Mapping[str, str | None]:
        """Values of the columns its table is partitioned by."""

    @property
    def first_day(self) -> str | None:
        """Least day whose rows it may hold; None where that is not known."""

    @property
    def last_day(self) -> str | None:
        """Greatest day whose rows it may hold."""


@dataclass(frozen=True, slots=True)
class TableCommit:
    """What one publish does to one table.

    ``replace`` names partitions by some or all of their values; every row they hold gives way
    to ``files``, also where there are none. ``({},)`` replaces the whole table, ``()`` appends.
    Where files hold many values of ``packed_by`` (the days of a list's snapshots), an entry of
    ``replace`` may name one of them, and a file's other rows are carried over.
    ``removes`` names single files that give way, where partitions are too coarse.
    """

    table: str
    files: Sequence[CandidateFile]
    schema: pa.Schema
    partition_by: Sequence[str]
    replace: Sequence[Mapping[str, str | None]]
    packed_by: str = ""
    removes: frozenset[str] = frozenset()

    def replaces(self, file: Held) -> bool:
        """Whether a file may hold rows that give way to this commit."""
        return bool(self.days_of(file))

    def is_replaced(self, file: Held) -> bool:
        """Whether every row of a file gives way to this commit."""
        days = self.days_of(file)
        return None in days or (bool(days) and file.first_day == file.last_day is not None)

    def days_of(self, file: Held) -> set[str | None]:
        """Packed values by which rows of a file may give way; None stands for all it holds."""
        days = set()
        for some in self.replace:
            if any(file.partition.get(c) != v for c, v in some.items() if c != self.packed_by):
                continue
            day = some.get(self.packed_by)
            first, last = file.first_day, file.last_day
            if day is None or first is None or last is None or first <= day <= last:
                days.add(day)
        return days


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A candidate that is what it says, with its name in the table and its statistics."""

    source: Path
    path: str  # relative to the table
    size: int
    rows: int
    partition: Mapping[str, str | None]
    stats: str


def path_in_table(file: CandidateFile, partition_by: Sequence[str]) -> str:
    """Name by partition and content: the same input gives the same names.

    The name is the file's checksum; ``verify`` needs no other record of it. Odd characters of a
    value are written ``~20``, not ``%20``: paths are percent-encoded in the log, and readers
    differ on how often they decode them.
    """
    folders = []
    for column in partition_by:
        value = file.partition[column]
        text = _NULL_PARTITION if value is None else quote(value, safe="").replace("%", "~")
        # quote() leaves dots alone, and a folder called '..' would leave the table.
        folders.append(f"{column}={text if text.strip('.') else text.replace('.', '~2E')}/")
    return "".join(folders) + f"{file.sha256}.parquet"


def check(commits: Iterable[TableCommit]) -> dict[str, tuple[CheckedFile, ...]]:
    """Open, count and hash every candidate; ``LakeError`` names the one that is not as said."""
    checked: dict[str, tuple[CheckedFile, ...]] = {}
    with ThreadPoolExecutor(2) as pool:  # hashing and reading take turns on the disk anyway
        for commit in commits:
            if commit.table in checked:
                raise LakeError(f"{commit.table} is published twice in one batch")
            _check_commit(commit)
            files = tuple(pool.map(lambda f, c=commit: check_file(f, c), commit.files))
            # Empty files would only slow readers; what they replace is replaced all the same.
            checked[commit.table] = tuple(f for f in files if f.rows)
            paths = [f.path for f in checked[commit.table]]
            if len(set(paths)) != len(paths):
                twice = next(p for p in paths if paths.count(p) > 1)
                raise LakeError(f"{commit.table}: {twice} is given twice; its rows would be lost")
    return checked


def _check_commit(commit: TableCommit) -> None:
    for column in commit.partition_by:
        kind = commit.schema.field(column).type
        if not any(is_type(kind) for is_type in _PARTITION_TYPES):
            raise LakeError(f"{commit.table}: cannot be partitioned by {column} ({kind})")
    for some in commit.replace:
        if unknown := set(some) - {*commit.partition_by, commit.packed_by}:
            raise LakeError(f"{commit.table}: {sorted(unknown)} are no partition columns")


def sha256_of(path: Path) -> str:
    """Checksum of a file's bytes, in lower-case hex."""
    with path.open("rb") as f:
        return file_digest(f, "sha256").hexdigest()


def check_file(file: CandidateFile, commit: TableCommit) -> CheckedFile:
    """Open, count and hash one candidate of a commit."""
    name = f"{commit.table}: candidate {file.path.name}"
    if not _SHA256.match(file.sha256):
        raise LakeError(f"{name}: {file.sha256!r} is no sha256 in lower-case hex")
    if set(file.partition) != set(commit.partition_by):
        raise LakeError(f"{name}: partition {dict(file.partition)} lacks or invents a column")
    try:
        digest = sha256_of(file.path)
        size = file.path.stat().st_size
        footer = pq.read_metadata(file.path)
    except FileNotFoundError:
        raise LakeError(f"{name}: the file is gone; stage the batch again") from None
    except pa.ArrowInvalid as error:
        raise LakeError(f"{name}: no Parquet file ({error}); stage the batch again") from error
    if digest != file.sha256:
        raise LakeError(f"{name}: sha256 is {digest}, not {file.sha256}; it changed after staging")
    if footer.num_rows != file.rows:
        raise LakeError(f"{name}: holds {footer.num_rows} rows, not {file.rows}")
    _check_schema(name, footer.schema.to_arrow_schema(), commit.schema)
    columns = {footer.schema.column(i).path: i for i in range(footer.num_columns)}
    _check_partition(name, footer, columns, file.partition)
    return CheckedFile(
        source=file.path,
        path=path_in_table(file, commit.partition_by),
        size=size,
        rows=file.rows,
        partition=dict(file.partition),
        stats=_stats(footer, columns, commit),
    )


def _check_schema(name: str, given: pa.Schema, wanted: pa.Schema) -> None:
    differing = [
        f"{f.name} is {given.field(f.name).type if f.name in given.names else 'missing'}, not "
        f"{f.type}"
        for f in wanted
        if f.name not in given.names or given.field(f.name).type != f.type
    ]
    differing += [f"{n} is not in the schema" for n in given.names if n not in wanted.names]
    if differing:
        raise LakeError(f"{name}: {'; '.join(differing)}")


def _check_partition(
    name: str,
    footer: pq.FileMetaData,
    columns: Mapping[str, int],
    partition: Mapping[str, str | None],
) -> None:
    """Compare the log's value with the file's own: two readers must not see two truths."""
    for column, value in partition.items():
        for group in range(footer.num_row_groups):
            stats = footer.row_group(group).column(columns[column]).statistics
            if stats is None or not (stats.has_min_max or stats.has_null_count):
                continue
            rows = footer.row_group(group).num_rows
            if stats.has_min_max and {as_text(stats.min), as_text(stats.max)} != {value}:
                found = f"{as_text(stats.min)!r} to {as_text(stats.max)!r}"
                raise LakeError(f"{name}: holds {column} {found}, its partition is {value!r}")
            if stats.has_null_count and stats.null_count != (rows if value is None else 0):
                raise LakeError(f"{name}: {stats.null_count} of {rows} {column} are null")


def as_text(value: Any) -> str | None:
    """Write a partition value the way Delta's log does."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _stats(footer: pq.FileMetaData, columns: Mapping[str, int], commit: TableCommit) -> str:
    """Statistics for Delta readers: rows, nulls, and bounds where they are exact for certain.

    Texts may be cut in a footer and timestamps in a log, so only integers and dates get bounds.
    """
    nulls: dict[str, int] = {}
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    for field in commit.schema:
        if field.name not in columns or field.name in commit.partition_by:
            continue
        stats = [g.column(columns[field.name]).statistics for g in groups]
        if not stats or any(s is None or not s.has_null_count for s in stats):
            continue
        nulls[field.name] = sum(s.null_count for s in stats)
        bounded = [s for s, g in zip(stats, groups, strict=True) if s.null_count < g.num_rows]
        is_exact = pa.types.is_int64(field.type) or pa.types.is_date32(field.type)
        if is_exact and bounded and all(s.has_min_max for s in bounded):
            low[field.name] = min(s.min for s in bounded)
            high[field.name] = max(s.max for s in bounded)
    stats_of_file = {
        "numRecords": footer.num_rows,
        "minValues": low,
        "maxValues": high,
        "nullCount": nulls,
    }
    return json.dumps(stats_of_file, default=as_text, sort_keys=True)
