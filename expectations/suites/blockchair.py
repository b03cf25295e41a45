"""Blockchair's dumps: Ethereum's transactions and ERC-20 transfers, others' outputs and inputs."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """Every dump states block, time and exact amounts."""
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
        say.no_rows(
            moved,
            "block_timestamp is null or is_exact is distinct from true",
            notes="Every dump states the time, and amounts in base units.",
        ),
        say.no_rows(
            moved,
            "kind in ('token', 'mint', 'burn') and contract is null",
            notes="A token transfer names its token.",
        ),
        say.no_rows(
            moved,
            "length(transaction_hash) not in (64, 66)",
            notes="64 hex digits, on Ethereum behind 0x.",
        ),
    ]
