"""Movements through UTXO transactions: conservation, order, and the field guide's figures."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BLOCKS = SHARED / "transfers/bitcoin_etl/tests/resources/test_export_blocks_job"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "bitcoin_etl"
Stage = Callable[..., Any]

# Folder → chain, transactions, inputs, outputs, base units created, fees.
FIGURES = {
    "bitcoin/block_0": ("bitcoin", 1, 0, 1, 5_000_000_000, 0),
    "bitcoin/block_1": ("bitcoin", 1, 0, 1, 5_000_000_000, 0),
    "bitcoin/block_with_transactions": ("bitcoin", 4, 3, 4, 25_000_000_000, 0),
    "bitcoin/block_without_transactions": ("bitcoin", 1, 0, 1, 5_000_000_000, 0),
    "bitcoin/stream_50001_50002": ("bitcoin", 4, 3, 4, 25_000_000_000, 0),
    "bitcoin_cash/block_with_duplicate_txid": ("bitcoin_cash", 1, 0, 1, 5_000_000_000, 0),
    "dogecoin/block_with_float_precision_loss": ("dogecoin", 6, 6, 20, 9_623_711_599_182_957, 0),
    "dogecoin/block_without_transactions": ("dogecoin", 1, 0, 1, 72_975_200_000_000, 0),
    "zcash/block_0": ("zcash", 1, 0, 1, 0, 0),
    "zcash/block_with_shielded_addresses": ("zcash", 4, 5, 7, 110_216_166, 10_000),
    "zcash/block_with_value_balance": ("zcash", 10, 10, 17, 152_400_371_495, 20_000),
}


@pytest.mark.parametrize("folder", FIGURES)
@pytest.mark.skipif(not BLOCKS.is_dir(), reason="the shared data are not here")
def test_a_real_block_gives_the_guides_figures(folder: str, stage: Stage) -> None:
    chain, transactions, inputs, outputs, created, fees = FIGURES[folder]
    files = [BLOCKS / folder / f"expected_{x}.json" for x in ("transactions", "blocks")]
    staged = stage("bitcoin_etl", *files)
    rows = staged.rows("staged.transfers")
    assert (staged.candidate.rows_read, staged.candidate.rows_staged) == (transactions,) * 2
    assert {r["chain"] for r in rows} == {chain}
    sides = Counter(r["position_basis"] for r in rows if r["kind"] != "fee")
    assert (sides["input"], sides["output"]) == (inputs, outputs)
    assert sum(int(r["value"]) for r in rows if r["position_basis"] == "output") == created
    assert sum(int(r["value"]) for r in rows if r["kind"] == "fee") == fees
    assert len({(r["block_number"], r["transaction_index"]) for r in rows}) == transactions


@pytest.mark.skipif(not BLOCKS.is_dir(), reason="the shared data are not here")
def test_enriched_inputs_bring_what_outputs_take(stage: Stage) -> None:
    folder = BLOCKS / "bitcoin/stream_50001_50002"
    rows = stage("bitcoin_etl", folder / "expected_transactions.json").rows("staged.transfers")
    spent = sum(int(r["value"]) for r in rows if r["position_basis"] == "input")
    rewards = sum(int(r["value"]) for r in rows if r["kind"] == "reward")
    assert (spent, rewards) == (15_000_000_000, 10_000_000_000)
    assert all(r["from_address"] for r in rows if r["kind"] == "utxo")


@pytest.mark.parametrize("case", ["enriched", "shielded", "bigquery_text"])
def test_every_transaction_account_is_empty_afterwards(case: str, stage: Stage) -> None:
    rows = stage("bitcoin_etl", FIXTURES / case / "input").rows("staged.transfers")
    balance: Counter[str] = Counter()
    for r in rows:
        balance[r["to_address"]] += int(r["value"])
        balance[r["from_address"]] -= int(r["value"])
    accounts = {r["transaction_hash"] for r in rows if r["kind"] == "utxo"}
    assert accounts
    assert {balance[a] for a in accounts} == {0}


def test_what_is_odd_about_an_export_is_kept_and_counted(stage: Stage, tmp_path: Path) -> None:
    warnings = {
        case: dict(stage("bitcoin_etl", FIXTURES / case / "input").candidate.warnings)
        for case in ("enriched", "shielded", "streamed_not_enriched", "without_totals_and_index")
    }
    assert warnings == {
        "enriched": {"outputs of several addresses, kept as one movement": 1},
        "shielded": {"movements into or out of a shielded pool": 2},
        "streamed_not_enriched": {"inputs without a value: the export is not enriched": 2},
        "without_totals_and_index": {
            "inputs without a value: the export is not enriched": 2,
            "transactions without an index, numbered by their order in the block": 3,
        },
    }


def test_a_block_that_lacks_transactions_is_reported(stage: Stage, tmp_path: Path) -> None:
    lines = (FIXTURES / "enriched/input/transactions.json").read_text("utf-8").splitlines()
    (tmp_path / "transactions.json").write_text("\n".join(lines[:2]), "utf-8")
    blocks = FIXTURES / "enriched/input/blocks.json"
    warnings = stage("bitcoin_etl", tmp_path / "transactions.json", blocks).candidate.warnings
    assert warnings["transactions that the blocks count and the export lacks"] == 1


def test_places_in_a_block_do_not_depend_on_where_a_slice_ends(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (FIXTURES / "enriched/input/transactions.json").read_text("utf-8").splitlines()
    coinbase, other = (
        {k: v for k, v in json.loads(line).items() if k != "index"} for line in lines[:2]
    )
    many = [coinbase, *({**other, "hash": f"{n:064x}"} for n in range(60))]
    path = tmp_path / "transactions.json"
    path.write_text("".join(json.dumps(t) + "\n" for t in many), "utf-8")
    whole = stage("bitcoin_etl", path).rows("staged.transfers")
    monkeypatch.setattr("transforms.readers.records.SLICE_BYTES", 3_000)
    monkeypatch.setattr("transforms.readers.records._HEADER_BYTES", 3_000)
    pieces = stage("bitcoin_etl", path).rows("staged.transfers")
    places = {(r["transaction_hash"], r["transaction_index"]) for r in pieces}
    assert places == {(t["hash"], n) for n, t in enumerate(many)}
    assert sorted(map(repr, whole)) == sorted(map(repr, pieces))
