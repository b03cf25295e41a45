"""The gate for many snapshots of one list at once.

Each snapshot gets the judgement it would get alone, and every row is judged. But DuckDB scans the
pack once for all of them, and Great Expectations is asked once about what no row of any snapshot
breaks; it is asked snapshot by snapshot about the rest, and about whatever is compared with the
snapshot before. A rule that looks into another table without naming the day is judged on each
snapshot's rows alone.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from expectations.gate import (
    Asked,
    compared,
    decide,
    judge,
    kept_configurations,
    measure,
    measured,
    resolve,
    validation,
)
from expectations.judgement import Judgement, Row, Verdicts
from expectations.scans import PackScan
from expectations.subjects import BOOKS, Unreadable, relations, subject
from expectations.vocabulary import RULE, Expectation, Suite
from transforms.schemas import TABLES

logger = logging.getLogger(__name__)

Files = Mapping[str, Sequence[str]]
Connect = Callable[[], duckdb.DuckDBPyConnection]

# What tells batches apart where rows are not of a day.
_BATCH = "batch"
_RULE = "unexpected_rows_expectation"
# Expectations about all rows of a snapshot together: they say nothing of each.
_WHOLE = ("expect_table_row_count_to_be_between", "expect_column_distinct_values_to_contain_set")


@dataclass(slots=True)
class _Part:
    """A table or view of the suite."""

    table: str
    view: str
    scan: PackScan
    # What held of every row of every snapshot, with Great Expectations' result as a row.
    common: list[tuple[Expectation, Row]] = field(default_factory=list)
    # What is asked of each snapshot, prepared where it needs no earlier batch's value.
    own: list[tuple[Expectation, Asked | None]] = field(default_factory=list)

    def key(self, day: str) -> date | str:
        """What tells a snapshot's rows apart: rejects know the batch, not the day."""
        return day if self.scan.by == _BATCH else date.fromisoformat(day)

    def rows(self, day: str) -> int:
        count: Any = self.scan.values("count(*)").get(self.key(day), 0)
        return int(count)


