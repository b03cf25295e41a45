"""Every case folder under tests/fixtures/<source>/: given files, expected rows or refusal.

A case holds ``input/`` (the files as published) and either ``expected.jsonl`` (one JSON object
per staged row, its table under ``"table"``, only the columns the case cares about) or
``refused.txt`` (words the refusal must contain, one per line). ``options.json`` may give
``date`` and parser options.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = sorted(p.parent for p in FIXTURES.glob("*/*/input"))


def plain(value: Any) -> Any:
    """A staged value as JSON would write it."""
    if value is None or isinstance(value, bool | int | str | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_a_case_gives_its_expected_rows(case: Path, stage: Callable[..., Any]) -> None:
    options = {}
    if (case / "options.json").exists():
        options = json.loads((case / "options.json").read_text("utf-8"))
    day = date.fromisoformat(options.pop("date")) if "date" in options else None
    options = {
        k: str(case / v) if isinstance(v, str) and (case / v).is_file() else v
        for k, v in options.items()
    }
    source, inputs = case.parent.name, sorted((case / "input").iterdir())
    if (case / "refused.txt").exists():
        with pytest.raises(InputRefused) as refusal:
            stage(source, *inputs, date=day, **options)
        for words in (case / "refused.txt").read_text("utf-8").splitlines():
            assert words in str(refusal.value)
        return
    staged = stage(source, *inputs, date=day, **options)
    expected = [json.loads(x) for x in (case / "expected.jsonl").read_text("utf-8").splitlines()]
    assert expected
    tables = {e["table"] for e in expected} | {t.table for t in staged.candidate.tables}
    for table in sorted(tables):
        wanted = [
            {k: v for k, v in e.items() if k != "table"} for e in expected if e["table"] == table
        ]
        columns = sorted({k for e in wanted for k in e})
        if not wanted and table not in {e["table"] for e in expected}:
            pytest.fail(f"{case.name}: {table} has rows, expected.jsonl says nothing of it")
        found = [{k: plain(r[k]) for k in columns} for r in staged.rows(table)]
        order = lambda r: json.dumps(r, sort_keys=True)  # noqa: E731 a sort key, used twice below
        assert sorted(found, key=order) == sorted(
            [{k: w.get(k) for k in columns} for w in wanted], key=order
        ), table
