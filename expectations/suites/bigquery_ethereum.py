"""BigQuery's crypto_ethereum: ethereum-etl's tables, with a time in every row."""

from expectations import evm
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """What every node gives; and times and block hashes, which the data set never lacks."""
    return [
        *evm.from_nodes(),
        *[
            say.fill_rate(
                "staged.transfers",
                column,
                1.0,
                severity="warning",
                notes="Every table of the data set has it; a query may have left it out.",
            )
            for column in ("block_timestamp", "block_hash")
        ],
    ]
