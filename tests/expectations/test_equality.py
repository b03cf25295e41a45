"""The gate says what Great Expectations says when it computes everything itself.

Seeded tables with every kind of violation go through the gate, and through Great Expectations on
pandas (on SQLite for rules, which it does not offer on pandas): same verdicts, same counts.
"""

import logging
import random
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from expectations import vocabulary as say
from expectations.gate import great_expectations, judge
from expectations.vocabulary import Expectation, Suite
from transforms.schemas import TABLES, Table

pytestmark = pytest.mark.xdist_group("gx")

TABLE = "core.sample"
WORDS = ["exchange", "mixer", "", "Ünïcode", "Σίγμα", "42", "0x1f", "bridge ", "a|b", "mixer"]
DAYS = [date(2008, 12, 31), date(2009, 1, 3), date(2024, 1, 2), date(2024, 1, 3)]


def plain(kind: str, **kwargs: Any) -> Expectation:
    return Expectation(kind, kwargs, "warning", "compared with Great Expectations", TABLE)


NOTE = {"notes": "compared with Great Expectations"}
ASKED = (
    say.row_count(TABLE, 10, 30, **NOTE),
    say.row_count(TABLE, 25, **NOTE),
    say.columns_are(TABLE, ["word", "number", "other", "day", "part"], **NOTE),
    say.columns_are(TABLE, ["word", "number", "other", "day", "parts"], **NOTE),
    say.not_null(TABLE, "word", **NOTE),
    say.fill_rate(TABLE, "word", 0.8, **NOTE),
    say.fill_rate(TABLE, "number", 0.25, **NOTE),
    say.one_of(TABLE, "word", ["exchange", "mixer", "42"], **NOTE),
    say.one_of(TABLE, "part", [0, 1], **NOTE),
    say.matches(TABLE, "word", "^[a-z0-9]+$", **NOTE),
    say.matches(TABLE, "word", "x", **NOTE),
    say.between(TABLE, "number", 0, 5, **NOTE),
    say.between(TABLE, "number", 0, is_above=True, mostly=0.5, **NOTE),
    say.between(TABLE, "day", "2009-01-03", **NOTE),
    say.unique(TABLE, "word", **NOTE),
    say.unique(TABLE, "part", **NOTE),
    say.unique(TABLE, "word", "part", **NOTE),
    say.unique(TABLE, "word", "number", "part", **NOTE),
    say.in_order(TABLE, "number", "other", **NOTE),
    say.in_order(TABLE, "number", "other", may_be_equal=False, **NOTE),
    plain("expect_column_values_to_be_null", column="word"),
    plain("expect_column_values_to_not_be_in_set", column="word", value_set=["", "mixer"]),
    plain("expect_column_values_to_not_match_regex", column="word", regex="[0-9]"),
    plain("expect_column_value_lengths_to_be_between", column="word", min_value=1, max_value=7),
    plain("expect_column_pair_values_to_be_equal", column_A="number", column_B="other"),
    plain("expect_column_distinct_values_to_contain_set", column="word", value_set=["mixer", "z"]),
    plain("expect_column_distinct_values_to_be_in_set", column="part", value_set=[0, 1, 2]),
    plain("expect_column_sum_to_be_between", column="number", min_value=0, max_value=40),
    plain("expect_column_max_to_be_between", column="number", max_value=8),
    plain("expect_column_min_to_be_between", column="number", min_value=-2),
    plain("expect_column_unique_value_count_to_be_between", column="word", min_value=8),
)
RULES = (
    "number > other",
    "word = '' or part >= 3",
    "number is null and word is not null",
    "length(word) > 6 and part not in (0, 1)",
)


@pytest.fixture(autouse=True)
def table_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the gate name the test's table as it does any other."""
    sample = Table(TABLE, "sample row", (), ("part",), ("part",), (), "")
    monkeypatch.setattr("expectations.subjects.TABLES", {**TABLES, TABLE: sample})
    logging.getLogger("great_expectations").setLevel(logging.ERROR)


