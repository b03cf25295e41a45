"""Every case folder: an article of our own, and the mentions that must be found in it.

``expected.csv`` holds surface, its occurrence in the text (from 1), party, tier and band, and one
status column per date of publication ("none" for an article without one). What it does not name
must not be found.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.matching.given import CASES

COLUMNS = ("surface", "entity_id", "tier", "band")


def place(text: str, surface: str, occurrence: int) -> int:
    at = -1
    for _ in range(occurrence):
        at = text.index(surface, at + 1)
    return at


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_a_case_gives_its_expected_mentions(
    case: Path, match: Callable[..., list[dict[str, Any]]]
) -> None:
    text = (case / "article.txt").read_text("utf-8")
    with (case / "expected.csv").open(encoding="utf-8", newline="") as f:
        reader = csv.DictReader(f)
        rows = list(reader)
        dates = list(reader.fieldnames or [])[5:]
    assert dates
    for day in dates:
        found = [
            tuple(r[c] for c in ("span_start", *COLUMNS, "status_at_publication"))
            for r in match(text, None if day == "none" else day)
        ]
        assert found == [
            (place(text, r["surface"], int(r["occurrence"])), *(r[c] for c in COLUMNS), r[day])
            for r in rows
        ], day
