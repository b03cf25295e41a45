"""Transfers on Solana, from Bitquery or Solscan."""

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
            "chain <> 'solana'",
            notes="The source is of one chain.",
        ),
        say.fill_rate(
            moved,
            "transaction_hash",
            1.0,
            severity="critical",
            notes="Every movement is part of a transaction.",
        ),
        say.no_rows(
            moved,
            "not is_owner_known",
            severity="warning",
            notes="A token account stands there instead of its owner: flows of one owner fall "
            "apart into those of his accounts.",
        ),
        say.no_rows(
            moved,
            "not is_exact",
            severity="warning",
            notes="Beyond 2^53 the site's numbers may have lost their last digits.",
        ),
    ]
