"""ethereum-etl's CSV and JSON exports: transactions, token transfers, traces."""

from expectations import evm
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """What every node gives."""
    return evm.from_nodes()
