"""OpenSanctions: sanctioned targets only, in any order of lines, with their licence."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.readers.ftm_party import uses
from transforms.readers.party import COLUMN_USES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "opensanctions"
Stage = Callable[..., Any]
TABLES = ("names", "wallets", "identifiers", "addresses", "dates", "links")


def everything(staged: Any) -> list[str]:
    tables = ["staged.designations", *(f"staged.designation_{t}" for t in TABLES)]
    return sorted(
        json.dumps({**r, "raw_sha256": "", "record_id": "", "table": t}, default=str)
        for t in tables
        if any(t == c.table for c in staged.candidate.tables)
        for r in staged.rows(t)
    )


def test_entities_are_joined_wherever_they_stand_and_whatever_packs_them(
    stage: Stage, tmp_path: Path
) -> None:
    source = FIXTURES / "ftm" / "input" / "entities.ftm.json"
    lines = source.read_bytes().splitlines(keepends=True)
    turned = tmp_path / "entities.ftm.json"
    # Only papers and sanctions of one party keep their order among themselves.
    turned.write_bytes(b"".join([*lines[1:], lines[0]]))
    packed = tmp_path / "entities.ftm.json.gz"
    packed.write_bytes(gzip.compress(source.read_bytes(), mtime=0))
    expected = everything(stage("opensanctions", source))
    assert everything(stage("opensanctions", turned)) == expected
    assert everything(stage("opensanctions", packed)) == expected


@pytest.mark.parametrize("case", ["csv", "ftm"])
def test_every_row_bears_the_licence(case: str, stage: Stage) -> None:
    staged = stage("opensanctions", FIXTURES / case / "input")
    licences = {r["licence"] for r in staged.rows("staged.designations")}
    assert licences == {"CC BY-NC 4.0: non-commercial use only"}


@pytest.mark.parametrize(
    ("case", "warnings"),
    [
        ("csv", {"date in no known form", "schema without a rule: 'Gizmo'"}),
        ("csv_bad_rows", {"column without a rule: 'shoe_size'"}),
        (
            "ftm_odd",
            {
                "property without a rule: 'Gizmo:shoeSize'",
                "property without a rule: 'Sanction:moonPhase'",
                "schema without a rule: 'Gizmo'",
            },
        ),
    ],
)
def test_what_has_no_rule_loads_and_is_reported(
    case: str, warnings: set[str], stage: Stage
) -> None:
    assert set(stage("opensanctions", FIXTURES / case / "input").candidate.warnings) == warnings


def test_every_property_has_a_use_there_is_or_a_reason_for_none() -> None:
    for word, (use, label) in uses().items():
        family, _, kind = use.partition(":")
        assert family, word
        if family == "ignored":
            assert label, f"{word} is left out without a reason"
        if family == "column":
            assert kind in COLUMN_USES, word
