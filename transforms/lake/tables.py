"""Delta tables as readers see them: versions, live files, who wrote what.

Handles are opened for one use and never kept: a handle does not see its own commits.
deltalake's runtime does not survive ``fork``: fork first, open tables in the child.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from transforms.errors import Conflict, LakeError
from transforms.lake import durable, log
from transforms.lake.candidate import as_text
from transforms.lake.storage import Storage

# The column by whose values files of a list's history are told apart (``Table.packed_by``).
DAY: Final = "snapshot_date"


class Lost(Conflict):
    """Another commit took the version this one was planned for; plan again."""


@dataclass(frozen=True, slots=True)
class Active:
    """A file that readers of a version see."""

    size: int
    rows: int
    partition: Mapping[str, str | None]
    first_day: str | None = None  # bounds of snapshot_date, where the table has that column
    last_day: str | None = None


@contextlib.contextmanager
def named(table: str, storage: Storage) -> Iterator[None]:
    """Turn deltalake's errors into ours, with the table's name and one line of reason."""
    try:
        with durable.naming_full_disk(table, storage.root):
            yield
    except TableNotFoundError:
        raise
    except CommitFailedError as error:
        raise Lost(f"{table}: another commit was faster") from error
    except (DeltaError, OSError) as error:
        if "already exists" in str(error):
            raise Lost(f"{table}: another commit was faster") from error
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise LakeError(f"{table}: {reason}; flowlake verify names what is broken") from error


def open_table(storage: Storage, table: str, version: int | None = None) -> DeltaTable | None:
    """Open a table afresh; None where it does not exist."""
    try:
        with named(table, storage):
            return DeltaTable(
                storage.uri(log.folder(table)),
                version=version,
                storage_options=storage.delta_options,
            )
    except TableNotFoundError:
        return None


def version(storage: Storage, table: str) -> int | None:
    """Newest version of a table, whether or not readers of the lake see it yet."""
    return log.head(storage, table)


def files(storage: Storage, table: str, version: int | None = None) -> list[str]:
    """Absolute addresses of a version's files, for DuckDB, Spark or Arrow.

    They hold every column, partition columns too: read them without Hive partitioning, and by
    name (``union_by_name``), since older files may lack columns that were added later.
    """
    # Not deltalake's own addresses: they are percent-encoded, and readers take them literally.
    paths = active(open_table(storage, table, version))
    return sorted(storage.uri(f"{log.folder(table)}/{path}") for path in paths)


def read(storage: Storage, table: str, version: int | None = None) -> pa.Table:
    """All rows of a small table; no columns and no rows where it does not exist.

    Not by deltalake's own reader: the file system it hands to Arrow calls back into Python from
    Arrow's threads, and a process that ends meanwhile is aborted.
    """
    parts = [
        pq.read_table(storage.local(f"{log.folder(table)}/{path}"))
        for path in sorted(active(open_table(storage, table, version)))
    ]
    return pa.concat_tables(parts, promote_options="default") if parts else pa.table({})


def active(opened: DeltaTable | None) -> dict[str, Active]:
    """Files of an opened version by their path inside the table."""
    if opened is None:
        return {}
    actions = pa.table(opened.get_add_actions(flatten=False)).to_pylist()
    return {
        unquote(action["path"]): Active(
            size=action["size_bytes"],
            rows=action["num_records"] or 0,
            partition={k: as_text(v) for k, v in (action.get("partition") or {}).items()},
            first_day=as_text((action.get("min") or {}).get(DAY)),
            last_day=as_text((action.get("max") or {}).get(DAY)),
        )
        for action in actions
    }


def last_commit_of(
    storage: Storage, opened: DeltaTable, table: str, app_id: str
) -> log.LogEntry | None:
    """Newest log entry an application published into a table; None where there is none."""
    if opened.transaction_version(app_id) is None:
        return None
    entries = log.newest_first(storage, table, opened.version())
    return next((entry for entry in entries if entry.published_by(app_id)), None)
