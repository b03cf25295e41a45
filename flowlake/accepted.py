"""What the lake holds of a source, read from the ledger ``meta.ingests``."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from transforms.lake import log
from transforms.lake.cut import cut
from transforms.lake.ledger import LEDGER
from transforms.lake.pack import pick
from transforms.lake.storage import Storage
from transforms.lake.tables import Active, active, open_table, read
from transforms.schemas import table as schema_table
from transforms.sources.base import Snapshot, Source, is_part


@dataclass(frozen=True, slots=True)
class Accepted:
    """The newest published row of each batch of a source.

    After a rollback of one of the source's tables nobody can tell from the ledger alone which
    batches are still served: none of those before it counts as held, and giving their bytes again
    publishes them again (or finds, under the lock, that they are there).
    """

    batches: Mapping[str, Mapping[str, Any]]
    refused: Mapping[tuple[str, str], str]  # by run and the file's sha256: why it was not taken
    rolled_back_at: datetime | None = None

    def holds(self, raw_sha256: str, received_date: str | None) -> bool:
        """Whether these bytes are what some batch serves now (of that date, where one is given)."""
        return any(
            row["raw_sha256"] == raw_sha256
            and (received_date is None or str(row["received_date"]) == received_date)
            and (self.rolled_back_at is None or row["recorded_at"] > self.rolled_back_at)
            for row in self.batches.values()
        )

    def until(self, day: str) -> str | None:
        """The newest batch that is whole and whose name, its day, is not after a day."""
        return max((b for b in self.batches if b <= day and not self.is_part(b)), default=None)

    def is_part(self, batch: str) -> bool:
        """Whether a batch holds a part of a list only."""
        return is_part(self.warnings(batch))

    def warnings(self, batch: str) -> Mapping[str, int]:
        """What was odd about a batch."""
        found: dict[str, int] = json.loads(self.batches[batch]["warnings"] or "{}")
        return found

    def left_out(self, raw_sha256: str) -> dict[str, str]:
        """Files, by sha256, that were refused when these bytes were published, and why."""
        runs = {r["run_id"] for r in self.batches.values() if r["raw_sha256"] == raw_sha256}
        return {file: reason for (run, file), reason in self.refused.items() if run in runs}


def rows(storage: Storage) -> list[dict[str, Any]]:
    """All rows of the ledger, oldest first."""
    found: list[dict[str, Any]] = read(storage, LEDGER).to_pylist()
    return sorted(found, key=lambda r: (r["recorded_at"], r["run_id"], r["batch"] or ""))


def accepted(storage: Storage, source: Source) -> Accepted:
    """What is published of a source."""
    ledger = rows(storage)
    newest = {
        r["batch"]: r
        for r in ledger
        if r["source"] == source.name and r["published"] and r["batch"] is not None
    }
    # A rollback's row names the table where others name the source.
    rollbacks = [
        r["recorded_at"]
        for r in ledger
        if r["status"] == "rolled_back" and r["source"] in source.family.tables
    ]
    refused = {
        (r["run_id"], r["raw_sha256"]): r["reason"]
        for r in ledger
        if r["source"] == source.name and r["status"] == "refused" and r["raw_sha256"]
    }
    return Accepted(newest, refused, max(rollbacks, default=None))


def files_served(storage: Storage, source: Source, batch: str) -> dict[str, list[str]]:
    """Parquet files of a published batch as readers see them now, by table.

    Where a table's file holds other days too, the rows of this one are put aside in a file of
    their own, which the janitor removes.
    """
    found: dict[str, list[str]] = {}
    versions = cut(storage)
    for table in source.family.tables:
        if table not in versions:
            continue
        live = active(open_table(storage, table, versions[table]))
        found[table] = [
            str(one)
            for path, file in live.items()
            if file.partition.get("source") == source.name
            and (one := _of_batch(storage, table, path, file, batch)) is not None
        ]
    return found


def _of_batch(storage: Storage, table: str, path: str, file: Active, batch: str) -> Path | None:
    """The rows of one batch in a file of a table; None where it holds none."""
    rel = f"{log.folder(table)}/{path}"
    first, last = file.first_day, file.last_day
    if not schema_table(table).packed_by or first is None or last is None:
        return storage.local(rel) if batch in file.partition.values() else None
    if not first <= batch <= last:
        return None
    whole = storage.local(rel)
    if first == last:
        return whole
    aside = storage.scratch() / "days" / f"{batch}-{Path(path).name}"
    if not aside.exists():
        aside.parent.mkdir(exist_ok=True)
        partial = aside.with_name(f"{aside.name}.{uuid.uuid4().hex}")
        if not pick(whole, schema_table(table).arrow, {batch}, partial):
            return None
        partial.replace(aside)
    return aside


def snapshot_until(storage: Storage, source: Source, day: date) -> Snapshot | None:
    """The newest whole snapshot of a list that is served and not after a day."""
    known = accepted(storage, source)
    newest = known.until(day.isoformat())
    if newest is None:
        return None
    files = files_served(storage, source, newest)
    if not files.get(source.family.main_table):
        return None  # rolled back since
    return Snapshot(
        date.fromisoformat(newest),
        {table: tuple(map(Path, paths)) for table, paths in files.items()},
        known.warnings(newest),
    )
