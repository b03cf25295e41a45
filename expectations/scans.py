"""Scans that DuckDB makes for the gate: over one batch, or over all snapshots of a pack at once.

Key columns are grouped by their hash (in memory that the connection limits, spilling beyond it):
hashes take 8 bytes a row where the keys themselves take a hundred and more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from expectations.conditions import Kwargs, key_domain
from expectations.measures import EXAMPLES, Subject

# Aggregates whose value for several snapshots together is the sum of their values.
_COUNT = "count(*)"


@dataclass(frozen=True, slots=True)
class BatchScan:
    """Scans over all rows of a subject."""

    con: duckdb.DuckDBPyConnection
    subject: Subject

    def aggregates(self, wanted: Sequence[str]) -> Mapping[str, object]:
        """One scan; if it fails, each aggregate alone, to find what it failed on."""
        return _all_or_each(wanted, self._values)

    def _values(self, wanted: Sequence[str]) -> dict[str, object]:
        relation = self.subject.relation
        # Rules name other tables, which would be read for the rows of an empty one, too.
        ((some,),) = self.con.execute(f"select exists (from {relation})").fetchall()
        where = "" if some else " where false"
        query = f"select {', '.join(wanted)} from {relation}{where}"
        return dict(zip(wanted, self.con.execute(query).fetchall()[0], strict=True))

    def duplicates(self, domain: Kwargs) -> int:
        """Rows that share their key with another row, exactly."""
        columns, judged = key_domain(domain, self.subject.columns)
        return _duplicates(self.con, self.subject, columns, judged, "0").get(0, 0)

    def duplicate_rows(self, domain: Kwargs) -> list[str]:
        """Some of them, by what names a row."""
        columns, judged = key_domain(domain, self.subject.columns)
        return _duplicate_rows(self.con, self.subject, columns, judged)


@dataclass(slots=True)
class PackScan:
    """Scans over the snapshots of a pack, told apart by the column ``by``.

    Each scan answers for all of them; what was asked for one is known for the others.
    """

    con: duckdb.DuckDBPyConnection
    subject: Subject
    by: str
    _known: dict[str, Mapping[Any, object] | duckdb.Error] = field(default_factory=dict)
    # Values of the aggregates over no rows: a snapshot without any is in no group.
    _of_none: dict[str, object] = field(default_factory=dict)
    _twins: dict[tuple[str, ...], Mapping[Any, int]] = field(default_factory=dict)

    def values(self, sql: str) -> Mapping[Any, object]:
        """Value of an aggregate by snapshot, where there are rows."""
        found = self._of_all([sql])[sql]
        if isinstance(found, duckdb.Error):
            raise found
        return found

    def of(self, key: Any) -> "SnapshotScan":
        """Scans over the rows of one snapshot."""
        return SnapshotScan(self, key)

    def together(self) -> "TogetherScan":
        """Scans over all rows, for what can be added up."""
        return TogetherScan(self)

    def _of_all(self, wanted: Sequence[str]) -> dict[str, Mapping[Any, object] | duckdb.Error]:
        if new := [sql for sql in wanted if sql not in self._known]:
            found: Mapping[str, Any] = _all_or_each(new, self._values)
            self._known.update(found)
        return {sql: self._known[sql] for sql in wanted}

    def _values(self, wanted: Sequence[str]) -> dict[str, object]:
        listed = ", ".join(wanted)
        relation = self.subject.relation
        empty = self.con.execute(f"select {listed} from {relation} where false").fetchall()[0]
        rows = self.con.execute(
            f'select "{self.by}", {listed} from {relation} group by "{self.by}"'
        ).fetchall()
        self._of_none.update(zip(wanted, empty, strict=True))
        return {sql: {row[0]: row[i] for row in rows} for i, sql in enumerate(wanted, start=1)}

    def _of_domain(self, domain: Kwargs) -> Mapping[Any, int]:
        columns, judged = key_domain(domain, self.subject.columns)
        key = (*columns, judged)
        if key not in self._twins:
            by = f'"{self.by}"'
            self._twins[key] = _duplicates(self.con, self.subject, columns, judged, by)
        return self._twins[key]


@dataclass(frozen=True, slots=True)
class SnapshotScan:
    """One snapshot of a pack."""

    pack: PackScan
    key: Any

    @property
    def subject(self) -> Subject:
        """The pack's."""
        return self.pack.subject

    def aggregates(self, wanted: Sequence[str]) -> Mapping[str, object]:
        """This snapshot's values."""
        return {
            sql: found
            if isinstance(found, duckdb.Error)
            else found.get(self.key, self.pack._of_none[sql])
            for sql, found in self.pack._of_all(wanted).items()
        }

    def duplicates(self, domain: Kwargs) -> int:
        """Rows of the snapshot that share their key with another row of it."""
        return self.pack._of_domain(domain).get(self.key, 0)

    def duplicate_rows(self, domain: Kwargs) -> list[str]:
        """Some of them, by what names a row."""
        columns, judged = key_domain(domain, self.subject.columns)
        mine = f"({judged}) and \"{self.pack.by}\" = '{self.key}'"
        return _duplicate_rows(self.pack.con, self.subject, columns, mine)


