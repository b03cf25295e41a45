"""cryo's datasets: transfers, transactions, traces and blocks taken from a node."""

from expectations import evm
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """What every node gives; native transfers that may be none are told."""
    return [
        *evm.from_nodes(),
        say.no_rows(
            "staged.transfers",
            "kind = 'internal' and is_effective and not is_status_known",
            severity="warning",
            notes="native_transfers says neither which calls failed nor which only lent code: "
            "export the dataset traces, or read these sums as upper bounds.",
        ),
    ]
