"""Chains flowlake knows: their word, number, native asset and address family.

The number goes into ``core.transfers.seq`` and therefore never changes once given.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain: ``number`` is permanent, ``family`` names the address format."""

    name: str
    number: int
    ticker: str
    decimals: int
    family: str


_ROWS = (
    ("ethereum", 1, "eth", 18, "evm"),
    ("bitcoin", 2, "btc", 8, "bitcoin"),
    ("tron", 3, "trx", 6, "tron"),
    ("bsc", 4, "bnb", 18, "evm"),
    ("polygon", 5, "pol", 18, "evm"),
    ("arbitrum", 6, "eth", 18, "evm"),
    ("optimism", 7, "eth", 18, "evm"),
    ("base", 8, "eth", 18, "evm"),
    ("avalanche", 9, "avax", 18, "evm"),
    ("ethereum_classic", 10, "etc", 18, "evm"),
    ("litecoin", 11, "ltc", 8, "litecoin"),
    ("dogecoin", 12, "doge", 8, "dogecoin"),
    ("dash", 13, "dash", 8, "dash"),
    ("zcash", 14, "zec", 8, "zcash"),
    ("bitcoin_cash", 15, "bch", 8, "bitcoin_cash"),
    ("bitcoin_sv", 16, "bsv", 8, "bitcoin"),
    ("bitcoin_gold", 17, "btg", 8, "bitcoin_gold"),
    ("verge", 18, "xvg", 6, "verge"),
    ("monero", 19, "xmr", 12, "monero"),
    ("solana", 20, "sol", 9, "solana"),
    ("ripple", 21, "xrp", 6, "ripple"),
)

CHAINS: Mapping[str, Chain] = {row[0]: Chain(*row) for row in _ROWS}

# EIP-155 numbers, by which exports tell EVM chains apart.
EVM_CHAIN_IDS: Mapping[int, str] = {
    1: "ethereum",
    10: "optimism",
    56: "bsc",
    61: "ethereum_classic",
    137: "polygon",
    8453: "base",
    42161: "arbitrum",
    43114: "avalanche",
}

# The account that mints and burns on EVM chains; it never holds anything.
EVM_ZERO_ADDRESS = "0x" + "0" * 40


def native_asset(chain: str) -> str:
    """Asset id of a chain's own coin: ``ethereum`` → ``ethereum:eth``."""
    return f"{chain}:{CHAINS[chain].ticker}"


def token_asset(chain: str, contract: str) -> str:
    """Asset id of a token by its canonical contract address."""
    return f"{chain}:{contract}"
