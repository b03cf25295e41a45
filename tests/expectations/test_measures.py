"""What DuckDB answers about a table, without Great Expectations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pytest

from expectations.conditions import Unanswerable, literal, row_test
from expectations.measures import Subject, answer
from expectations.scans import BatchScan


@dataclass(frozen=True)
class Metric:
    metric_name: str
    metric_domain_kwargs: Mapping[str, Any] = field(default_factory=dict)
    metric_value_kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> Any:
        return (self.metric_name, str(self.metric_domain_kwargs), str(self.metric_value_kwargs))


def asked(con: duckdb.DuckDBPyConnection, relation: str, *metrics: Metric) -> list[Any]:
    described = con.execute(f"describe select * from {relation}").fetchall()
    subject = Subject(relation, {r[0]: r[1] for r in described}, "record_id")
    answers = answer(BatchScan(con, subject), metrics)
    return [answers.values.get(m.id, answers.unanswered.get(m.id)) for m in metrics]


def unique(*columns: str) -> tuple[Metric, Metric]:
    domain = {"column_list": list(columns), "ignore_row_if": "all_values_are_missing"}
    return (
        Metric("compound_columns.unique.unexpected_count", domain),
        Metric("compound_columns.unique.unexpected_index_list", domain, {"result_format": {}}),
    )


def test_a_million_keys_are_counted_exactly_in_little_memory(
    con: duckdb.DuckDBPyConnection, tmp_path: Any
) -> None:
    con.execute("set memory_limit = '120MB'")
    con.execute(f"""
        copy (
            select
                case when i in (5, 999_999) then 'twice' else md5(i::varchar) end as a,
                case when i in (7, 8) then null else i % 3 end as b,
                'file.csv:' || i as record_id
            from range(1_000_000) as t(i)
        ) to '{tmp_path}/keys.parquet'
    """)
    con.execute(f"create view keys as select * from read_parquet('{tmp_path}/keys.parquet')")
    count, rows = asked(con, "keys", *unique("a", "record_id"))
    assert (count, rows) == (0, [])
    # 5 and 999,999 have remainders 2 and 0: different keys until the second column goes.
    assert asked(con, "keys", *unique("a", "b"))[0] == 0
    only = {"column": "a"}
    found = asked(
        con,
        "keys",
        Metric("column_values.unique.unexpected_count", only),
        Metric("column_values.unique.unexpected_index_list", only, {"result_format": {}}),
    )
    assert found == [2, [{"record_id": "file.csv:5"}, {"record_id": "file.csv:999999"}]]


def test_equal_hashes_alone_make_no_duplicate(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    con.execute(
        "create table t as select i % 2 as a, i as b, 'r' || i as record_id from range(4) s(i)"
    )
    con.execute("create macro hash(x, y) as 1")  # every key collides with every other
    assert asked(con, "t", *unique("a", "b")) == [0, []]
    con.execute("insert into t values (0, 0, 'r4')")
    assert asked(con, "t", *unique("a", "b")) == [2, [{"record_id": "r0"}, {"record_id": "r4"}]]


def test_examples_are_the_first_twenty_ids_in_order(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table t as select i as n, format('r{:03}', i) as record_id from range(90) s(i)"
    )
    domain, values = {"column": "n"}, {"min_value": 50, "max_value": None}
    count, rows = asked(
        con,
        "t",
        Metric("column_values.between.unexpected_count", domain, values),
        Metric(
            "column_values.between.unexpected_index_list", domain, values | {"result_format": {}}
        ),
    )
    assert count == 50
    assert [r["record_id"] for r in rows] == [f"r{n:03}" for n in range(20)]


def test_one_metric_that_cannot_be_computed_leaves_the_others_answered(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("create table t as select 'x' as word, 'r' as record_id")
    broken = {"unexpected_rows_query": "select * from {batch} where cast(word as int) > 1"}
    rows, rule, gone, strange = asked(
        con,
        "t",
        Metric("table.row_count"),
        Metric("unexpected_rows_query.row_count", {}, broken),
        Metric("column_values.nonnull.unexpected_count", {"column": "gone"}),
        Metric("column_values.z_score.unexpected_count", {"column": "word"}),
    )
    assert rows == 1
    assert "Could not convert" in rule
    assert "'gone' is not in the table" in gone
    assert "not known to the gate" in strange


def test_row_conditions_and_foreign_queries_are_refused_rather_than_ignored() -> None:
    with pytest.raises(Unanswerable, match="row conditions"):
        row_test(
            "column_values.nonnull", {"column": "a", "row_condition": "b = 1"}, {}, {"a": "INT"}
        )
    with pytest.raises(Unanswerable, match="a rule begins"):
        row_test("unexpected_rows_query", {}, {"unexpected_rows_query": "delete from t"}, {})


@pytest.mark.parametrize(
    ("value", "column_type", "sql"),
    [
        (None, "VARCHAR", "null"),
        (True, "BOOLEAN", "true"),
        (0.25, "DOUBLE", "0.25"),
        (0.0, "DECIMAL(38,0)", "0"),  # 0.0 leaves 37 digits to what it is compared with
        ("it's", "VARCHAR", "'it''s'"),
    ],
)
def test_values_become_sql_literals(value: Any, column_type: str, sql: str) -> None:
    assert literal(value, column_type) == sql
