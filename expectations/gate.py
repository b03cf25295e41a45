"""The gate: whether a batch may be published, or a build served.

In: a suite, and tables as Parquet files or inside a DuckDB connection. Out: a judgement, with rows
for ``meta.judgements``. Great Expectations decides: each of its expectations names the metrics it
needs, DuckDB computes them over every row (``expectations.measures``), the expectation's own
``metrics_validate`` gives its verdict, and ``get_max_severity_failure`` sums them up. It is
imported inside functions, since that takes ten seconds.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from expectations.judgement import Judgement, Verdicts
from expectations.measures import Scan, answer
from expectations.parts import Parts
from expectations.scans import BatchScan
from expectations.subjects import BOOKS, Unreadable, over, relations, subject
from expectations.vocabulary import EASED, LATELY, LATELY_DAYS, Expectation, Suite, eased

logger = logging.getLogger(__name__)

# COMPLETE with ids instead of values: counts of all rows, ids of some, nobody's name.
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}


def great_expectations() -> ModuleType:
    """Great Expectations, imported when first needed, its telemetry and its log off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    # It notes thousands of lines on its own insides, ours would drown in them, and logs tracebacks
    # of what it also raises.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import great_expectations as gx

    return gx


def judge(
    tables: Mapping[str, Sequence[str]] | None,
    suite: Suite,
    *,
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    recorded_at: datetime,
    source: str | None = None,
    batch: str | None = None,
    previous: Mapping[str, Any] | None = None,
    books: Mapping[str, int] | None = None,
    docs: Path | None = None,
    day: str | None = None,
    parts: Sequence[Parts] = (),
) -> Judgement:
    """Judge tables by a suite; nothing is written but, with ``docs``, Data Docs.

    ``tables`` maps a table to its Parquet files, and ``connection`` is then a fresh one with the
    run's memory limit and spill directory; a table of the suite without files has no rows.
    ``None`` judges the tables of ``connection`` itself, where each must exist. ``previous`` is what
    ``measure_before`` says of the last accepted batch; ``books`` are the candidate's rows_read,
    rows_staged, rows_rejected and warnings. Expectations that lack either are left out and counted.
    ``day`` names the one snapshot to judge where files hold several. ``parts`` are the files of
    tables of the connection, most of them judged before.
    """
    behind = relations(connection, tables, suite, books, day)
    known = previous or {}
    verdicts = Verdicts(run_id, source, batch, suite.name, recorded_at)
    for (table, view), expectations in suite.batches().items():
        applicable = [e for e in expectations if not e.parameter or e.parameter in known]
        if table == BOOKS and books is None:
            applicable = []
        verdicts.left_out += len(expectations) - len(applicable)
        if not applicable:
            continue
        try:
            found = subject(connection, behind[table], table, view)
            own = next((p for p in parts if p.has(table, view)), None)
            scan: Scan | Unreadable = (
                own.scan(connection, view, found) if own else BatchScan(connection, found)
            )
        except Unreadable as error:
            scan = error
        name = ".".join(filter(None, (suite.name, table, view)))
        parameters = {e.parameter: known[e.parameter] for e in applicable if e.parameter}
        with kept_configurations():
            results, rows = decide(resolve(applicable, parameters, scan), scan)
        result = validation(name, results, parameters)
        verdicts.validations.append((stored(name, applicable), result))
        for expectation, result in zip(applicable, results, strict=True):
            verdicts.add(expectation, result, rows)
    judgement = verdicts.judgement()
    logger.info("judged %s: %s", " ".join(filter(None, (suite.name, batch))), judgement.summary)
    if docs is not None:
        from expectations.docs import write_docs

        write_docs(docs, [judgement])
    return judgement


def measure_before(
    tables: Mapping[str, Sequence[str]],
    suite: Suite,
    *,
    connection: duckdb.DuckDBPyConnection,
    days: int | None,
    day: str | None = None,
) -> dict[str, Any]:
    """What a suite compares with, measured on the last accepted batch's own files.

    ``days`` is how much older that batch is; the last accepted batch of a list is the one with
    the greatest date not after the candidate's. ``day`` is its own where files hold several.
    """
    behind = relations(connection, tables, suite, None, day)
    values: dict[str, Any] = {}
    for e in compared(suite, days):
        relation = behind[e.table]
        if isinstance(relation, Unreadable):
            raise relation
        query = f"select {measure(e)} from {over(relation, e.view)}"
        values[e.parameter] = measured(e, connection.execute(query).fetchall()[0][0], days)
    return values


