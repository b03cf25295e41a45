"""Words for assets that lists give with an address: tickers, and names of chains and tokens."""

from transforms.chains import CHAINS

# Ticker of a wallet whose list names none; the column is never null.
UNSTATED = "unstated"
# As OFAC prints them, and as chains and tokens call themselves.
TICKERS = frozenset(
    {c.ticker.upper() for c in CHAINS.values()}
    | {"XBT", "USDT", "USDC", "BUSD", "TUSD", "DAI", "WBTC", "ARB", "BSC", "MATIC", "OP"}
)
NAMES = frozenset({c.name.replace("_", " ") for c in CHAINS.values()} | {"tether"})


def is_known(word: str) -> bool:
    """Whether a published ticker is one of these; an unknown one loads and is reported."""
    return word.upper() in TICKERS or word.lower() in NAMES
