"""Etherscan's exports and API answers, and those of its clones."""

from expectations import evm
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """What EVM transfers always have, and what explorers do to amounts."""
    moved = "staged.transfers"
    return [
        *evm.transfers(),
        say.no_rows(
            moved,
            "block_timestamp is null",
            notes="Every form of the export states the time.",
        ),
        say.no_rows(
            moved,
            "not is_exact and kind <> 'fee'",
            severity="warning",
            notes="Numbers that a double may have cut; the API's answers are exact.",
        ),
        say.no_rows(
            moved,
            "asset like '%@18'",
            severity="warning",
            notes="Tokens whose decimals the website does not tell have an asset of their own and "
            "never add up with base units; the API's tokentx tells them.",
        ),
    ]