def compared(suite: Suite, days: int | None) -> list[Expectation]:
    """One expectation for each value of an earlier batch that the suite compares with."""
    is_late = days is None or days > LATELY_DAYS
    found = {
        e.parameter: e
        for e in suite.expectations
        if e.parameter and not (e.against == LATELY and is_late)
    }
    return list(found.values())


def measure(expectation: Expectation) -> str:
    """SQL aggregate for what an expectation compares with."""
    column = expectation.kwargs.get("column")
    return f"list(distinct {column})" if column else "count(*)"


def measured(expectation: Expectation, found: Any, days: int | None) -> Any:
    """Its value in the form the suite takes it, of a batch so many days older."""
    if "column" in expectation.kwargs:
        return sorted(v for v in found or [] if v is not None)
    if expectation.against == EASED:
        return eased(found, days or 0)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """An expectation as Great Expectations holds it, and the metrics it decides by."""

    resolved: Any
    metrics: tuple[Any, ...]


def stored(name: str, expectations: Sequence[Expectation]) -> Any:
    """Great Expectations' suite for one table or view."""
    gx = great_expectations()
    return gx.ExpectationSuite(name=name, expectations=[e.configuration() for e in expectations])


def resolve(
    expectations: Sequence[Expectation],
    parameters: Mapping[str, Any],
    scan: Scan | Unreadable,
) -> list[Asked]:
    """Expectations, ready to decide."""
    great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    asked = []
    for e in expectations:
        configuration = ExpectationConfiguration(**e.configuration())
        configuration.process_suite_parameters(dict(parameters))
        resolved = configuration.to_domain_obj()
        dependencies = resolved.get_validation_dependencies(runtime_configuration=_runtime(scan))
        asked.append(Asked(resolved, tuple(dependencies.get_metric_configurations())))
    return asked


def decide(asked: Sequence[Asked], scan: Scan | Unreadable) -> tuple[list[Any], int | None]:
    """Great Expectations' results, and the number of rows."""
    if isinstance(scan, Unreadable):
        return [_not_computed(a.resolved.configuration, str(scan)) for a in asked], None
    answers = answer(scan, [m for a in asked for m in a.metrics])
    results = []
    for a in asked:
        faults = [answers.unanswered[m.id] for m in a.metrics if m.id in answers.unanswered]
        if faults:
            results.append(_not_computed(a.resolved.configuration, faults[0]))
        else:
            runtime = _runtime(scan)
            results.append(
                a.resolved.metrics_validate(answers.values, runtime_configuration=runtime)
            )
    return results, answers.rows


@contextmanager
def kept_configurations() -> Iterator[None]:
    """Within it an expectation makes its configuration once.

    Great Expectations makes and validates it anew at each look, a hundred times for a verdict,
    and nothing changes an expectation between ``resolve`` and ``decide``: that was two thirds of
    the time of a gate over few rows.
    """
    great_expectations()
    from great_expectations.expectations import expectation

    owner: Any = expectation.Expectation
    made = owner.configuration
    kept: dict[int, tuple[Any, Any]] = {}  # the expectation is held, so that its id stays its own

    def configuration(self: Any) -> Any:
        if id(self) not in kept:
            kept[id(self)] = (self, made.__get__(self))
        return kept[id(self)][1]

    owner.configuration = property(configuration)
    try:
        yield
    finally:
        owner.configuration = made


def _runtime(scan: Scan | Unreadable) -> dict[str, Any]:
    """Runtime configuration; made anew each time, since Great Expectations writes into it."""
    names = ["row" if isinstance(scan, Unreadable) else scan.subject.witness_name]
    return {"result_format": {**_RESULT_FORMAT, "unexpected_index_column_names": names}}


def _not_computed(configuration: Any, reason: str) -> Any:
    """The result of an expectation whose metrics could not be computed: it has failed."""
    from great_expectations.core import ExpectationValidationResult

    return ExpectationValidationResult(
        success=False,
        expectation_config=configuration,
        result={},
        exception_info={
            "raised_exception": True,
            "exception_message": reason,
            "exception_traceback": "",
        },
    )


def validation(name: str, results: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
    """Great Expectations' sum of some results; there may be none."""
    from great_expectations.core import ExpectationSuiteValidationResult

    passed = sum(bool(r.success) for r in results)
    return ExpectationSuiteValidationResult(
        success=passed == len(results),
        results=list(results),
        suite_name=name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100 * passed / len(results) if results else None,
        },
        suite_parameters=dict(parameters),
        meta={"great_expectations_version": great_expectations().__version__},
    )
