"""bitcoin-etl's JSON exports: movements through the transactions of Bitcoin-like chains."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations, and that every transaction's amounts add up."""
    moved = "staged.transfers"
    return [
        *families.transfers(),
        say.no_rows(
            moved,
            "unknown = 0 and coalesce(spent, 0::bignum) is distinct from"
            " coalesce(created, 0::bignum) + coalesce(fee, 0::bignum)"
            " and not (chain = 'zcash' and coalesce(spent, 0::bignum) < created)",
            view="utxo_transactions",
            notes="What a transaction spends is what it creates and its fee, to the last unit: a "
            "difference is a cut list or a damaged amount. Inputs without a value say nothing. On "
            "Zcash newer pools than the exporter knows may pay the difference.",
        ),
        say.no_rows(
            moved,
            "kind not in ('utxo', 'reward', 'fee') or not is_fungible",
            notes="Spent and created outputs, a coinbase's rewards, fees: nothing else moves.",
        ),
        say.no_rows(
            moved,
            "transaction_hash is null or length(transaction_hash) <> 64"
            " or not regexp_full_match(transaction_hash, '[0-9a-f]+')",
            notes="64 lower-case hex digits; it is also the address of the account in the middle.",
        ),
        say.no_rows(
            moved,
            "(position_basis = 'input' and to_address is distinct from transaction_hash)"
            " or (kind = 'utxo' and position_basis = 'output'"
            " and from_address is distinct from transaction_hash)",
            notes="Every movement goes through its transaction, none from payer to payee.",
        ),
        say.fill_rate(
            moved,
            "block_number",
            1.0,
            severity="critical",
            notes="Duplicate transaction ids exist (blocks 91,722 and 91,880): the block tells.",
        ),
        say.fill_rate(
            moved,
            "transaction_index",
            1.0,
            notes="Without its place a transaction may stand before the one whose output it spends "
            "in the same block.",
        ),
        say.fill_rate(
            moved,
            "value",
            1.0,
            notes="Inputs without a value: enrich the export, or what they bring is untraced.",
        ),
    ]
