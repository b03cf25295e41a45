"""Rows of one batch on their way into candidate Parquet files.

A parser calls ``read`` per record of its files, ``add`` or ``add_table`` per row, ``reject`` per
refused record, ``refuse`` per file it leaves out and ``warn`` for what is odd but kept. ``close``
returns the candidate: files that nobody sees until they were judged and published. Memory stays
flat: rows leave in groups.

A run of many snapshots of one list is staged into a ``Pack`` instead, where each distinct row is
held once. A parser may wrap what it does with a record in ``once``: the same text met again in the
run is then not parsed again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVarTuple

import pyarrow as pa

from transforms.errors import InputRefused
from transforms.schemas import table as schema_table
from transforms.sources.base import PART_OF_A_LIST, Family, RawSet, Source
from transforms.sources.batch_names import batch_name, file_names, known_date
from transforms.sources.candidate import Candidate, CandidateTable
from transforms.sources.pack import Effect, Pack, PackRows
from transforms.sources.rowgroups import RowGroups

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger(__name__)

_Args = TypeVarTuple("_Args")

# Days that nobody stated; `--date` states one.
_WEAK_DATES = {
    "received": "no date given or found: dated by the day it was received",
    "name_month": "only a month in the name: dated by its first day",
}
# A reject keeps its text for the person who mends the file, not for loading it again.
_RAW_LIMIT = 4_000


class Batch:
    """Collects one batch; see the module's docstring for who calls what."""

    def __init__(
        self,
        source: Source,
        raw: RawSet,
        folder: Path,
        connect: Callable[[], "duckdb.DuckDBPyConnection"],
        pack: Pack | None = None,
    ) -> None:
        self.source = source
        self.raw = raw
        self.folder = folder
        self.date = raw.date
        self.date_basis = raw.date_basis
        self.rows_read = 0
        self.rows_staged = 0
        self.rows_rejected = 0
        self.refused: dict[str, str] = {}
        self.warnings: Counter[str] = Counter()
        self.is_list_complete = True
        self._record_tables = source.family.record_tables
        self._connect = connect
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._writers: dict[str, RowGroups | PackRows] = {}
        self._rejects = 0
        self._pack = pack
        if pack is not None:
            pack.begin()
        folder.mkdir(parents=True, exist_ok=True)
        if raw.options.get("part"):
            self.partial("given as a part")

    # ── what a parser says ──────────────────────────────────────────────────────────────────

    def dated(self, publisher_date: date | None) -> None:
        """Offer the publisher's own date; an option or the file's name keeps precedence."""
        if publisher_date is not None and self.date_basis in ("none", "received", "http"):
            self.date, self.date_basis = publisher_date, "publisher"

    def read(self, records: int = 1) -> None:
        """Count records of the files, refused ones included."""
        self.rows_read += records

    def add(self, table: str, row: Mapping[str, Any], *, is_derived: bool = False) -> None:
        """Stage a row: a mapping column → value; provenance of the batch is filled in here.

        ``is_derived`` marks a row of the main table that is not a record of its own (a fee
        taken from a transaction's record), so that rows_read = rows_staged + rows_rejected.
        """
        self._writer(table).add(row)
        if table in self._record_tables and not is_derived:
            self.rows_staged += 1

    def joined(self, records: int = 1) -> None:
        """Count records that went into the row of another one: both are about one party."""
        self.rows_staged += records

    def reject(
        self,
        reason: str,
        *,
        file: str,
        line: int | None = None,
        record_id: str | None = None,
        raw: str = "",
        is_record: bool = True,
    ) -> None:
        """Keep a refused record; ``is_record=False`` where it is not one of ``rows_read``."""
        self._writer("staged.rejects").add(
            {
                "file": file,
                "line": line,
                # A blank line has neither; what is not known is null, or the gate stops the batch.
                "record_id": record_id or None,
                "reason": reason,
                "raw": raw[:_RAW_LIMIT] or None,
                "received_date": self.date,
            }
        )
        self.rows_rejected += is_record
        self._rejects += 1

    def refuse(self, reason: str, *, file: str, raw: str = "", is_record: bool = False) -> None:
        """Leave one file of several out: rejected, and reported to whoever gave it.

        ``is_record=True`` where each file is one of ``rows_read``.
        """
        reason = reason.removeprefix(f"{self.source.name} ")
        self.reject(
            reason, file=file, record_id=PurePosixPath(file).name, raw=raw, is_record=is_record
        )
        self.refused[file] = reason if reason.startswith(file) else f"{file}: {reason}"

    def partial(self, what: str) -> None:
        """Say, before the first party, that the files hold a part of the list, and which."""
        self.is_list_complete = False
        self.warn(f"{PART_OF_A_LIST}: {what}")

    def warn(self, warning: str, records: int = 1) -> None:
        """Count something odd that is kept; the suite bounds the counts."""
        self.warnings[warning] += records

    @property
    def is_one_of_many(self) -> bool:
        """Whether other snapshots of the list are staged in the same run."""
        return self._pack is not None

    def memory(self, name: Hashable) -> dict[Any, Any] | None:
        """What a reader may keep from one snapshot of the run to the next; None in other runs."""
        return None if self._pack is None else self._pack.memory.setdefault(name, {})

    def once(self, key: Hashable, stage: Callable[[*_Args], None], *args: *_Args) -> None:
        """Stage a record by ``stage``, or as before where the run has met the same key.

        ``key`` is everything that what is staged depends on, the record's text above all: no line
        number, no file name, so that neither belongs into its rows. A record with a reject, which
        has them, is staged anew each time.
        """
        pack = self._pack
        if pack is None:
            stage(*args)
            return
        known = pack.effects.get(key)
        if known is not None:
            for rows, numbers in known.rows:
                rows.current.extend(numbers)
            self.rows_staged += known.rows_staged
            if known.warnings:
                self.warnings.update(known.warnings)
            return
        marks, rejects, staged = pack.marks(), self._rejects, self.rows_staged
        warned = Counter(self.warnings)
        stage(*args)
        if self._rejects == rejects:
            pack.effects[key] = Effect(
                pack.since(marks), self.rows_staged - staged, dict(self.warnings - warned)
            )

    # ── for exports too large for rows in Python ────────────────────────────────────────────

    @property
    def connection(self) -> "duckdb.DuckDBPyConnection":
        """An in-memory DuckDB with the run's memory limit, made when first asked for."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def add_table(self, table: str, rows: pa.Table, *, is_derived: bool = False) -> None:
        """Stage whole columns of rows; columns that are left out become null.

        Order and row groups follow from the calls alone, so the same input gives the same bytes.
        """
        extra = set(rows.column_names) - set(schema_table(table).column_names())
        if extra:
            raise ValueError(f"{table}: unknown columns {sorted(extra)}")
        if rows.num_rows:
            self._writer(table).add_table(rows)
        if table in self._record_tables and not is_derived:
            self.rows_staged += rows.num_rows

    # ── the end ─────────────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        """Name of the replaceable unit this batch is."""
        return batch_name(self.source, self.raw, self.date)

    def close(self) -> Candidate:
        """Finish the files; ``InputRefused`` where the books do not balance.

        A parser that counts records must account for each: rows read = staged + rejected.
        """
        if self.rows_read != self.rows_staged + self.rows_rejected:
            raise InputRefused(
                f"{self.source.name} {file_names(self.raw)}: {self.rows_read} records read, but "
                f"{self.rows_staged} staged and {self.rows_rejected} rejected; nothing published"
            )
        if self.date_basis in _WEAK_DATES:
            self.warn(_WEAK_DATES[self.date_basis])
        groups = self._groups()
        for writer in groups.values():
            writer.close()
        self._disconnect()
        files = [(t, w.path, w) for t, w in groups.items() if w.rows]
        candidate = Candidate(
            source=self.source.name,
            batch=self.name,
            date=self.date.isoformat() if self.date else None,
            date_basis=self.date_basis,
            raw_sha256=self.raw.sha256,
            rows_read=self.rows_read,
            rows_staged=self.rows_staged,
            rows_rejected=self.rows_rejected,
            warnings=dict(sorted(self.warnings.items())),
            refused=dict(sorted(self.refused.items())),
            tables=tuple(
                CandidateTable(t, str(path), rows.rows, rows.sha256)
                for t, path, rows in sorted(files, key=lambda f: f[:2])
            ),
        )
        if self._pack is None:
            candidate.save(self.folder)
        else:
            self._pack.finish(candidate, self.folder)
        logger.info(
            "staged %s %s: %d rows, %d rejects, sha256 %s",
            candidate.source,
            candidate.batch,
            candidate.rows_staged,
            candidate.rows_rejected,
            candidate.raw_sha256[:12],
        )
        return candidate

    def discard(self) -> None:
        """Give up what was staged; the folder may be used again."""
        for writer in self._groups().values():
            writer.close()  # else it would write its end later, into the next try's file
            writer.path.unlink(missing_ok=True)
        self._disconnect()

    def _groups(self) -> dict[str, RowGroups]:
        """Files of the batch's own, by table."""
        return {t: w for t, w in self._writers.items() if isinstance(w, RowGroups)}

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _provenance(self) -> dict[str, Any]:
        """Columns every row of the batch shares."""
        shared: dict[str, Any] = {
            "source": self.source.name,
            "raw_sha256": self.raw.sha256,
            "batch": self.name,
        }
        if self.source.family is Family.DESIGNATIONS:
            shared["snapshot_date"] = known_date(self.source, self.raw, self.date)
        return shared

    def _writer(self, table: str) -> RowGroups | PackRows:
        if table not in self._writers:
            if table not in self.source.family.tables:
                raise ValueError(f"{self.source.name} stages no {table}")
            if self._pack is not None and self._pack.holds(table):
                self._writers[table] = self._pack.writer(table)
                return self._writers[table]
            schema = schema_table(table)
            self._writers[table] = RowGroups(
                self.folder / f"{schema.short}.parquet", schema.arrow, self._provenance()
            )
        return self._writers[table]