def seeded(seed: int) -> pd.DataFrame:
    """Rows with nulls, duplicates and values on every side of every bound."""
    draw = random.Random(seed)
    size = draw.choice([0, 1, 7, 24, 31])

    def column(values: list[Any], nulls: float) -> list[Any]:
        return [None if draw.random() < nulls else draw.choice(values) for _ in range(size)]

    numbers = [-3.0, 0.0, 0.5, 5.0, 5.5, 9.0]
    nulls = draw.choice([0.0, 0.15, 0.6])
    return pd.DataFrame(
        {
            "word": pd.Series(column(WORDS, nulls), dtype=object),
            "number": pd.Series(column(numbers, nulls), dtype="float64"),
            "other": pd.Series(column(numbers, 0.2), dtype="float64"),
            "day": pd.Series(column(DAYS, nulls), dtype=object),
            "part": pd.Series(column([0, 1, 2, 3], 0.0), dtype="int64"),
        }
    )


def by_the_gate(frame: pd.DataFrame, asked: tuple[Expectation, ...]) -> list[Any]:
    con = duckdb.connect()
    con.execute("create schema core")
    con.register("frame", frame)
    con.execute(
        f"create table {TABLE} as select cast(word as varchar) as word, "
        "case when isnan(number) then null else number end as number, "
        "case when isnan(other) then null else other end as other, "
        "cast(day as date) as day, part from frame"
    )
    judgement = judge(
        None, Suite("same", asked), connection=con, run_id="r", recorded_at=datetime.now(UTC)
    )
    ((_, validation),) = judgement.validations
    return list(validation.results)


def key(result: Any) -> str:
    kwargs = {k: v for k, v in result.expectation_config.kwargs.items() if k != "batch_id"}
    return f"{result.expectation_config.type} {sorted(kwargs.items(), key=str)}"


def gist(result: Any) -> dict[str, Any]:
    found = result.result
    counts = ("element_count", "unexpected_count", "missing_count", "partial_missing_list")
    gist = {k: found[k] for k in counts if k in found} | {"success": bool(result.success)}
    if "partial_missing_list" in gist:  # Great Expectations lists them as its hash seed falls
        gist["partial_missing_list"] = sorted(gist["partial_missing_list"])
    gist["raised"] = (result.exception_info or {}).get("raised_exception", False)
    if isinstance(found.get("observed_value"), int | float):
        gist["observed_value"] = pytest.approx(found["observed_value"], nan_ok=True)
    return gist


@pytest.mark.parametrize("seed", range(6))
def test_the_gate_counts_and_decides_as_great_expectations_on_pandas(seed: int) -> None:
    gx = great_expectations()
    frame = seeded(seed)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="same", expectations=[e.configuration() for e in ASKED])
    theirs = batch.validate(suite, result_format="COMPLETE").results
    assert {key(r): gist(r) for r in by_the_gate(frame, ASKED)} == {key(r): gist(r) for r in theirs}


@pytest.mark.parametrize("seed", range(3, 5))
def test_the_gate_counts_a_rules_rows_as_great_expectations_on_sqlite(
    seed: int, tmp_path: Path
) -> None:
    gx = great_expectations()
    frame = seeded(seed)
    with sqlite3.connect(tmp_path / "rows.db") as database:
        frame.to_sql("sample", database, index=False)
    asked = tuple(say.no_rows(TABLE, where, **NOTE) for where in RULES)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sqlite(
        "rows", connection_string=f"sqlite:///{tmp_path / 'rows.db'}"
    )
    asset = source.add_table_asset("sample", table_name="sample")
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    suite = gx.ExpectationSuite(name="same", expectations=[e.configuration() for e in asked])
    theirs = {
        r.expectation_config.kwargs["unexpected_rows_query"]: (r.success, r.result)
        for r in batch.validate(suite, result_format="COMPLETE").results
    }
    for mine in by_the_gate(frame, asked):
        success, found = theirs[mine.expectation_config.kwargs["unexpected_rows_query"]]
        assert bool(mine.success) == bool(success)
        assert mine.result["observed_value"] == found["observed_value"]
