"""Forms of Blockchair's dumps; columns are described at https://blockchair.com/api/docs."""

from typing import Final

from transforms.readers.forms import Form

_BLOCK: Final = {"block_number": ("block_id",), "block_timestamp": ("time",)}
_OUTPUT: Final = {**_BLOCK, "to_address": ("recipient",), "position": ("index",)}
_UTXO_UNREAD: Final = frozenset({"value_usd", "script_hex", "is_spendable"})

FORMS: Final = (
    Form(
        "transactions",
        (
            *("block_number", "transaction_index", "hash", "block_timestamp", "receipt_status"),
            *("reward_type", "from_address", "to_address", "value"),
        ),
        ("receipt_fee", "receipt_gas_used", "nonce"),
        frozenset(
            {
                *("call_count", "value_usd", "internal_value", "internal_value_usd", "fee_usd"),
                *("gas_limit", "gas_price", "input_hex", "v", "r", "s", "type_2718"),
                *("effective_gas_price", "max_fee_per_gas", "max_priority_fee_per_gas"),
                *("base_fee_per_gas", "burned"),
            }
        ),
        {
            **_BLOCK,
            "transaction_index": ("index",),
            "receipt_status": ("failed",),
            "reward_type": ("type",),
            "from_address": ("sender",),
            "to_address": ("recipient",),
            "receipt_fee": ("fee",),
            "receipt_gas_used": ("gas_used",),
        },
    ),
    Form(
        "token_transfers",
        (
            *("block_number", "transaction_hash", "block_timestamp", "token_address", "symbol"),
            *("decimals", "from_address", "to_address", "value"),
        ),
        (),
        frozenset({"token_name"}),
        {
            **_BLOCK,
            "symbol": ("token_symbol",),
            "decimals": ("token_decimals",),
            "from_address": ("sender",),
            "to_address": ("recipient",),
        },
    ),
    Form(
        "outputs",
        (
            *("block_number", "transaction_hash", "position", "block_timestamp", "value"),
            *("to_address", "is_from_coinbase"),
        ),
        ("type",),
        _UTXO_UNREAD,
        _OUTPUT,
    ),
    Form(
        "inputs",
        (
            *("block_number", "transaction_hash", "position", "block_timestamp", "value"),
            *("from_address", "is_from_coinbase", "spent_transaction"),
        ),
        ("type",),
        _UTXO_UNREAD | {"block_id", "index", "time", "spending_*", "lifespan", "cdd"},
        {
            # The columns without "spending" tell of the output that is spent.
            "block_number": ("spending_block_id",),
            "block_timestamp": ("spending_time",),
            "transaction_hash": ("spending_transaction_hash",),
            "position": ("spending_index",),
            "from_address": ("recipient",),
            "spent_transaction": ("transaction_hash",),
        },
    ),
    Form(
        "fees",
        ("block_number", "transaction_hash", "block_timestamp", "is_coinbase", "value"),
        (),
        frozenset(
            {
                *("size", "weight", "version", "lock_time", "has_witness", "input_count"),
                *("output_count", "input_total", "input_total_usd", "output_total"),
                *("output_total_usd", "fee_*", "cdd_total"),
            }
        ),
        {**_BLOCK, "transaction_hash": ("hash",), "value": ("fee",)},
    ),
)
