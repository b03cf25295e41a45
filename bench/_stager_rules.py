"""What every program that stages an export of token transfers goes by (``bench/_stagers.py``)."""

ZERO = "0x" + "0" * 40
HASH = "transaction_hash"
ADDRESSES = ("token_address", "from_address", "to_address")
MAX_UINT256 = str(2**256 - 1)
# In the order in which the first fault of a record is told.
CHECKED = (*ADDRESSES, "value", HASH, "log_index", "block_number")
SHARED = {"source": "ethereum_etl", "batch": "0" * 16, "raw_sha256": "0" * 64, "chain": "ethereum"}
FLAGS = {"is_status_known": True, "is_exact": True}
# pandas takes minutes for what the others do in seconds; its speed does not depend on the size.
PANDAS_ROWS = 1_000_000
PATTERNS = dict.fromkeys(ADDRESSES, "0x[0-9a-f]{40}") | {HASH: "0x[0-9a-f]{64}"}
PATTERNS |= {"value": "[0-9]{1,78}"} | dict.fromkeys(("log_index", "block_number"), "[0-9]{1,18}")


def registered_tokens():
    from transforms.readers.evm_lookup import registered

    return sorted(registered("ethereum"))
