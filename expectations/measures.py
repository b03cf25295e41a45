"""Answers to what Great Expectations asks about a table, computed by DuckDB.

An expectation names the metrics it decides by; pandas would need the table in memory for them.
Here all counts of a table come out of one scan (``expectations.scans``), and only where something
failed a second one fetches the ids of up to 20 rows. Every row is judged, none is sampled. A metric
that can't be computed is not answered, and its expectation has failed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import duckdb

from expectations.conditions import (
    Kwargs,
    RowTest,
    Unanswerable,
    identifier,
    key_domain,
    row_test,
)
from transforms.clean.display import shown

# Enough to see the pattern of a fault and few enough for one line of a log.
EXAMPLES = 20

_UNIQUE = ("column_values.unique", "compound_columns.unique")
_COLUMN_AGGREGATES: Mapping[str, str] = {
    "column.sum": "coalesce(sum({c}), 0)",
    "column.max": "max({c})",
    "column.min": "min({c})",
    "column.non_null_proportion": "count({c}) / count(*)",
    "column.distinct_values.count": "count(distinct {c})",
    "column.distinct_values.missing_from_column": "list(distinct {c})",
    "column.distinct_values.missing_from_column.count": "list(distinct {c})",
    "column.distinct_values.not_in_set": "list(distinct {c})",
    "column.distinct_values.not_in_set.count": "list(distinct {c})",
}


class Metric(Protocol):
    """The part of Great Expectations' MetricConfiguration that is needed here."""

    @property
    def id(self) -> Any:
        """Hashable; the same for two expectations that ask the same."""

    @property
    def metric_name(self) -> str:
        """Such as ``column_values.in_set.unexpected_count``."""

    @property
    def metric_domain_kwargs(self) -> Kwargs:
        """Which rows and columns it is about."""

    @property
    def metric_value_kwargs(self) -> Kwargs:
        """What is expected of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a relation in SQL, its columns with their types, and SQL that names a row."""

    relation: str
    columns: Mapping[str, str]
    witness: str
    witness_name: str = "record_id"


class Scan(Protocol):
    """Computes over the rows of a subject."""

    @property
    def subject(self) -> Subject:
        """What is scanned."""

    def aggregates(self, wanted: Sequence[str]) -> Mapping[str, object]:
        """Values of SQL aggregates; an error where one cannot be computed."""

    def duplicates(self, domain: Kwargs) -> int:
        """Rows that share their key with another row, exactly."""

    def duplicate_rows(self, domain: Kwargs, /) -> list[str]:
        """Some of them, by what names a row."""


@dataclass(slots=True)
class Answers:
    """Values by metric id; ``unanswered`` says of the others why; ``rows`` of the whole table."""

    values: dict[Any, Any] = field(default_factory=dict)
    unanswered: dict[Any, str] = field(default_factory=dict)
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class _RowCount:
    """Asked of every table, whether or not an expectation does."""

    id: Any = "rows"
    metric_name: str = "table.row_count"
    metric_domain_kwargs: Kwargs = field(default_factory=dict)
    metric_value_kwargs: Kwargs = field(default_factory=dict)


def answer(scan: Scan, metrics: Iterable[Metric]) -> Answers:
    """Answer all metrics of one table."""
    asked: dict[Any, Metric] = {m.id: m for m in [_RowCount(), *metrics]}
    answers = Answers()
    _scan(scan, answers, asked, _aggregate)
    for m in asked.values():
        if m.metric_name in [f"{u}.unexpected_count" for u in _UNIQUE]:
            _attempt(answers, m, partial(scan.duplicates, m.metric_domain_kwargs))
    failed = {base(m): m for m in asked.values() if _is_count(m) and answers.values.get(m.id)}
    lists = {m.id: m for m in asked.values() if _is_list(m) and base(m) in failed}
    _scan(scan, answers, lists, _examples)
    for m in asked.values():
        if m.id not in answers.values and m.id not in answers.unanswered:
            _attempt(answers, m, partial(_rest, scan, m, base(m) in failed))
        if m.id in answers.values:
            answers.values[m.id] = _finished(m, answers.values[m.id], scan.subject)
    answers.rows = answers.values.pop("rows", None)
    return answers


