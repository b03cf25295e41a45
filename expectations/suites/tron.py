"""Transfers on Tron, from any of its exporters."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations and what every form states."""
    moved = "staged.transfers"
    return [
        *families.transfers(),
        say.no_rows(
            moved,
            "chain <> 'tron'",
            notes="The source is of one chain.",
        ),
        say.no_rows(
            moved,
            "length(transaction_hash) <> 64"
            " or not regexp_full_match(transaction_hash, '[0-9a-f]+')",
            notes="64 lower-case hex digits, without 0x.",
        ),
        say.no_rows(
            moved,
            "length(from_address) <> 34 or length(to_address) <> 34",
            notes="Accounts in base58, T and 33 characters, whatever the export wrote.",
        ),
        say.fill_rate(
            moved,
            "transaction_hash",
            1.0,
            severity="critical",
            notes="Every movement is part of a transaction.",
        ),
    ]