@dataclass(frozen=True, slots=True)
class TogetherScan:
    """All snapshots of a pack, for counts: they add up."""

    pack: PackScan

    @property
    def subject(self) -> Subject:
        """The pack's."""
        return self.pack.subject

    def aggregates(self, wanted: Sequence[str]) -> Mapping[str, object]:
        """Sums of the snapshots' counts; an error for what cannot be added up."""
        found: dict[str, object] = {}
        for sql, values in self.pack._of_all(wanted).items():
            if isinstance(values, duckdb.Error):
                found[sql] = values
            elif sql.startswith(_COUNT):
                counts: list[Any] = list(values.values())
                found[sql] = sum(counts)
            else:
                found[sql] = duckdb.Error(f"{sql} cannot be added up")
        return found

    def duplicates(self, domain: Kwargs) -> int:
        """Rows that share their key with another row of the same snapshot."""
        return sum(self.pack._of_domain(domain).values())

    def duplicate_rows(self, _: Kwargs) -> list[str]:
        """Not told here: each snapshot tells its own."""
        return []


def _all_or_each(
    wanted: Sequence[str], values: Callable[[Sequence[str]], dict[str, object]]
) -> dict[str, object]:
    try:
        return values(wanted)
    except duckdb.Error:
        found: dict[str, object] = {}
        for sql in wanted:
            try:
                found |= values([sql])
            except duckdb.Error as error:
                found[sql] = error
        return found


def _duplicates(
    con: duckdb.DuckDBPyConnection, subject: Subject, columns: Sequence[str], judged: str, by: str
) -> dict[Any, int]:
    """Rows by group that share their key with another row of it, exactly: hashes only suspect."""
    listed = ", ".join(columns)
    con.execute(
        f"create or replace temp table gate_suspects as select {by} as g, hash({listed}) as h"
        f" from {subject.relation} where {judged} group by g, h having count(*) > 1"
    )
    found: list[Any] = []
    if con.execute("select count(*) from gate_suspects").fetchall()[0][0]:
        found = con.execute(
            f"select g, sum(n)::bigint from (select {by} as g, count(*) as n"
            f" from {subject.relation} where ({judged})"
            f" and ({by}, hash({listed})) in (select (g, h) from gate_suspects)"
            f" group by g, {listed} having count(*) > 1) group by g"
        ).fetchall()
    con.execute("drop table gate_suspects")
    return {row[0]: int(row[1]) for row in found}


def _duplicate_rows(
    con: duckdb.DuckDBPyConnection, subject: Subject, columns: Sequence[str], judged: str
) -> list[str]:
    listed = ", ".join(columns)
    key = f"hash({listed})"
    con.execute(
        f"create or replace temp table gate_suspects as select {key} as h"
        f" from {subject.relation} where {judged} group by h having count(*) > 1"
    )
    found = con.execute(
        f"select w from (select {subject.witness} as w, count(*) over (partition by {listed}) as n"
        f" from {subject.relation} where ({judged}) and {key} in (select h from gate_suspects))"
        f" where n > 1 order by w limit {EXAMPLES}"
    ).fetchall()
    con.execute("drop table gate_suspects")
    return [row[0] for row in found]
