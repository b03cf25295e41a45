"""What holds for transfers of EVM chains, whoever exported them."""

from expectations import families
from expectations import vocabulary as say
from expectations.blocks import blocks
from expectations.vocabulary import Expectation

_MOVED = "staged.transfers"


def transfers() -> list[Expectation]:
    """The family's expectations, and those of hashes, contracts and amounts on EVM chains."""
    return [
        *families.transfers(),
        say.no_rows(
            _MOVED,
            "transaction_hash is null and kind <> 'reward'",
            severity="warning",
            notes="Only what a protocol pays has no transaction; the geth form of traces names "
            "none, which is why this warns.",
        ),
        say.no_rows(
            _MOVED,
            "length(transaction_hash) <> 66"
            " or not regexp_full_match(transaction_hash, '0x[0-9a-f]+')",
            notes="0x and 64 lower-case hex digits.",
        ),
        say.no_rows(
            _MOVED,
            "kind = 'token' and contract is null",
            notes="A token transfer names its token.",
        ),
        say.no_rows(
            _MOVED,
            "has_wide_value and is_fungible",
            severity="warning",
            notes="39 digits are more than any known coin's supply: an NFT's id or a faulty token.",
        ),
    ]


def from_nodes() -> list[Expectation]:
    """What an export taken from a node always gives, unlike one of an explorer or a vendor."""
    return [
        *transfers(),
        *blocks(),
        say.fill_rate(
            _MOVED,
            "block_number",
            1.0,
            severity="critical",
            notes="Every file of the export states the block.",
        ),
        say.no_rows(
            _MOVED,
            "is_exact is distinct from true",
            notes="The export gives base units; a rounded number in it is a destroyed value.",
        ),
    ]
