"""The bundled list of tokens: canonical addresses, one token per symbol and chain.

No test can tell a wrong address from memory from a right one (lower-case and Solana addresses
have no checksum): ``transforms/seeds/__init__.py`` says what the rows were compared with.
"""

import csv
from collections import Counter
from importlib.resources import files

import pytest

from transforms.chains import CHAINS, token_asset
from transforms.clean.addresses import canonical
from transforms.clean.assets import canonical_asset

TOKENS = list(
    csv.DictReader(files("transforms").joinpath("seeds/assets.csv").read_text("utf-8").splitlines())
)
# What every chain's list holds at least: what people move most.
BREADTH = {
    "ethereum": {"USDT", "USDC", "DAI", "WETH", "WBTC"},
    "bsc": {"USDT", "USDC", "DAI", "WBNB", "BTCB"},
    "polygon": {"USDT", "USDC", "USDC.e", "DAI", "WETH", "WBTC"},
    "arbitrum": {"USDT", "USDC", "USDC.e", "DAI", "WETH", "WBTC"},
    "optimism": {"USDT", "USDC", "USDC.e", "DAI", "WETH", "WBTC"},
    "base": {"USDT", "USDC", "USDbC", "DAI", "WETH", "cbBTC"},
    "avalanche": {"USDT", "USDC", "USDT.e", "USDC.e", "DAI.e", "WETH.e", "WBTC.e", "WAVAX"},
    "tron": {"USDT", "USDC", "USDD", "USDDOLD", "TUSD", "WTRX"},
    "solana": {"USDT", "USDC", "PYUSD", "WSOL", "WETH"},
}


@pytest.mark.parametrize("token", TOKENS, ids=lambda t: f"{t['chain']}-{t['symbol']}")
def test_a_registered_token_has_a_sound_canonical_address(token: dict[str, str]) -> None:
    found = canonical(token["contract"], token["chain"])
    assert found.address == token["contract"]
    assert found.is_checksum_valid is not False
    asset = token_asset(token["chain"], token["contract"])
    assert canonical_asset(asset) == asset
    assert 0 <= int(token["decimals"]) <= 18
    assert token["is_stablecoin"] in ("true", "false")


def test_no_two_registered_tokens_of_a_chain_share_address_or_symbol() -> None:
    for column in ("contract", "symbol"):
        keys = Counter((t["chain"], t[column].upper()) for t in TOKENS)
        assert [k for k, n in keys.items() if n > 1] == []
    coins = {(c.name, c.ticker.upper()) for c in CHAINS.values()}
    assert not coins & {(t["chain"], t["symbol"].upper()) for t in TOKENS}


def test_the_list_holds_what_people_move_most() -> None:
    for chain, symbols in BREADTH.items():
        assert symbols <= {t["symbol"] for t in TOKENS if t["chain"] == chain}, chain
