"""Bitquery's dumps of EVM chains, Bitcoin and the Omni layer."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations and what the dumps always give."""
    moved = "staged.transfers"
    return [
        *families.transfers(),
        say.fill_rate(
            moved,
            "block_number",
            1.0,
            severity="critical",
            notes="Every dump states the block.",
        ),
        say.fill_rate(
            moved,
            "block_timestamp",
            1.0,
            severity="critical",
            notes="Every dump states the block's time.",
        ),
        say.no_rows(
            moved,
            "kind in ('token', 'mint', 'burn') and contract is null and chain <> 'bitcoin'",
            notes="A token transfer names its token; the Omni layer's tokens have a number.",
        ),
    ]
