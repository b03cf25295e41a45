"""ethereum-etl's CSV and JSON exports: transactions, token transfers, traces."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations and what the export always gives."""
    moved = "staged.transfers"
    return [
        *families.transfers(),
        say.no_rows(
            moved,
            "transaction_hash is null and kind <> 'reward'",
            severity="warning",
            notes="Only block rewards have no transaction; the geth form of traces names none, "
            "which is why this warns.",
        ),
        say.fill_rate(
            moved,
            "block_number",
            1.0,
            severity="critical",
            notes="Every file of the export states the block.",
        ),
        say.no_rows(
            moved,
            "length(transaction_hash) <> 66"
            " or not regexp_full_match(transaction_hash, '0x[0-9a-f]+')",
            notes="0x and 64 lower-case hex digits.",
        ),
        say.no_rows(
            moved,
            "kind = 'token' and contract is null",
            notes="A token transfer names its token.",
        ),
        say.no_rows(
            moved,
            "is_exact is distinct from true",
            notes="The export gives base units; a rounded number in it is a destroyed value.",
        ),
        say.no_rows(
            moved,
            "has_wide_value and is_fungible",
            severity="warning",
            notes="39 digits are more than any known coin's supply: an NFT's id or a faulty token.",
        ),
    ]
