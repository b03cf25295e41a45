"""What the gate says: one row per expectation for ``meta.judgements``, and the verdict."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from expectations.vocabulary import Expectation
from transforms.errors import GateFailed

Row = Mapping[str, Any]

# Arguments in a line for people; meta.judgements holds them whole.
_LINE = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """Results of one suite over one batch or build.

    ``worst`` is the severity of the worst failure as Great Expectations sums it up, empty where
    all held; ``left_out`` counts expectations that had nothing to compare with. ``validations``
    are Great Expectations' own results, a pair of suite and result per table, for Data Docs.
    """

    run_id: str
    batch: str | None
    suite: str
    recorded_at: datetime
    results: tuple[Row, ...]
    worst: str
    left_out: int
    validations: tuple[tuple[Any, Any], ...] = field(repr=False)
    # Which of ``results`` compare with an earlier batch.
    comparisons: frozenset[int] = frozenset()

    @property
    def verdict(self) -> str:
        """``passed``, ``warned`` or ``failed``: the words of ``last_judgement``."""
        return {"": "passed", "info": "passed", "critical": "failed"}.get(self.worst, "warned")

    @property
    def failed_critical(self) -> tuple[Row, ...]:
        """Rows of the critical expectations that did not hold."""
        return self._failed("critical")

    def is_comparison(self, row: Row) -> bool:
        """Whether a row's expectation compares with the last accepted batch."""
        return any(self.results[i] is row for i in self.comparisons)

    @property
    def failures(self) -> list[str]:
        """A line for each critical failure."""
        return [line(r) for r in self.failed_critical]

    @property
    def warnings(self) -> list[str]:
        """A line for each warning."""
        return [line(r) for r in self._failed("warning")]

    @property
    def summary(self) -> str:
        """One line: verdict and counts."""
        return (
            f"{self.verdict}: {len(self.results)} expectations, "
            f"{len(self.failed_critical)} critical failures, "
            f"{len(self._failed('warning'))} warnings, {self.left_out} without a comparison"
        )

    def enforce(self) -> None:
        """Raise ``GateFailed`` where a critical expectation did not hold."""
        if self.verdict == "failed":
            what = " ".join(filter(None, (self.suite, self.batch)))
            raise GateFailed(f"{what}: " + "; ".join(self.failures))

    def _failed(self, severity: str) -> tuple[Row, ...]:
        return tuple(r for r in self.results if not r["is_success"] and r["severity"] == severity)


def line(row: Row) -> str:
    """A failed expectation in one line: where, what was expected and found, which rows, why."""
    kwargs = row["kwargs"]
    if len(kwargs) > _LINE:
        kwargs = kwargs[:_LINE] + "…"
    text = f"{row['table_name']}: {row['expectation']} {kwargs}: found {row['observed']}"
    if row["examples"]:
        text += f", such as {', '.join(json.loads(row['examples'])[:3])}"
    return f"{text} ({row['notes']})"


@dataclass(slots=True)
class Verdicts:
    """Collects a judgement, table by table."""

    run_id: str
    source: str | None
    batch: str | None
    suite: str
    recorded_at: datetime
    left_out: int = 0
    rows: list[Row] = field(default_factory=list)
    validations: list[tuple[Any, Any]] = field(default_factory=list)
    comparisons: set[int] = field(default_factory=set)

    def add(self, expectation: Expectation, result: Any, row_count: int | None) -> None:
        """Take one expectation's result."""
        found = result.result or {}
        fault = (result.exception_info or {}).get("exception_message")
        examples = [" ".join(row.values()) for row in example_rows(found)]
        if expectation.against:
            self.comparisons.add(len(self.rows))
        resolved = {k: v for k, v in result.expectation_config.kwargs.items() if k != "batch_id"}
        self.rows.append(
            {
                "run_id": self.run_id,
                "source": self.source,
                "batch": self.batch,
                "table_name": expectation.table,
                "suite": self.suite,
                "expectation": expectation.type,
                "kwargs": json.dumps(resolved, sort_keys=True, default=str, ensure_ascii=False),
                "severity": expectation.severity,
                "notes": expectation.notes,
                "is_success": bool(result.success),
                "element_count": found.get("element_count", row_count),
                "unexpected_count": _unexpected_count(expectation, found),
                "observed": fault or _observed(found),
                "examples": json.dumps(examples, ensure_ascii=False) if examples else None,
                "recorded_at": self.recorded_at,
            }
        )

    def judgement(self) -> Judgement:
        """Sum up, by Great Expectations' own order of severities."""
        severities = [result.get_max_severity_failure() for _, result in self.validations]
        worst = max((s for s in severities if s is not None), default=None)
        return Judgement(
            self.run_id,
            self.batch,
            self.suite,
            self.recorded_at,
            tuple(self.rows),
            worst.value if worst is not None else "",
            self.left_out,
            tuple(self.validations),
            frozenset(self.comparisons),
        )


def example_rows(found: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Ids of some rows that broke the expectation, as Great Expectations' result holds them."""
    details = found.get("details") or {}
    rows: list[Mapping[str, str]] = found.get("unexpected_index_list") or []
    return rows or details.get("unexpected_rows") or []


def _unexpected_count(expectation: Expectation, found: Mapping[str, Any]) -> int | None:
    if expectation.type == "unexpected_rows_expectation":
        return found.get("observed_value")
    return found.get("unexpected_count")


def _observed(found: Mapping[str, Any]) -> str | None:
    """The observed value as text."""
    if found.get("missing_count") and found.get("partial_missing_list"):
        return "missing " + ", ".join(map(str, found["partial_missing_list"]))
    value = found.get("observed_value")
    if isinstance(value, list | dict | set):
        return json.dumps(sorted(value), default=str, ensure_ascii=False)
    if value is not None:
        return str(value)
    if found.get("unexpected_count") is not None:
        return f"{found['unexpected_count']} of {found.get('element_count')} rows"
    return None
