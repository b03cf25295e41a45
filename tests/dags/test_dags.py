"""The DAGs are there, wire what they should, keep to the policy and do no work while parsed."""

import ast
from pathlib import Path
from typing import Any

import pytest

from transforms.sources.registry import names

DAGS = Path(__file__).resolve().parents[2] / "dags"
TAGS = {
    "ingest",
    "build",
    "backfill",
    "maintenance",
    "designations",
    "transfers",
    "labels",
    "prices",
    "articles",
}

pytestmark = pytest.mark.airflow


def test_every_source_has_an_ingest_dag_and_nothing_fails_to_import(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    others = {"build", "backfill", "ingest_auto", "maintain"}
    assert set(parsed["dags"]) == {f"ingest_{n}" for n in names()} | others


def test_an_ingest_runs_fetch_stage_judge_publish_in_order(parsed: dict[str, Any]) -> None:
    for name in names():
        tasks = parsed["dags"][f"ingest_{name}"]["tasks"]
        assert {k: v["downstream"] for k, v in tasks.items()} == {
            "fetch": ["stage", "sum_up"],
            "stage": ["judge"],
            "judge": ["publish"],
            "publish": ["sum_up"],
            "sum_up": [],
        }
        assert tasks["publish"]["outlets"] == [f"staged_{name}"]


def test_a_fresh_batch_of_any_source_triggers_the_build(parsed: dict[str, Any]) -> None:
    build = parsed["dags"]["build"]
    assert build["tasks"]["build"]["outlets"] == ["warehouse"]
    assert all(f"staged_{n}" in build["schedule"] for n in names())


def test_dags_keep_to_the_policy(parsed: dict[str, Any]) -> None:
    for name, dag in parsed["dags"].items():
        assert set(dag["tags"]) <= TAGS, name
        assert dag["tags"], name
        assert dag["doc"], name
        assert dag["description"], name
        assert dag["owner"] == "flowlake", name
        assert dag["max_active_runs"] == 1, name
        assert dag["catchup"] is False, name
        assert dag["timeout"], name
        for task in dag["tasks"].values():
            assert task["retries"] >= 1, name
            assert task["backoff"], name
            assert task["timeout"], name


def test_params_of_an_ingest_have_a_schema_for_the_form(parsed: dict[str, Any]) -> None:
    for name, dag in parsed["dags"].items():
        if name.startswith("ingest_"):
            assert dag["params"]["date"]["format"] == "date", name
            assert "array" in dag["params"]["paths"]["type"], name
            assert "pattern" in dag["params"]["paths"]["items"], name
        for field in dag["params"].values():
            assert field["title"], name
    assert parsed["dags"]["backfill"]["params"]["source"]["enum"] == list(names())


def test_nothing_is_fetched_that_nobody_asked_for(parsed: dict[str, Any]) -> None:
    own = {"build", "maintain"}
    schedules = {name: dag["schedule"] for name, dag in parsed["dags"].items() if name not in own}
    assert set(schedules.values()) == {"None"}


def test_maintenance_sweeps_compacts_and_vacuums_each_week(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["maintain"]
    assert {k: v["downstream"] for k, v in dag["tasks"].items()} == {
        "sweep": ["compact"],
        "compact": ["vacuum"],
        "vacuum": [],
    }
    assert dag["schedule"] not in ("None", "")
    kept = dag["params"]["retention_days"]
    assert (kept["type"], kept["minimum"]) == ("integer", 7)


def test_airflows_own_backfill_cannot_fetch_todays_list_for_each_day(
    parsed: dict[str, Any],
) -> None:
    for name in names():
        assert "backfill" not in parsed["dags"][f"ingest_{name}"]["run_types"]
        assert {"manual", "scheduled"} <= set(parsed["dags"][f"ingest_{name}"]["run_types"])


def test_parsing_is_quick_and_loads_nothing_heavy(parsed: dict[str, Any]) -> None:
    heavy = {"great_expectations", "duckdb", "deltalake", "pandas", "numba", "trafilatura"}
    assert heavy & set(parsed["loaded"]) == set()
    # 2 s beyond importing Airflow is the bound for an idle machine; here two suites may share it.
    assert parsed["seconds"] < 4


def test_dag_files_only_wire() -> None:
    for file in sorted(DAGS.glob("*.py")):
        text = file.read_text("utf-8")
        assert len(text.splitlines()) <= 75, file.name
        tree = ast.parse(text)
        imported = {
            n.module.split(".")[0]
            for n in ast.walk(tree)
            if isinstance(n, ast.ImportFrom) and n.module
        }
        assert "dags" not in imported, file.name
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                assert len(function.body) <= 3, f"{file.name}: {function.name}"
        assert "now(" not in text, file.name
        assert "today(" not in text, file.name
