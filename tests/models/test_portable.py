"""Models keep to the SQL that DuckDB and Spark share, and only read what lies below them."""

import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from transforms.engine.models import LAYERS, Model, models, references
from transforms.schemas import TABLES, tables_of

ROOT = Path(__file__).resolve().parents[2]
MODELS = models()
SQL = [m for m in MODELS if m.sql is not None]

# sqlglot passes some of these on to Spark without a word, others mean something else there.
FORBIDDEN = {
    "asof": r"\basof\b",
    "group by all": r"\bgroup\s+by\s+all\b",
    "order by all": r"\border\s+by\s+all\b",
    "list comprehension": r"\[[^\]]*\bfor\b",
    "qualify": r"\bqualify\b",
    "untyped null": r"(?<!not )(?<!is )\bnull\s+as\b",
    "using sample": r"\busing\s+sample\b",
    "hugeint": r"\bhugeint\b",
    "double": r"\bdouble\b|\bfloat\b",
}


@pytest.mark.parametrize("model", SQL, ids=lambda m: m.table)
def test_a_model_transpiles_to_spark(model: Model) -> None:
    trees = sqlglot.transpile(
        model.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert len(trees) == 1
    assert isinstance(sqlglot.parse_one(trees[0], read="spark"), exp.Select)


@pytest.mark.parametrize("model", SQL, ids=lambda m: m.table)
def test_a_model_keeps_to_the_portable_subset(model: Model) -> None:
    bare = re.sub(r"--.*|'[^']*'", "", model.sql).lower().replace("cast(null as", "cast(none as")
    found = [name for name, pattern in FORBIDDEN.items() if re.search(pattern, bare)]
    assert not found


@pytest.mark.parametrize("model", SQL, ids=lambda m: m.table)
def test_a_model_says_its_grain_first(model: Model) -> None:
    if model.is_step:
        assert model.sql.lower().startswith(("-- one row per ", "-- a view: one row per "))
    else:
        assert model.sql.startswith(f"-- One row per {TABLES[model.table].grain}"[:30])


def test_every_core_and_mart_table_has_a_model_and_every_model_a_table() -> None:
    assert {m.table for m in MODELS if not m.is_step} == {t.name for t in tables_of(LAYERS)}


def test_models_stand_after_what_they_read() -> None:
    place = {m.table: i for i, m in enumerate(MODELS)}
    late = [(m.table, r) for m in MODELS for r in m.reads if place.get(r, -1) >= place[m.table]]
    assert late == []


def test_the_order_is_the_same_in_every_process() -> None:
    code = "from transforms.engine.models import models; print([m.table for m in models()])"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_references_are_what_duckdb_parses_and_no_common_table_expression() -> None:
    sql = "with a as (select * from staged.x) select * from a join core.y using (k)"
    assert references(sql) == {"staged.x", "core.y"}


def test_the_wheel_would_ship_every_model() -> None:
    folder = files("transforms.models")
    assert all((folder / m.table.replace(".", "/")).with_suffix(".sql").is_file() for m in SQL)
