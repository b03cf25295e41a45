"""What the gate says of exports whose blocks are whole, and of ones from which something is cut."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.gate import judge
from expectations.judgement import Judgement
from expectations.suites import suite_of
from transforms.readers.evm_blocks import range_asked

# Great Expectations takes ten seconds to import: all that need it run in one process.
pytestmark = pytest.mark.xdist_group("gx")

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ethereum_etl"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "transfers" / "ethereum_etl"


def judged(staged: Any) -> Judgement:
    files: dict[str, list[str]] = {}
    for t in staged.candidate.tables:
        files.setdefault(t.table, []).append(t.path)
    with duckdb.connect() as con:
        return judge(
            files,
            suite_of("ethereum_etl"),
            connection=con,
            run_id="run",
            recorded_at=datetime(2024, 1, 3, tzinfo=UTC),
        )


def rules(found: list[str]) -> dict[str, str]:
    """The condition of each rule that was broken, and the rows it names."""
    parts = [re.search(r"where (.*?)\"\}: found \d+, such as (.*?) \(", f) for f in found]
    return {p[1]: p[2].split("chain=", 1)[1] for p in parts if p}


# What is cut out of block 17,000,001, or of the range; and the rules that say so.
CUT = {
    "whole_blocks": ({}, {}),
    "missing_log": ({}, {"logs <= last_log_index": "17000001"}),
    "missing_receipt": (
        {},
        {"transaction_receipts <> transactions or receipts_used <> transactions": "17000001"},
    ),
    "missing_transaction": (
        {},
        {
            "transactions < transactions_stated": "17000001",
            "transaction_receipts <> transactions or receipts_used <> transactions": "17000001",
            "transactions <= last_transaction_index and is_whole": "17000001",
        },
    ),
    "missing_token_transfer": (
        {"transfer_logs_staged < transfer_logs and is_covered and lost > rejected": "17000001"},
        {"transfer_logs_staged < transfer_logs": "17000001"},
    ),
    "block_gap": (
        {},
        {"missing > spare": "missing_from=17000002, missing_to=17000003, after_day=2023-04-12"},
    ),
}


@pytest.mark.parametrize("case", CUT)
def test_what_is_cut_out_of_an_export_is_named(case: str, stage: Callable[..., Any]) -> None:
    judgement = judged(stage("ethereum_etl", FIXTURES / case / "input"))
    for found, expected in zip((judgement.failures, judgement.warnings), CUT[case], strict=True):
        assert len(found) == len(expected)
        for rule, rows in rules(found).items():
            assert expected[rule] in rows


def test_files_given_twice_are_no_surplus(tmp_path: Path, stage: Callable[..., Any]) -> None:
    for file in (FIXTURES / "whole_blocks" / "input").iterdir():
        for copy in ("", "again_"):
            (tmp_path / f"{copy}{file.name}").write_bytes(file.read_bytes())
    judgement = judged(stage("ethereum_etl", tmp_path))
    assert judgement.failures == []
    assert ["to_be_unique" in w for w in judgement.warnings] == [True]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("transactions_03300000_03399999.csv", (3_300_000, 3_399_999)),
        ("transactions_03300000_03399999_small.csv.gz", (3_300_000, 3_399_999)),
        ("day/blocks_00000000_00099999.csv", (0, 99_999)),
        ("ethereum__blocks__15000000_to_15000999.parquet", (15_000_000, 15_000_999)),
        ("transactions_20230101_20230131.csv", None),  # days
        ("transactions_15000999_15000000.csv", None),
        ("transactions-000000000012.csv", None),  # a shard of BigQuery's
        ("transactions.csv", None),
    ],
)
def test_a_files_name_may_ask_for_a_range_of_blocks(
    name: str, asked: tuple[int, int] | None
) -> None:
    assert range_asked(name) == asked


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
def test_a_real_partition_lacks_most_of_what_its_name_asks_for(stage: Callable[..., Any]) -> None:
    judgement = judged(
        stage("ethereum_etl", SHARED / "transactions_03300000_03399999_small.csv.gz")
    )
    assert judgement.failures == []
    assert rules(judgement.warnings) == {
        "missing > spare": "ethereum, missing_from=3302205, missing_to=3399999, "
        "after_day=2017-03-06"
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
def test_real_whole_blocks_raise_no_alarm(stage: Callable[..., Any]) -> None:
    folder = SHARED / "tests_resources" / "resources" / "test_stream" / "blocks_17173049_17173050"
    names = ("transactions", "token_transfers", "logs", "blocks")
    staged = stage("ethereum_etl", *(folder / f"expected_{n}.json" for n in names))
    judgement = judged(staged)
    assert judgement.failures + judgement.warnings == []
    blocks = staged.rows("staged.blocks")
    assert [b["transactions"] for b in blocks] == [116, 182]
    assert sum(b["logs"] for b in blocks) == 681
    assert sum(b["transfer_logs_staged"] for b in blocks) == 291
