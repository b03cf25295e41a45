"""Ledgers small enough to compute by hand: cases/<case>/{transfers,seeds,services}.csv and what
each policy must find. An expected.json names only the figures that the case is about."""

import csv
import json
from pathlib import Path

import pytest
from log_strategies import to_table
from plain_ledger import Row

from transforms.tracing.ledger import trace
from transforms.tracing.paths import proof_paths

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/expected.json"))
TOO_WIDE = "as_wide_as_uint256"  # for the kernel
TABLES = {
    "traced": ["seq", "origin_id", "tainted", "hop"],
    "balances": ["address_id", "origin_id", "tainted"],
    "witness": ["address_id", "origin_id", "seq", "from_id", "hop"],
    "paths": ["origin_id", "service_id", "address_ids", "seqs", "amount"],
}


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("engine", "case"),
    [
        pytest.param(engine, case, id=f"{case.name}-{engine}")
        for case in CASES
        for engine in ("auto", "kernel", "exact")
        if (engine, case.name) != ("kernel", TOO_WIDE)
    ],
)
def test_a_hand_computed_ledger_comes_out_as_expected(engine, case):
    expected = json.loads((case / "expected.json").read_text())
    log = to_table(
        [
            Row(
                *(int(row[c]) for c in ("seq", "from_id", "to_id", "value")),
                row["is_fee"] == "true",
            )
            for row in read(case / "transfers.csv")
        ]
    )
    for policy, figures in expected["policies"].items():
        result = trace(
            log,
            {int(row["address_id"]): int(row["origin_id"]) for row in read(case / "seeds.csv")},
            [int(row["address_id"]) for row in read(case / "services.csv")],
            policy,
            expected["seed_funds"],
            zero_id=expected["zero_id"],
            engine=engine,
        )
        for figure, value in figures.items():
            if figure not in TABLES:
                assert getattr(result, figure) == value, (policy, figure)
                continue
            table = proof_paths(result) if figure == "paths" else getattr(result, figure)
            rows = table.select(TABLES[figure]).to_pylist()
            assert [list(row.values()) for row in rows] == value, (policy, figure)