def base(m: Metric) -> tuple[str, ...]:
    """What a metric is a facet of: the row test, its domain and its arguments."""
    arguments = {k: v for k, v in m.metric_value_kwargs.items() if k != "result_format"}
    pairs = sorted((k, repr(v)) for k, v in (arguments | dict(m.metric_domain_kwargs)).items())
    return m.metric_name.rsplit(".", 1)[0], *(f"{k}={v}" for k, v in pairs)


def _is_count(m: Metric) -> bool:
    return m.metric_name.endswith((".unexpected_count", "unexpected_rows_query.row_count"))


def _is_list(m: Metric) -> bool:
    return m.metric_name.endswith((".unexpected_index_list", "unexpected_rows_query.table"))


def _test(m: Metric, subject: Subject) -> RowTest:
    name = m.metric_name.rsplit(".", 1)[0]
    return row_test(name, m.metric_domain_kwargs, m.metric_value_kwargs, subject.columns)


def _aggregate(m: Metric, subject: Subject) -> str | None:
    """SQL aggregate that answers a metric in the one scan; None where it needs another way."""
    name = m.metric_name
    if name == "table.row_count":
        return "count(*)"
    if name in _COLUMN_AGGREGATES:
        column = identifier(m.metric_domain_kwargs["column"], subject.columns)
        return _COLUMN_AGGREGATES[name].format(c=column)
    judged = unexpected = ""
    if base(m)[0] in _UNIQUE:
        judged = key_domain(m.metric_domain_kwargs, subject.columns)[1]
    elif _is_count(m) or name.endswith(".filtered_row_count"):
        judged, unexpected = _test(m, subject).judged, _test(m, subject).unexpected
    condition = judged if name.endswith(".filtered_row_count") else unexpected
    return f"count(*) filter (where {condition})" if condition else None


def _examples(m: Metric, subject: Subject) -> str | None:
    """SQL aggregate for the ids of some rows that broke the expectation."""
    if base(m)[0] in _UNIQUE:
        return None
    unexpected = _test(m, subject).unexpected
    return f"min({subject.witness}, {EXAMPLES}) filter (where {unexpected})"


def _scan(
    scan: Scan,
    answers: Answers,
    asked: Mapping[Any, Metric],
    expression: Callable[[Metric, Subject], str | None],
) -> None:
    """Answer what one scan can."""
    wanted: dict[Any, str] = {}
    for m in asked.values():
        try:
            sql = expression(m, scan.subject)
        except Unanswerable as error:
            answers.unanswered[m.id] = str(error)
        else:
            if sql is not None:
                wanted[m.id] = sql
    distinct = list(dict.fromkeys(wanted.values()))
    if not distinct:
        return
    found = scan.aggregates(distinct)
    for key, sql in wanted.items():
        if isinstance(found[sql], duckdb.Error):
            answers.unanswered[key] = str(found[sql])
        else:
            answers.values[key] = found[sql]


def _attempt(answers: Answers, m: Metric, act: Callable[[], object]) -> None:
    try:
        answers.values[m.id] = act()
    except (Unanswerable, duckdb.Error) as error:
        answers.unanswered[m.id] = str(error)


def _rest(scan: Scan, m: Metric, has_failed: bool) -> object:
    """Metrics that need no scan, or one of their own."""
    name = m.metric_name
    if name == "table.columns":
        return list(scan.subject.columns)
    if name.endswith(".unexpected_values"):
        return []  # values may be personal names: rows are named by their ids only
    if name.endswith(".unexpected_index_query"):
        return None
    if _is_list(m):
        if has_failed and base(m)[0] in _UNIQUE:
            return scan.duplicate_rows(m.metric_domain_kwargs)
        return []
    raise Unanswerable(f"metric {name} is not known to the gate")


def _finished(m: Metric, value: Any, subject: Subject) -> Any:
    """A raw answer in the form Great Expectations takes it."""
    name = m.metric_name
    if _is_list(m):
        return [{subject.witness_name: shown(w)[:200]} for w in value or []]
    if ".distinct_values." in name and not name.endswith("distinct_values.count"):
        found = {v for v in value or [] if v is not None}
        wanted = m.metric_value_kwargs["value_set"]
        if "missing_from_column" in name:
            differing = sorted(v for v in wanted if v not in found)
        else:
            differing = sorted(v for v in found if v not in wanted)
        return len(differing) if name.endswith(".count") else differing
    return value
