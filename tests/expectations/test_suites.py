"""Suites as data: complete, with reasons, and free of Great Expectations."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import expectations.suites
from expectations.structure import BOUNDS, PAIRS, PATTERNS, RULES, SETS, structure
from expectations.suites import suite_of
from expectations.views import VIEWS
from expectations.vocabulary import RULE, Expectation, net_drop
from transforms.errors import LakeError
from transforms.schemas import COLUMNS, TABLES

FOUNDATION = (
    *("ofac_sdn", "ofac_cons", "ethereum_etl", "mapped_csv"),
    *("tagpack", "prices_csv", "gdelt_gkg", "articles"),
)
SUITES = sorted(
    p.stem for p in Path(expectations.suites.__path__[0]).glob("*.py") if p.stem != "__init__"
)


def test_every_source_of_the_foundation_and_every_built_layer_has_a_suite() -> None:
    assert set(FOUNDATION) | {"core", "marts"} <= set(SUITES)


@pytest.mark.parametrize("name", SUITES)
def test_every_expectation_names_a_table_a_severity_and_its_reason(name: str) -> None:
    for e in suite_of(name).expectations:
        assert e.table in TABLES, e
        assert e.severity in ("critical", "warning", "info"), e
        assert len(e.notes) > 15, e
        assert not e.view or VIEWS[e.view].table == e.table, e


@pytest.mark.parametrize("name", SUITES)
def test_no_expectation_stands_twice_in_a_suite(name: str) -> None:
    asked = Counter(str(e.configuration() | {"notes": ""}) for e in suite_of(name).expectations)
    assert [e for e, n in asked.items() if n > 1] == []


@pytest.mark.parametrize("name", SUITES)
def test_only_emptiness_and_comparisons_are_critical_among_counts(name: str) -> None:
    # Small sets, slices and lists of ten years ago must load.
    for e in suite_of(name).expectations:
        if e.type == "expect_table_row_count_to_be_between" and e.severity == "critical":
            assert e.against or dict(e.kwargs) == {"min_value": 1}, e


def test_a_source_without_a_suite_is_told_where_to_write_it() -> None:
    with pytest.raises(LakeError, match=r"expectations/suites/nobodys_list\.py"):
        suite_of("nobodys_list")


@pytest.mark.parametrize("name", TABLES)
def test_the_structure_of_a_table_covers_its_columns_key_and_required_columns(name: str) -> None:
    table, found = TABLES[name], structure(name)
    (shape,) = [e for e in found if e.type == "expect_table_columns_to_match_set"]
    assert shape.kwargs["column_set"] == table.column_names()
    types = next(e for e in found if "typeof(" in str(e.kwargs)).kwargs["unexpected_rows_query"]
    assert all(f"typeof({c})" in types for c in table.column_names())
    required = {e.kwargs["column"] for e in found if e.type.endswith("to_not_be_null")}
    assert required == set(table.required)
    keys = [e.kwargs for e in found if e.type.endswith("to_be_unique")]
    keyed = [tuple(k.get("column_list") or [k["column"]]) for k in keys]
    assert keyed == ([table.key] if table.key else [])


def test_closed_sets_repeat_the_words_of_their_columns_meaning() -> None:
    for column, words in SETS.items():
        missing = [w for w in words if w not in COLUMNS[column].meaning]
        assert not missing, (column, missing)


def test_every_rule_of_the_structure_is_about_columns_that_exist_together() -> None:
    named = [set(c) for c, _, _ in RULES] + [{a, b} for a, b, _ in PAIRS]
    named += [{c} for c in (*SETS, *PATTERNS, *BOUNDS)]
    for columns in named:
        assert any(columns <= set(t.column_names()) for t in TABLES.values()), columns


def test_an_expectation_is_rebuilt_from_its_configuration() -> None:
    for name in SUITES:
        for e in suite_of(name).expectations:
            assert Expectation.of(e.configuration()) == e


def test_a_drop_is_written_in_great_expectations_own_arithmetic() -> None:
    drop = net_drop("staged.designations", 5, spare=2, against="eased", notes="why")
    assert drop.parameter == "staged_designations_rows_eased"
    assert drop.kwargs == {
        "min_value": {"$PARAMETER": "trunc(staged_designations_rows_eased * 95 / 100) - 2"}
    }


def test_rules_hold_no_brace_that_great_expectations_would_fill_in() -> None:
    for name in SUITES:
        for e in suite_of(name).expectations:
            query = e.kwargs.get("unexpected_rows_query", RULE)
            assert query.startswith(RULE)
            assert not set("{}") & set(query.removeprefix(RULE)), e


def test_importing_the_package_does_not_import_great_expectations() -> None:
    code = (
        "import sys, pkgutil, importlib, expectations\n"
        "for m in pkgutil.walk_packages(expectations.__path__, 'expectations.'):\n"
        "    importlib.import_module(m.name)\n"
        "sys.exit('great_expectations' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
