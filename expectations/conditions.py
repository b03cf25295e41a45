"""What each of Great Expectations' metrics means for a row, in DuckDB's SQL.

A map metric judges some rows (``judged``: nulls are mostly left out) and expects something of
each (``expected``). The meanings are those of Great Expectations' own pandas engine; a test
compares the two expectation by expectation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from expectations.vocabulary import RULE

Kwargs = Mapping[str, Any]


class Unanswerable(Exception):
    """The metric can't be computed on this table; its expectation has failed."""


@dataclass(frozen=True, slots=True)
class RowTest:
    """SQL conditions: which rows are judged, and what is expected of them."""

    judged: str
    expected: str

    @property
    def unexpected(self) -> str:
        """Holds for the rows that break the expectation."""
        return f"({self.judged}) and ({self.expected}) is not true"


def literal(value: object, column_type: str = "VARCHAR") -> str:
    """A value as SQL; instants as UTC, so that no session's time zone shifts them."""
    match value:
        case None:
            return "null"
        case float() if value.is_integer():
            # Great Expectations makes bounds floats; 0.0 as SQL would be a decimal, and an amount
            # of 38 digits has no room for its decimal place.
            return str(int(value))
        case bool() | int() | float():
            return repr(value).lower()
        case date() | datetime():
            text = value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
            if column_type == "TIMESTAMP WITH TIME ZONE":
                midnight = "" if isinstance(value, datetime) else " 00:00:00"
                zone = "" if getattr(value, "tzinfo", None) else "+00"
                return f"timestamptz '{text}{midnight}{zone}'"
            return f"{'timestamp' if isinstance(value, datetime) else 'date'} '{text}'"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str, columns: Kwargs) -> str:
    """A column's quoted name; ``Unanswerable`` where the table has no such column."""
    if name not in columns:
        raise Unanswerable(f"column {name!r} is not in the table")
    return '"' + name.replace('"', '""') + '"'


def row_test(metric: str, domain: Kwargs, values: Kwargs, columns: Kwargs) -> RowTest:
    """The row test of a map metric, such as ``column_values.match_regex``."""
    if domain.get("row_condition") is not None:
        raise Unanswerable("row conditions are not supported; write a rule")
    if metric == "unexpected_rows_query":
        query = str(values["unexpected_rows_query"])
        if not query.startswith(RULE):
            raise Unanswerable(f"a rule begins {RULE!r}")
        return RowTest(query.removeprefix(RULE), "false")
    if metric.startswith("column_pair_values."):
        return _pair(metric, domain, values, columns)
    if metric not in _TESTS:
        raise Unanswerable(f"metric {metric} is not known to the gate")
    column = identifier(domain["column"], columns)
    expected = _TESTS[metric](column, values, str(columns[domain["column"]]))
    if metric in ("column_values.nonnull", "column_values.null"):
        return RowTest("true", expected)
    return RowTest(f"{column} is not null", expected)


def key_domain(domain: Kwargs, columns: Kwargs) -> tuple[list[str], str]:
    """Columns of a uniqueness expectation, and which rows it judges."""
    names = [domain["column"]] if "column" in domain else list(domain["column_list"])
    quoted = [identifier(n, columns) for n in names]
    match domain.get("ignore_row_if", "all_values_are_missing"):
        case "all_values_are_missing":
            return quoted, " or ".join(f"{c} is not null" for c in quoted)
        case "any_value_is_missing":
            return quoted, " and ".join(f"{c} is not null" for c in quoted)
        case _:
            return quoted, "true"


def _pair(metric: str, domain: Kwargs, values: Kwargs, columns: Kwargs) -> RowTest:
    first = identifier(domain["column_A"], columns)
    second = identifier(domain["column_B"], columns)
    judged = {
        "both_values_are_missing": f"{first} is not null or {second} is not null",
        "either_value_is_missing": f"{first} is not null and {second} is not null",
    }.get(domain["ignore_row_if"], "true")
    match metric:
        case "column_pair_values.equal":
            return RowTest(judged, f"{first} = {second}")
        case "column_pair_values.a_greater_than_b":
            sign = ">=" if values.get("or_equal") else ">"
            return RowTest(judged, f"{first} {sign} {second}")
    raise Unanswerable(f"metric {metric} is not known to the gate")


def _in_set(column: str, values: Kwargs, column_type: str) -> str:
    listed = [literal(v, column_type) for v in values["value_set"] if v is not None]
    return f"{column} in ({', '.join(listed)})" if listed else "false"


def _between(subject: str, values: Kwargs, column_type: str) -> str:
    parts = []
    for bound, sign, strict in (("min_value", ">", "strict_min"), ("max_value", "<", "strict_max")):
        if values.get(bound) is not None:
            sign += "" if values.get(strict) else "="  # noqa: PLW2901 the sign is put together here
            parts.append(f"{subject} {sign} {literal(values[bound], column_type)}")
    if not parts:
        raise Unanswerable("min_value and max_value cannot both be missing")
    return " and ".join(parts)


_TESTS: Mapping[str, Callable[[str, Kwargs, str], str]] = {
    "column_values.nonnull": lambda c, _v, _t: f"{c} is not null",
    "column_values.null": lambda c, _v, _t: f"{c} is null",
    "column_values.in_set": _in_set,
    "column_values.not_in_set": lambda c, v, t: f"not ({_in_set(c, v, t)})",
    "column_values.match_regex": lambda c, v, _t: f"regexp_matches({c}, {literal(v['regex'])})",
    "column_values.not_match_regex": lambda c, v, _t: (
        f"not regexp_matches({c}, {literal(v['regex'])})"
    ),
    "column_values.between": _between,
    "column_values.value_length.between": lambda c, v, _t: _between(f"length({c})", v, "BIGINT"),
}