class PackGate:
    """Judges the snapshots of one pack, in any order, each against what it is told was before."""

    def __init__(
        self,
        tables: Files,
        suite: Suite,
        books: Mapping[str, Mapping[str, int]],
        *,
        connect: Connect,
    ) -> None:
        """``books`` are those of each snapshot, by its day."""
        self._tables = tables
        self._suite = suite
        self._books = books
        self._connect = connect
        self._con = connect()
        self._behind = relations(self._con, tables, suite)
        self._behind[BOOKS] = _books_of_all(books)
        self._parts: dict[tuple[str, str], _Part] = {}
        # Judged on each snapshot's own rows, as a batch of its own.
        self._alone: list[Expectation] = []
        for (table, view), expectations in suite.batches().items():
            self._alone += self._prepare(table, view, expectations)

    def close(self) -> None:
        """Let go of the pack."""
        self._con.close()

    def judge(
        self,
        day: str,
        *,
        run_id: str,
        recorded_at: datetime,
        source: str,
        previous: Mapping[str, Any] | None,
    ) -> Judgement:
        """The judgement of one snapshot; see ``expectations.gate.judge`` for the arguments."""
        known = previous or {}
        verdicts = Verdicts(run_id, source, day, self._suite.name, recorded_at)
        for part in self._parts.values():
            rows = part.rows(day)
            for _, row in part.common:
                verdicts.rows.append(_of_snapshot(row, verdicts, rows))
            applicable = [(e, a) for e, a in part.own if not e.parameter or e.parameter in known]
            verdicts.left_out += len(part.own) - len(applicable)
            if applicable:
                self._add_own(verdicts, part, day, applicable, known)
        if self._alone:
            with self._connect() as con:
                alone = judge(
                    self._tables,
                    Suite(self._suite.name, tuple(self._alone)),
                    connection=con,
                    run_id=run_id,
                    recorded_at=recorded_at,
                    source=source,
                    batch=day,
                    previous=previous,
                    books=self._books[day],
                    day=day,
                )
            verdicts.comparisons |= {len(verdicts.rows) + i for i in alone.comparisons}
            verdicts.rows += alone.results
            verdicts.validations += alone.validations
            verdicts.left_out += alone.left_out
        judgement = verdicts.judgement()
        logger.info("judged %s %s: %s", self._suite.name, day, judgement.summary)
        return judgement

    def measures(self, day: str, days: int | None) -> dict[str, Any]:
        """What a later snapshot compares itself with; see ``expectations.gate.measure_before``."""
        found = {}
        for e in compared(self._suite, days):
            part = self._parts[e.table, e.view]
            of_none: Any = [] if "column" in e.kwargs else 0
            value = part.scan.values(measure(e)).get(part.key(day), of_none)
            found[e.parameter] = measured(e, value, days)
        return found

    # ── once for the pack ───────────────────────────────────────────────────────────────────

    def _prepare(
        self, table: str, view: str, expectations: Sequence[Expectation]
    ) -> Iterator[Expectation]:
        """Scan a table or view for all snapshots; yields what needs each one's rows alone."""
        try:
            found = subject(self._con, self._behind[table], table, view)
        except Unreadable:
            yield from expectations
            return
        by = TABLES[table].packed_by or _BATCH
        if by not in found.columns:
            yield from expectations
            return
        scan = PackScan(self._con, found, by)
        part = self._parts[table, view] = _Part(table, view, scan)
        together = [e for e in expectations if not e.parameter and not _looks_away(e, by)]
        with kept_configurations():
            asked = resolve(together, {}, scan.of(None))
            results, _ = decide(asked, scan.together())
        held = Verdicts("", None, None, self._suite.name, datetime.now(UTC))
        prepared: dict[int, Asked | None] = {}
        for expectation, one, result in zip(together, asked, results, strict=True):
            held.add(expectation, result, 0)
            if expectation.type not in _WHOLE and _is_flawless(held.rows[-1]):
                part.common.append((expectation, held.rows[-1]))
                prepared[id(expectation)] = None
            else:
                prepared[id(expectation)] = one
        for e in expectations:
            if e.parameter:
                part.own.append((e, None))
            elif id(e) not in prepared:
                yield e
            elif (one_asked := prepared[id(e)]) is not None:
                part.own.append((e, one_asked))

    # ── for each snapshot ───────────────────────────────────────────────────────────────────

    def _add_own(
        self,
        verdicts: Verdicts,
        part: _Part,
        day: str,
        applicable: Sequence[tuple[Expectation, Asked | None]],
        known: Mapping[str, Any],
    ) -> None:
        scan = part.scan.of(part.key(day))
        parameters = {e.parameter: known[e.parameter] for e, _ in applicable if e.parameter}
        compared_ones = [e for e, one in applicable if one is None]
        name = ".".join(filter(None, (self._suite.name, part.table, part.view)))
        with kept_configurations():
            rest = iter(resolve(compared_ones, parameters, scan))
            asked = [one or next(rest) for _, one in applicable]
            results, rows = decide(asked, scan)
        # Pages are written of a snapshot's own judgement only, hence no suite to go with it.
        verdicts.validations.append((None, validation(name, results, parameters)))
        for (expectation, _), result in zip(applicable, results, strict=True):
            verdicts.add(expectation, result, rows)


def _is_flawless(row: Row) -> bool:
    """Whether an expectation held without one row against it: then it does of any of the rows."""
    return row["is_success"] and not row["unexpected_count"]


def _of_snapshot(row: Row, verdicts: Verdicts, rows: int) -> Row:
    """What holds of all rows, said of one snapshot's."""
    is_by_row = row["observed"] is not None and str(row["observed"]).endswith(" rows")
    return {
        **row,
        "run_id": verdicts.run_id,
        "source": verdicts.source,
        "batch": verdicts.batch,
        "recorded_at": verdicts.recorded_at,
        "element_count": rows,
        "observed": f"0 of {rows} rows" if is_by_row else row["observed"],
    }


def _looks_away(e: Expectation, by: str) -> bool:
    """Whether a rule looks into another table without naming the day."""
    if e.type != _RULE:
        return False
    rule = str(e.kwargs["unexpected_rows_query"]).removeprefix(RULE)
    return "select" in rule.lower() and by not in rule


def _books_of_all(books: Mapping[str, Mapping[str, int]]) -> str:
    """The counts of all snapshots as a relation, a row for each."""
    names = sorted(next(iter(books.values())))
    rows = ", ".join(
        f"('{day}', {', '.join(str(int(counts[n])) for n in names)})"
        for day, counts in sorted(books.items())
    )
    return f"(select * from (values {rows}) as counts ({_BATCH}, {', '.join(names)}))"
