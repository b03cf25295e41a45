"""Words a suite is written in: an expectation as data, and builders for the usual ones.

Types and arguments are Great Expectations' own, so a suite is a Great Expectations suite and
can be rebuilt from its JSON. A comparison with the last accepted batch is an argument
``{"$PARAMETER": …}``, Great Expectations' way to name a value that is known only at run time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

# Start of every rule's query; the condition after it names the rows that must not be there.
RULE = "select * from {batch} where "

# A comparison is with the batch before; ``lately`` exists only where that batch is at most
# LATELY_DAYS older, because what is alarming from one publication to the next is lawful over years
# (639 parties of 2018's consolidated list were 375 two years later). Over 92 days the SDN List
# never lost more than 1.71 % net (143 versions, 2021-08 to 2022-12; largest gap 15 days).
# A count ``eased`` is that of the batch before, less a quarter a year beyond those days: that list
# of 639 lost 41 % in 711 days, the fastest that any list we hold became shorter.
BEFORE, LATELY, EASED = "before", "lately", "eased"
LATELY_DAYS = 92
_EASED_TO_NOTHING_DAYS = 4 * 365


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation: what must hold, of which table, how bad it is if not, and why.

    ``severity``: ``critical`` stops publishing, ``warning`` is reported. ``notes`` say where the
    number comes from. ``view`` names a view of ``expectations.views`` over the table,
    ``against`` the earlier batch it compares with.
    """

    type: str
    kwargs: Mapping[str, Any]
    severity: str = "critical"
    notes: str = ""
    table: str = ""
    view: str = ""
    against: str = ""

    @property
    def parameter(self) -> str:
        """Name of the earlier batch's value it needs; empty where it needs none."""
        if not self.against:
            return ""
        return _parameter(self.table, self.kwargs.get("column", "rows"), self.against)

    def configuration(self) -> dict[str, Any]:
        """The expectation as Great Expectations stores it."""
        meta = {"table": self.table, "view": self.view, "against": self.against}
        return {
            "type": self.type,
            "kwargs": dict(self.kwargs),
            "severity": self.severity,
            "notes": self.notes,
            "meta": meta,
        }

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Read what ``configuration`` wrote, also after Great Expectations stored it."""
        return cls(
            type=configuration["type"],
            kwargs=dict(configuration["kwargs"]),
            severity=configuration["severity"],
            notes=configuration["notes"],
            **{k: configuration["meta"][k] for k in ("table", "view", "against")},
        )


@dataclass(frozen=True, slots=True)
class Suite:
    """Expectations of one source or layer, under the name the judgements carry."""

    name: str
    expectations: tuple[Expectation, ...] = field(default_factory=tuple)

    def tables(self) -> tuple[str, ...]:
        """Tables the suite judges, in the order they are first named."""
        return tuple(dict.fromkeys(e.table for e in self.expectations))

    def batches(self) -> dict[tuple[str, str], tuple[Expectation, ...]]:
        """Expectations by table and view: one Great Expectations suite each."""
        keys = dict.fromkeys((e.table, e.view) for e in self.expectations)
        return {k: tuple(e for e in self.expectations if (e.table, e.view) == k) for k in keys}


def _parameter(table: str, what: str, against: str) -> str:
    return f"{table.replace('.', '_')}_{what}_{against}"


# ── whole tables ────────────────────────────────────────────────────────────────────────────────


def row_count(
    table: str,
    at_least: int | None = None,
    at_most: int | None = None,
    *,
    notes: str,
    severity: str = "warning",
) -> Expectation:
    """Absolute bounds; they only warn unless said otherwise, since small sets are loaded too."""
    bounds = {"min_value": at_least, "max_value": at_most}
    return Expectation(
        "expect_table_row_count_to_be_between",
        {k: v for k, v in bounds.items() if v is not None},
        severity,
        notes,
        table,
    )


def not_empty(table: str, *, notes: str, severity: str = "critical") -> Expectation:
    """At least one row."""
    return row_count(table, 1, notes=notes, severity=severity)


def eased(rows: int, days: int) -> int:
    """How many of the rows of a batch so many days older a list is held to."""
    beyond = max(0, days - LATELY_DAYS)
    return rows * max(0, _EASED_TO_NOTHING_DAYS - beyond) // _EASED_TO_NOTHING_DAYS


def net_drop(
    table: str,
    at_most_pct: int,
    *,
    notes: str,
    severity: str = "critical",
    spare: int = 0,
    against: str = BEFORE,
) -> Expectation:
    """At most this share of the rows before may be gone, and ``spare`` rows more."""
    rows = _parameter(table, "rows", against)
    floor = f"trunc({rows} * {100 - at_most_pct} / 100)" + (f" - {spare}" if spare else "")
    return Expectation(
        "expect_table_row_count_to_be_between",
        {"min_value": {"$PARAMETER": floor}},
        severity,
        notes,
        table,
        against=against,
    )


def net_growth(
    table: str, at_most_pct: int, *, notes: str, severity: str = "warning", against: str = BEFORE
) -> Expectation:
    """At most this share of the rows before may have come."""
    rows = _parameter(table, "rows", against)
    ceiling = f"trunc({rows} * {100 + at_most_pct} / 100) + 1"
    return Expectation(
        "expect_table_row_count_to_be_between",
        {"max_value": {"$PARAMETER": ceiling}},
        severity,
        notes,
        table,
        against=against,
    )


def keeps_values(
    table: str,
    column: str,
    *,
    notes: str,
    severity: str = "warning",
    against: str = BEFORE,
    view: str = "",
) -> Expectation:
    """Every value the batch before had is still there: none was lost whole."""
    return Expectation(
        "expect_column_distinct_values_to_contain_set",
        {"column": column, "value_set": {"$PARAMETER": _parameter(table, column, against)}},
        severity,
        notes,
        table,
        view,
        against,
    )


def columns_are(table: str, names: Sequence[str], *, notes: str) -> Expectation:
    """Exactly these columns, in any order."""
    kwargs = {"column_set": list(names), "exact_match": True}
    return Expectation("expect_table_columns_to_match_set", kwargs, "critical", notes, table)


def unique(
    table: str, *columns: str, notes: str, severity: str = "critical", view: str = ""
) -> Expectation:
    """No two rows share these values."""
    if len(columns) == 1:
        kind, kwargs = "expect_column_values_to_be_unique", {"column": columns[0]}
        return Expectation(kind, kwargs, severity, notes, table, view)
    kind = "expect_compound_columns_to_be_unique"
    return Expectation(kind, {"column_list": list(columns)}, severity, notes, table, view)


# ── columns, row by row ─────────────────────────────────────────────────────────────────────────


def not_null(table: str, column: str, *, notes: str) -> Expectation:
    """Never null."""
    kind = "expect_column_values_to_not_be_null"
    return Expectation(kind, {"column": column}, "critical", notes, table)


def fill_rate(
    table: str, column: str, at_least: float, *, notes: str, severity: str = "warning"
) -> Expectation:
    """At least this share of the rows has a value."""
    kwargs = {"column": column, "mostly": at_least}
    return Expectation("expect_column_values_to_not_be_null", kwargs, severity, notes, table)


def one_of(
    table: str, column: str, values: Sequence[str], *, notes: str, severity: str = "critical"
) -> Expectation:
    """Values from a closed set."""
    kwargs = {"column": column, "value_set": list(values)}
    return Expectation("expect_column_values_to_be_in_set", kwargs, severity, notes, table)


def matches(
    table: str, column: str, pattern: str, *, notes: str, severity: str = "critical"
) -> Expectation:
    """Values match a pattern, written in what Python and RE2 read alike."""
    kwargs = {"column": column, "regex": pattern}
    return Expectation("expect_column_values_to_match_regex", kwargs, severity, notes, table)


def between(
    table: str,
    column: str,
    at_least: float | str | None = None,
    at_most: float | str | None = None,
    *,
    notes: str,
    severity: str = "critical",
    mostly: float = 1,
    is_above: bool = False,
) -> Expectation:
    """Numbers or days within bounds; ``is_above`` leaves the lower bound itself out."""
    bounds = {"min_value": at_least, "max_value": at_most}
    kwargs: dict[str, Any] = {"column": column}
    kwargs |= {k: v for k, v in bounds.items() if v is not None}
    if is_above:
        kwargs["strict_min"] = True
    if mostly != 1:
        kwargs["mostly"] = mostly
    return Expectation("expect_column_values_to_be_between", kwargs, severity, notes, table)


def in_order(
    table: str, first: str, then: str, *, notes: str, may_be_equal: bool = True
) -> Expectation:
    """``first`` is not after ``then``; rows where one is not known say nothing."""
    kwargs = {
        "column_A": then,
        "column_B": first,
        "or_equal": may_be_equal,
        "ignore_row_if": "either_value_is_missing",
    }
    kind = "expect_column_pair_values_a_to_be_greater_than_b"
    return Expectation(kind, kwargs, "critical", notes, table)


def no_rows(
    table: str, where: str, *, notes: str, severity: str = "critical", view: str = ""
) -> Expectation:
    """No row for which the SQL condition holds; other tables may be named by their full names."""
    kwargs = {"unexpected_rows_query": RULE + where}
    return Expectation("unexpected_rows_expectation", kwargs, severity, notes, table, view)
