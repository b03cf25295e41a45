"""The gate: whether a batch may be published, or a build served.

In: a suite, and tables as Parquet files or inside a DuckDB connection. Out: a judgement, with rows
for ``meta.judgements``. Great Expectations decides: each of its expectations names the metrics it
needs, DuckDB computes them over every row (``expectations.measures``), the expectation's own
``metrics_validate`` gives its verdict, and ``get_max_severity_failure`` sums them up. It is
imported inside functions, since that takes ten seconds.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from expectations.judgement import Judgement, Verdicts
from expectations.measures import Subject, answer
from expectations.subjects import BOOKS, Unreadable, over, relations, subject
from expectations.vocabulary import LATELY, LATELY_DAYS, Expectation, Suite

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
) -> Judgement:
    """Judge tables by a suite; nothing is written but, with ``docs``, Data Docs.

    ``tables`` maps a table to its Parquet files, and ``connection`` is then a fresh one with the
    run's memory limit and spill directory; a table of the suite without files has no rows.
    ``None`` judges the tables of ``connection`` itself, where each must exist. ``previous`` is what
    ``measure_before`` says of the last accepted batch; ``books`` are the candidate's rows_read,
    rows_staged, rows_rejected and warnings. Expectations that lack either are left out and counted.
    """
    behind = relations(connection, tables, suite, books)
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
            judged: Subject | Unreadable = subject(connection, behind[table], table, view)
        except Unreadable as error:
            judged = error
        name = ".".join(filter(None, (suite.name, table, view)))
        parameters = {e.parameter: known[e.parameter] for e in applicable if e.parameter}
        stored, results, rows = _decide(connection, name, applicable, judged, parameters)
        verdicts.validations.append((stored, _validation(name, results, parameters)))
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
) -> dict[str, Any]:
    """What a suite compares with, measured on the last accepted batch's own files.

    ``days`` is how much older that batch is; the last accepted batch of a list is the one with
    the greatest date not after the candidate's.
    """
    behind = relations(connection, tables, suite)
    values: dict[str, Any] = {}
    for e in suite.expectations:
        is_late = days is None or days > LATELY_DAYS
        if not e.parameter or e.parameter in values or (e.against == LATELY and is_late):
            continue
        relation = behind[e.table]
        if isinstance(relation, Unreadable):
            raise relation
        column = e.kwargs.get("column")
        what = f"distinct {column}" if column else "count(*)"
        where = f"where {column} is not null order by 1" if column else ""
        found = connection.execute(
            f"select {what} from {over(relation, e.view)} {where}"
        ).fetchall()
        values[e.parameter] = [row[0] for row in found] if column else found[0][0]
    return values


def _decide(
    con: duckdb.DuckDBPyConnection,
    name: str,
    expectations: Sequence[Expectation],
    judged: Subject | Unreadable,
    parameters: Mapping[str, Any],
) -> tuple[Any, list[Any], int | None]:
    """Great Expectations' suite for one table or view, its results, and the number of rows."""
    gx = great_expectations()
    suite = gx.ExpectationSuite(name=name, expectations=[e.configuration() for e in expectations])
    resolved = []
    for expectation in suite.expectations:
        configuration = expectation.configuration
        configuration.process_suite_parameters(dict(parameters))
        resolved.append(configuration.to_domain_obj())
    if isinstance(judged, Unreadable):
        return suite, [_not_computed(e.configuration, str(judged)) for e in resolved], None
    needed = [
        e.get_validation_dependencies(
            runtime_configuration=_runtime(judged)
        ).get_metric_configurations()
        for e in resolved
    ]
    answers = answer(con, judged, [m for metrics in needed for m in metrics])
    results = []
    for e, metrics in zip(resolved, needed, strict=True):
        faults = [answers.unanswered[m.id] for m in metrics if m.id in answers.unanswered]
        if faults:
            results.append(_not_computed(e.configuration, faults[0]))
        else:
            results.append(
                e.metrics_validate(answers.values, runtime_configuration=_runtime(judged))
            )
    return suite, results, answers.rows


def _runtime(judged: Subject) -> dict[str, Any]:
    """Runtime configuration; made anew each time, since Great Expectations writes into it."""
    names = [judged.witness_name]
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


def _validation(name: str, results: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
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
            "success_percent": 100 * passed / len(results),
        },
        suite_parameters=dict(parameters),
        meta={"great_expectations_version": great_expectations().__version__},
    )
