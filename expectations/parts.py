"""Judging a table that grows: its files were mostly judged before, and their rows are the same.

Counts of a table are the sums of its files' counts, so that only files that are new are scanned.
Every row of every file is judged, once; a file is known by a name that its content gives it. What
does not add up is computed over all rows: rules that look into other tables, which may have
changed, and keys or blocks that two files share.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import duckdb

from expectations.conditions import Kwargs, key_domain
from expectations.measures import EXAMPLES, Subject
from expectations.scans import BatchScan
from expectations.subjects import over

_OTHER_TABLE = re.compile(r"\b(staged|core|marts|meta)\.[a-z_]+")
_COUNT = re.compile(r"count\(\*\)( filter \(.*\))?", re.DOTALL)
_SHARE = re.compile(r"(count\([a-z_\"]+\)) / count\(\*\)")
_EXAMPLES = f", {EXAMPLES})"
_SOME = re.compile(rf"min\(.*{re.escape(_EXAMPLES)} filter \(.*\)", re.DOTALL)
# The one view that can be put together from parts: blocks lie in one part each.
_IN_ORDER = "blocks_in_order"


@dataclass(slots=True)
class Parts:
    """A table's files by name; ``relation`` gives the rows of one in SQL.

    ``known`` holds what was asked of a file before, by name and question, and takes what is asked
    now. A file that is no longer there is simply not asked for.
    """

    table: str
    names: Sequence[str]
    relation: Callable[[str], str]
    known: dict[tuple[str, str], Any] = field(default_factory=dict)
    scanned: set[str] = field(default_factory=set)

    def scan(self, con: duckdb.DuckDBPyConnection, view: str, subject: Subject) -> "PartsScan":
        """Scans over all of the table, or of one of its views."""
        return PartsScan(self, view, BatchScan(con, subject))

    def has(self, table: str, view: str) -> bool:
        """Whether this is the table, and the view is one that can be put together."""
        return table == self.table and view in ("", _IN_ORDER)

    def values(
        self, con: duckdb.DuckDBPyConnection, wanted: Sequence[str], view: str = "", rows: str = ""
    ) -> dict[str, list[Any]]:
        """Values of aggregates by file, in the files' order; scanned where not known.

        They are of a view of each file's rows, or of a query of ``{batch}``.
        """
        prefix = f"{view}: " if view else ""
        known = self.known
        for name in self.names:
            for sql in wanted:
                # Where none is counted there are no examples to look for.
                count = f"{prefix}count(*){sql.partition(_EXAMPLES)[2]}"
                if _EXAMPLES in sql and known.get((name, count)) == 0:
                    known[name, f"{prefix}{sql}"] = []
            new = [sql for sql in wanted if (name, f"{prefix}{sql}") not in known]
            if new:
                batch = self.relation(name)
                source = f"({rows.format(batch=batch)})" if rows else over(batch, view)
                row = con.execute(f"select {', '.join(new)} from {source}").fetchall()[0]
                self.scanned.add(name)
                for sql, value in zip(new, row, strict=True):
                    known[name, f"{prefix}{sql}"] = value
        return {sql: [known[name, f"{prefix}{sql}"] for name in self.names] for sql in wanted}


@dataclass(frozen=True, slots=True)
class PartsScan:
    """Scans over a table in parts; ``whole`` scans all of it."""

    parts: Parts
    view: str
    whole: BatchScan

    @property
    def subject(self) -> Subject:
        """The whole table."""
        return self.whole.subject

    def aggregates(self, wanted: Sequence[str]) -> Mapping[str, object]:
        """Sums of the files' counts; all else over all rows."""
        parts = {sql: _terms(sql) for sql in wanted}
        if self.view and not self._is_in_order():
            parts = dict.fromkeys(wanted, ())
        rest = [sql for sql in wanted if not parts[sql]]
        found: dict[str, object] = dict(self.whole.aggregates(rest)) if rest else {}
        terms = list(dict.fromkeys(t for ts in parts.values() for t in ts))
        try:
            values = self._of_parts(terms)
        except duckdb.Error:
            return self.whole.aggregates(wanted)
        for sql, own in parts.items():
            if own:
                found[sql] = _together(sql, [values[t] for t in own])
        return found

    def duplicates(self, domain: Kwargs) -> int:
        """Rows that share their key with another row; files whose keys overlap are one."""
        columns, judged = key_domain(domain, self.subject.columns)
        if len(columns) != 1 or self.view:
            return self.whole.duplicates(domain)
        low, high = f"min({columns[0]})", f"max({columns[0]})"
        asked = f"duplicates {columns[0]} where {judged}"
        found = self._of_parts([low, high])
        ranges = sorted(
            (a, b) for a, b in zip(found[low], found[high], strict=True) if a is not None
        )
        if any(one[1] >= two[0] for one, two in pairwise(ranges)):
            return self.whole.duplicates(domain)
        return sum(
            self._known(name, asked, lambda scan: scan.duplicates(domain))
            for name in self.parts.names
        )

    def duplicate_rows(self, domain: Kwargs) -> list[str]:
        """Some of them, by what names a row."""
        return self.whole.duplicate_rows(domain)

    def _is_in_order(self) -> bool:
        """Whether blocks of all files stand in order, each file's and from file to file.

        Only then the counts of files add up; else all blocks are looked at together.
        """
        wrong = "count(*) filter (where first_seq <= seq_before)"
        inside = self._of_parts([wrong])[wrong]
        if any(inside):
            return False
        edges = "list({'chain': chain, 'block_number': block_number, 'seq': first_seq})"
        ends = [e for es in self._of_parts([edges], _ENDS)[edges] for e in es or ()]
        if not ends:
            return True
        rows = ", ".join(
            f"('{e['chain'].replace(chr(39), chr(39) * 2)}', {e['block_number']}, {e['seq']})"
            for e in ends
        )
        batch = f"(select * from (values {rows}) as ends (chain, block_number, seq))"
        query = f"select {wrong} from {over(batch, self.view)}"
        return not self.whole.con.execute(query).fetchall()[0][0]

    def _of_parts(self, wanted: Sequence[str], rows: str = "") -> dict[str, list[Any]]:
        return self.parts.values(self.whole.con, wanted, self.view, rows)

    def _known(self, name: str, asked: str, ask: Any) -> int:
        if (name, asked) not in self.parts.known:
            subject = Subject(self.parts.relation(name), self.subject.columns, self.subject.witness)
            self.parts.known[name, asked] = ask(BatchScan(self.whole.con, subject))
            self.parts.scanned.add(name)
        return int(self.parts.known[name, asked])


# Where a file's blocks begin and end: the first and last block of each chain with its seqs.
_ENDS = """
    select chain, block_number, unnest([min(seq), max(seq)]) as first_seq
    from {batch}
    where block_number is not null
    group by chain, block_number
    qualify
        row_number() over (partition by chain order by block_number) = 1
        or row_number() over (partition by chain order by block_number desc) = 1
"""


def _terms(sql: str) -> tuple[str, ...]:
    """What to ask of each file for an aggregate of all; nothing where it does not add up."""
    if _OTHER_TABLE.search(sql):
        return ()
    if _COUNT.fullmatch(sql) or _SOME.fullmatch(sql):
        return (sql,)
    share = _SHARE.fullmatch(sql)
    return (share[1], "count(*)") if share else ()


def _together(sql: str, found: Sequence[Sequence[Any]]) -> object:
    if _SOME.fullmatch(sql):
        return sorted(w for some in found[0] for w in some or ())[:EXAMPLES]
    sums = [sum(values) for values in found]
    if len(sums) == 1:
        return sums[0]
    return sums[0] / sums[1] if sums[1] else None
