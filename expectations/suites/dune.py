"""Results of Dune queries: what they hold depends on the query."""

from expectations import evm
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """What EVM transfers always have; and rounded amounts are told."""
    return [
        *evm.transfers(),
        say.no_rows(
            "staged.transfers",
            "block_timestamp is null",
            notes="Every form of the result states the time.",
        ),
        say.no_rows(
            "staged.transfers",
            "not is_exact",
            severity="warning",
            notes="Amounts that the query divided are doubles: keep amount_raw in the query, or "
            "read these sums as rounded.",
        ),
    ]
