"""Bitquery's published samples, where they lie beside the repository: each loads by its source."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared/data/transfers/bitquery_samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared data are not here")

# File → source, chain, asset, kind, base units.
FIGURES = {
    "tron_transfers": (
        *("tron", "tron", "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "token"),
        30_401_259,
    ),
    "tron_transactions": ("tron", "tron", "tron:trx", "fee", 0),
    "solana_transfers": ("solana", "solana", "solana:sol", "native", 100_000_000),
    "ethereum_transfers": (
        *("bitquery", "ethereum", "ethereum:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "token"),
        1_028_696_909,
    ),
    "bsc_transfers": ("bitquery", "bsc", "bsc:bnb", "native", 481_003_350_000_000),
    "bitcoin_inputs": ("bitquery", "bitcoin", "bitcoin:btc", "utxo", 1_000),
    "bitcoin_outputs": ("bitquery", "bitcoin", "bitcoin:btc", "reward", 546),
    "bitcoin_omni_transfers": (
        *("bitquery", "bitcoin", "bitcoin:omni-2147484212", "mint"),
        72_800_000_000,
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_published_sample_loads_by_its_source(name: str, stage: Callable[..., Any]) -> None:
    source, *expected = FIGURES[name]
    staged = stage(source, SAMPLES / f"{name}.json")
    row = staged.rows("staged.transfers")[0]
    found = [row["chain"], row["asset"], row["kind"], int(row["value"])]
    assert found == expected
    assert (staged.candidate.rows_read, staged.candidate.rows_staged) == (1, 1)
    assert not [w for w in staged.candidate.warnings if "unknown column" in w]


def test_no_sample_is_forgotten() -> None:
    assert {p.stem for p in SAMPLES.glob("*.json")} == set(FIGURES)
