"""Forms of Etherscan's exports: the website's CSV, old and new, and the API's answers.

Names of columns in the CSV changed over the years, one holds the day's price and others the coin.
"""

from typing import Final

from transforms.chains import CHAINS
from transforms.readers.forms import Form

# Coins in the columns' names; of those that several chains share the chain follows from elsewhere.
COINS: Final = {
    **{c.ticker: c.name for c in reversed(tuple(CHAINS.values())) if c.family == "evm"},
    "matic": "polygon",
}


def _with_coin(name: str) -> tuple[str, ...]:
    return tuple(f"{name}({coin})" for coin in COINS)


_TIME: Final = ("DateTime (UTC)", "DateTime")
_HASH: Final = ("Txhash", "Transaction Hash", "Transaction_Hash")
_CSV: Final = {
    "hash": _HASH,
    "block_number": ("Blockno",),
    "block_timestamp": ("UnixTimestamp",),
    "from_address": ("From",),
    "to_address": ("To",),
    "contract": ("ContractAddress",),
    "value_in": _with_coin("Value_IN"),
    "value_out": _with_coin("Value_OUT"),
    "fee": _with_coin("TxnFee"),
    "status": ("Status",),
    "symbol": ("TokenSymbol*",),
    "name": ("TokenName",),
}
_CSV_UNREAD: Final = frozenset(
    {
        *("DateTime*", "CurrentValue*", "TxnFee(USD)", "Historical $Price*", "ErrCode", "Method*"),
        *("PrivateNote", "ParentTx*", "USDValueDayOfTx", "ChainId", "Chain", "Value(*"),
        *("From_Nametag", "To_Nametag", "Value (USD)"),
    }
)
_API: Final = {
    "block_number": ("blockNumber",),
    "block_timestamp": ("timeStamp",),
    "block_hash": ("blockHash",),
    "from_address": ("from",),
    "to_address": ("to",),
    "contract": ("contractAddress",),
    "transaction_index": ("transactionIndex",),
    "is_error": ("isError",),
    "symbol": ("tokenSymbol",),
    "decimals": ("tokenDecimal",),
    "log_index": ("logIndex",),
    "token_id": ("tokenID",),
    "receipt_gas_used": ("gasUsed",),
    "receipt_effective_gas_price": ("gasPrice",),
    "receipt_status": ("isError",),
    "receipt_contract_address": ("contractAddress",),
    "receipt_l1_fee": ("L1FeesPaid",),
}
_API_UNREAD: Final = frozenset(
    {
        *("gas", "gasPrice", "gasUsed", "cumulativeGasUsed", "input", "confirmations", "methodId"),
        *("functionName", "nonce", "errCode", "traceId", "txreceipt_status", "tokenName"),
        *("tokenValue", "isError", "transactionIndex", "blockHash", "L1GasPrice", "L1GasUsed"),
        *("L1FeeScalar", "L1FeesPaid", "contractAddress", "type"),
    }
)


def _form(name: str, required: str, optional: str, *, is_api: bool = False) -> Form:
    theirs, unread = (_API, _API_UNREAD) if is_api else (_CSV, _CSV_UNREAD)
    return Form(name, tuple(required.split()), tuple(optional.split()), unread, theirs)


FORMS: Final = (
    _form(
        "normal",
        "hash block_number block_timestamp from_address to_address contract value_in value_out fee "
        "status",
        "",
    ),
    Form(
        "internal",
        (
            *("hash", "block_number", "block_timestamp", "from_address", "to_address"),
            *("contract", "value_in", "value_out", "parent", "type"),
        ),
        ("status",),
        _CSV_UNREAD,
        {**_CSV, "to_address": ("TxTo",), "parent": ("ParentTxFrom",)},
    ),
    Form(
        "tokens",
        (
            *("hash", "block_timestamp", "from_address", "to_address", "amount", "contract"),
            "symbol",
        ),
        ("block_number", "name"),
        _CSV_UNREAD,
        {**_CSV, "amount": ("TokenValue", "Value")},
    ),
    Form(
        "nfts",
        (
            *("hash", "block_timestamp", "from_address", "to_address", "token_id", "contract"),
            *("symbol", "name"),
        ),
        ("block_number",),
        _CSV_UNREAD | {"Type", "TokenValue", "Value"},
        {**_CSV, "token_id": ("TokenId",)},
    ),
    # What the page itself shows, since 2024: fewer digits, and of tokens only the name.
    Form(
        "list",
        (
            *("hash", "status", "block_number", "block_timestamp", "from_address", "to_address"),
            *("amount", "fee"),
        ),
        (),
        _CSV_UNREAD,
        {**_CSV, "block_timestamp": _TIME, "amount": ("Amount",), "fee": ("Txn Fee",)},
    ),
    Form(
        "internal_list",
        (
            *("hash", "status", "block_number", "block_timestamp", "from_address", "to_address"),
            "amount",
        ),
        ("type",),
        _CSV_UNREAD,
        {
            **_CSV,
            "hash": ("Parent Transaction Hash",),
            "block_timestamp": _TIME,
            "amount": ("Amount", "Value"),
        },
    ),
    Form(
        "token_list",
        (
            *("hash", "status", "block_number", "block_timestamp", "from_address", "to_address"),
            *("amount", "token"),
        ),
        (),
        _CSV_UNREAD,
        {**_CSV, "block_timestamp": _TIME, "amount": ("Amount",), "token": ("Token", "Asset")},
    ),
    _form(
        "transactions",
        "hash block_number block_timestamp transaction_index from_address to_address value nonce "
        "receipt_status receipt_gas_used receipt_effective_gas_price",
        "block_hash receipt_contract_address receipt_l1_fee",
        is_api=True,
    ),
    _form(
        "api_internal",
        "hash block_number block_timestamp from_address to_address value type is_error",
        "contract",
        is_api=True,
    ),
    _form(
        "api_tokens",
        "hash block_number block_timestamp from_address to_address value contract symbol decimals",
        "block_hash transaction_index log_index",
        is_api=True,
    ),
    _form(
        "api_nfts",
        "hash block_number block_timestamp from_address to_address token_id contract symbol",
        "block_hash transaction_index log_index",
        is_api=True,
    ),
)
