"""What holds for explorers' exports whatever their rows."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEADER = (
    '"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue",'
    '"USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"'
)
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"


def row(transaction: int, amount: str = "1.5", contract: str = USDT) -> str:
    sender, receiver = f"0x{transaction + 1:040x}", f"0x{transaction + 2:040x}"
    return ",".join(
        f'"{x}"'
        for x in (
            *(f"0x{transaction:064x}", 17_000_000 + transaction, 1683029999, "2023-05-02 12:19:59"),
            *(sender, receiver, amount, "$1.50", contract, "Tether USD", "USDT"),
        )
    )


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(("rows", "is_told"), [(4_999, False), (5_000, True), (5_001, False)])
def test_an_export_of_exactly_the_cap_is_told(
    tmp_path: Path, stage: Callable[..., Any], rows: int, is_told: bool
) -> None:
    path = write(tmp_path / "etherscan.csv", [row(n) for n in range(rows)])
    candidate = stage("etherscan", path).candidate
    assert candidate.rows_staged == rows
    assert any("may be truncated" in w for w in candidate.warnings) == is_told


def test_rows_are_numbered_within_their_transaction_wherever_they_stand(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    transactions = [n % 7 for n in range(200)]
    random.Random(4).shuffle(transactions)
    rows = stage("etherscan", write(tmp_path / "e.csv", [row(n) for n in transactions])).rows(
        "staged.transfers"
    )
    met: dict[str, int] = {}
    for r in rows:
        assert r["position"] == met.get(r["transaction_hash"], 0)
        met[r["transaction_hash"]] = r["position"] + 1
    assert len(met) == 7


@pytest.mark.parametrize("amount", ["1e5", "1,000,000", "0.000001", "123456789012345.678901"])
def test_an_amount_of_a_registered_token_is_exact_in_base_units(
    tmp_path: Path, stage: Callable[..., Any], amount: str
) -> None:
    (found,) = stage("etherscan", write(tmp_path / "e.csv", [row(1, amount)])).rows(
        "staged.transfers"
    )
    units = {
        "1e5": 10**11,
        "1,000,000": 10**12,
        "0.000001": 1,
        "123456789012345.678901": 123456789012345678901,
    }
    assert (found["value"], found["asset"]) == (str(units[amount]), f"ethereum:{USDT}")


def test_an_answer_without_records_is_an_empty_batch(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    path = tmp_path / "txlist.json"
    path.write_text(json.dumps({"status": "0", "message": "No transactions found", "result": []}))
    candidate = stage("etherscan", path).candidate
    assert (candidate.rows_read, dict(candidate.warnings)) == (0, {"an answer without records": 1})
