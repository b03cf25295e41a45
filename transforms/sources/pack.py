"""Snapshots of one list that are staged together: what several of them hold is kept once.

A list changes by some tens of parties from one day to the next. So a run of many snapshots keeps
each distinct row once, and of a snapshot only which rows it has; a record whose text was read
before is not even parsed again (``Batch.once``). At the end each table is one file for all
snapshots, in which a row that stays the same for years takes no more room than one (see
``transforms.lake.pack``). Snapshots of the same day cannot share a file, since readers tell them
apart by the day: the last of each day go into layer 0, those before them into further layers.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.lake.candidate import sha256_of
from transforms.lake.pack import OF_SNAPSHOT, Day, write_pack
from transforms.schemas import Table
from transforms.schemas import table as schema_table
from transforms.sources.base import Snapshot, Source, is_made_of_changes
from transforms.sources.candidate import Candidate, CandidateTable

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What staging one record came to, so that it can be repeated for the same text."""

    rows: tuple[tuple["PackRows", tuple[int, ...]], ...]
    rows_staged: int
    warnings: Mapping[str, int]


class PackRows:
    """Distinct rows of one table, and those of the snapshot being staged, by number."""

    def __init__(self, schema: Table) -> None:
        self.schema = schema
        self.own = [c for c in schema.column_names() if c not in OF_SNAPSHOT]
        self.numbers: dict[Row, int] = {}
        self.current: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one row; columns it lacks are null."""
        known = tuple(map(row.get, self.own))
        self.current.append(self.numbers.setdefault(known, len(self.numbers)))

    def add_table(self, rows: pa.Table) -> None:
        """Take many rows as columns."""
        for row in rows.to_pylist():
            self.add(row)

    def distinct(self) -> pa.Table:
        """All distinct rows, by their numbers."""
        columns = list(zip(*self.numbers, strict=True))
        kinds = self.schema.arrow
        arrays = [pa.array(v, kinds.field(c).type) for c, v in zip(self.own, columns, strict=True)]
        return pa.table(arrays, self.own)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A finished snapshot: its candidate so far, its folder, and its rows by table."""

    candidate: Candidate
    folder: Path
    rows: Mapping[str, "pa.Array[Any]"]


def _day_of(snapshot: _Snapshot) -> date:
    return date.fromisoformat(snapshot.candidate.date or "")


class Pack:
    """Collects the snapshots of a run; ``close`` writes their files and their candidates."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self.effects: dict[Hashable, Effect] = {}
        self.memory: dict[Hashable, dict[Any, Any]] = {}
        self._folder = folder
        self._rows: dict[str, PackRows] = {}
        self._snapshots: list[_Snapshot] = []

    def begin(self) -> None:
        """Start a snapshot; what a refused one left is forgotten."""
        for rows in self._rows.values():
            rows.current = []

    def holds(self, table: str) -> bool:
        """Whether rows of this table are kept here; rejects are a batch's own."""
        return bool(schema_table(table).packed_by)

    def writer(self, table: str) -> PackRows:
        """Rows of a table."""
        if table not in self._rows:
            self._rows[table] = PackRows(schema_table(table))
        return self._rows[table]

    def marks(self) -> list[tuple[PackRows, int]]:
        """How many rows the snapshot has so far, by table."""
        return [(rows, len(rows.current)) for rows in self._rows.values()]

    def since(
        self, marks: list[tuple[PackRows, int]]
    ) -> tuple[tuple[PackRows, tuple[int, ...]], ...]:
        """Rows added after ``marks``, by table."""
        before = {id(rows): count for rows, count in marks}
        added = [(r, tuple(r.current[before.get(id(r), 0) :])) for r in self._rows.values()]
        return tuple((rows, numbers) for rows, numbers in added if numbers)

    def finish(self, candidate: Candidate, folder: Path) -> None:
        """End a snapshot."""
        rows = {t: pa.array(r.current, pa.int32()) for t, r in self._rows.items() if r.current}
        self._snapshots.append(_Snapshot(candidate, folder, rows))
        self.begin()

    def newest(self, day: date) -> Snapshot | None:
        """The newest whole snapshot staged so far that is not after a day, in files of its own."""
        return self._alone(self._newest(day, self._snapshots))

    def made_of_changes(self) -> Snapshot | None:
        """The newest one before the last, where it was put together from changes."""
        found = self._newest(date.max, self._snapshots[:-1])
        is_made = found and is_made_of_changes(found.candidate.warnings)
        return self._alone(found) if is_made else None

    @staticmethod
    def _newest(day: date, staged: Sequence[_Snapshot]) -> _Snapshot | None:
        until = [s for s in staged if not s.candidate.is_part and _day_of(s) <= day]
        return max(reversed(until), key=_day_of, default=None)  # of one day the last

    def _alone(self, found: _Snapshot | None) -> Snapshot | None:
        if found is None:
            return None
        folder = found.folder / "alone"
        files = {}
        for name, held in found.rows.items():
            path = folder / f"{self._rows[name].schema.short}.parquet"
            if not path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                pq.write_table(self._rows[name].distinct().take(held), path)
            files[name] = (path,)
        return Snapshot(_day_of(found), files, found.candidate.warnings)

    def close(self) -> None:
        """Write a file per layer and table, and each snapshot's candidate beside its rejects."""
        later: Counter[str | None] = Counter()
        layers: dict[int, list[_Snapshot]] = {}
        for snapshot in reversed(self._snapshots):
            layers.setdefault(later[snapshot.candidate.date], []).insert(0, snapshot)
            later[snapshot.candidate.date] += 1
        for number, snapshots in sorted(layers.items()):
            files = self._write(self._folder / f"pack-{number}", snapshots)
            for s in snapshots:
                own = [replace(files[t], rows=len(n)) for t, n in s.rows.items()]
                tables = sorted([*s.candidate.tables, *own], key=lambda t: (t.table, t.path))
                replace(s.candidate, tables=tuple(tables), pack=str(number)).save(s.folder)

    def _write(self, folder: Path, snapshots: list[_Snapshot]) -> dict[str, CandidateTable]:
        folder.mkdir(parents=True, exist_ok=True)
        files = {}
        for name in sorted({t for s in snapshots for t in s.rows}):
            holding = [s for s in snapshots if name in s.rows]
            days = [
                Day(date.fromisoformat(s.candidate.date or ""), s.candidate.raw_sha256)
                for s in holding
            ]
            rows, held = self._rows[name], [s.rows[name] for s in holding]
            path = folder / f"{rows.schema.short}.parquet"
            distinct, schema = rows.distinct(), rows.schema.arrow
            write_pack(
                path, schema, source=self.source.name, days=days, distinct=distinct, held=held
            )
            files[name] = CandidateTable(name, str(path), sum(map(len, held)), sha256_of(path))
        return files
