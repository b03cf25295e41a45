"""The files an ethereum-etl export consists of, told apart by their header.

Column names as documented at https://ethereum-etl.readthedocs.io/en/latest/schema/. Streamed
exports (JSON lines) carry the receipt in the transaction and block facts in every record; both are
optional columns here, as they are in BigQuery's tables, which have the same names.
"""

from typing import Final

from transforms.readers.forms import Form

_STREAMED = "type item_id item_timestamp"


def _form(name: str, required: str, optional: str, unread: str) -> Form:
    known = frozenset(f"{unread} {_STREAMED}".split())
    # A stream calls its records what one of them is.
    kind = name.removesuffix("s")
    return Form(name, tuple(required.split()), tuple(optional.split()), known, type=kind)


# Those of transfers come first: in a file of several kinds they take what is of none.
FORMS: Final = (
    _form(
        "transactions",
        "hash block_number transaction_index from_address to_address value",
        "nonce block_hash block_timestamp gas_price receipt_status receipt_gas_used "
        "receipt_effective_gas_price receipt_contract_address receipt_l1_fee",
        "gas input max_fee_per_gas max_priority_fee_per_gas transaction_type "
        "receipt_cumulative_gas_used receipt_root receipt_l1_gas_used receipt_l1_gas_price "
        "receipt_l1_fee_scalar max_fee_per_blob_gas blob_versioned_hashes receipt_blob_gas_price "
        "receipt_blob_gas_used",
    ),
    _form(
        "token_transfers",
        "token_address from_address to_address value transaction_hash log_index block_number",
        "block_timestamp block_hash transaction_index",
        "",
    ),
    _form(
        "traces",
        "block_number transaction_index from_address to_address value trace_type trace_address",
        "transaction_hash call_type reward_type error status block_timestamp block_hash",
        "input output gas gas_used subtraces trace_id trace_index",
    ),
    _form(
        "logs",
        "log_index transaction_hash address topics block_number",
        "data transaction_index block_hash block_timestamp",
        "",
    ),
    _form(
        "receipts",
        "transaction_hash transaction_index block_number gas_used status",
        "effective_gas_price contract_address l1_fee",
        "block_hash cumulative_gas_used root l1_gas_used l1_gas_price l1_fee_scalar "
        "blob_gas_price blob_gas_used",
    ),
    _form(
        "blocks",
        "number hash timestamp",
        "transaction_count withdrawals",
        "parent_hash nonce sha3_uncles logs_bloom transactions_root state_root receipts_root miner "
        "difficulty total_difficulty size extra_data gas_limit gas_used "
        "base_fee_per_gas withdrawals_root blob_gas_used excess_blob_gas",
    ),
    _form(
        "tokens",
        "address symbol decimals",
        "total_supply",
        "name block_number block_timestamp block_hash",
    ),
    _form(
        "contracts",
        "address is_erc20 is_erc721",
        "",
        "bytecode function_sighashes block_number block_timestamp block_hash",
    ),
)

# Folders of ``ethereumetl export_all`` and of exported tables: one per form.
KINDS: Final = tuple(f.name for f in FORMS)


def headers(*besides: str, form: str | None = None) -> tuple[tuple[str, ...], ...]:
    """Columns by which each form (or the named one) is known, and others that stand beside them.

    Where a block's facts stand beside everything, a receipt stands beside transactions.
    """
    receipt = ("receipt_gas_used",) if "block_timestamp" in besides else ()
    return tuple(
        (*f.required, *besides, *(receipt if f.name == "transactions" else ()))
        for f in FORMS
        if form in (None, f.name)
    )
