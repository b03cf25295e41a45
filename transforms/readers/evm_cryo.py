"""Datasets of cryo as the forms that EVM exports share, and its native transfers.

Amounts that come as bytes become decimal text here. Native transfers are ranked within their
transaction, which needs all of them at once: they wait in DuckDB, which spills what does not fit
into memory.
"""

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.instants import TIMESTAMP
from transforms.clean.uint256 import WORD, amounts, words_of_hex
from transforms.readers.evm_sides import Sides, block_numbers, indices_in_block
from transforms.readers.forms import Form
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted, one_chunk
from transforms.readers.values import value_columns

if TYPE_CHECKING:
    from transforms.sources.batch import Batch

_GROUP_ROWS: Final = 100_000


def _exact(name: str) -> tuple[str, ...]:
    """Columns that hold an amount exactly; text is read where both are there."""
    return (f"{name}_string", f"{name}_binary", f"{name}_u256binary", name)


def _rounded(*names: str) -> frozenset[str]:
    """Columns that hold it rounded or in a type of its own, and are never read."""
    types = ("f32", "f64", "u32", "u64", "d128", "decimal128")
    return frozenset(f"{name}_{t}" for name in names for t in types)


_CALLS: Final = {"delegate_call": "delegatecall", "static_call": "staticcall"}

FORMS: Final = (
    Form(
        "token_transfers",
        (
            *("block_number", "log_index", "transaction_hash", "token_address"),
            *("from_address", "to_address", "value", "chain_id"),
        ),
        ("transaction_index", "block_hash", "block_timestamp"),
        _rounded("value"),
        {"token_address": ("erc20",), "value": _exact("value"), "block_timestamp": ("timestamp",)},
    ),
    Form(
        "nfts",
        (
            *("block_number", "log_index", "transaction_hash", "token_address"),
            *("from_address", "to_address", "value", "chain_id"),
        ),
        ("transaction_index", "block_hash", "block_timestamp"),
        _rounded("token_id"),
        {
            "token_address": ("erc20", "erc721"),
            "value": _exact("token_id"),
            "block_timestamp": ("timestamp",),
        },
    ),
    Form(
        "native_transfers",
        (
            *("block_number", "transfer_index", "transaction_hash", "from_address"),
            *("to_address", "value", "chain_id", "transaction_index"),
        ),
        ("block_hash", "block_timestamp"),
        _rounded("value"),
        {"value": _exact("value"), "block_timestamp": ("timestamp",)},
    ),
    Form(
        "transactions",
        (
            *("block_number", "transaction_index", "hash", "from_address", "to_address"),
            *("value", "gas_limit", "chain_id"),
        ),
        (
            *("nonce", "block_hash", "block_timestamp", "receipt_gas_used"),
            *("receipt_effective_gas_price", "receipt_status"),
        ),
        _rounded("value")
        | {"input", "transaction_type", "max_priority_fee_per_gas", "max_fee_per_gas"}
        | {"n_input_bytes", "n_input_zero_bytes", "n_input_nonzero_bytes", "n_rlp_bytes"}
        | {"r", "s", "v"},
        {
            "hash": ("transaction_hash",),
            "value": _exact("value"),
            "receipt_gas_used": ("gas_used",),
            # A mined transaction's gas_price is the price it paid.
            "receipt_effective_gas_price": ("gas_price",),
            "receipt_status": ("success",),
            "block_timestamp": ("timestamp",),
        },
    ),
    Form(
        "traces",
        (
            *("block_number", "transaction_index", "transaction_hash", "from_address"),
            *("to_address", "value", "trace_type", "call_type", "trace_address", "chain_id"),
        ),
        ("created", "error", "block_hash", "block_timestamp"),
        frozenset({"action_*", "result_*", "subtraces"}),
        {
            "transaction_index": ("transaction_index", "transaction_position"),
            "from_address": ("action_from",),
            "to_address": ("action_to",),
            "value": ("action_value",),
            "trace_type": ("action_type",),
            "call_type": ("action_call_type",),
            "created": ("result_address",),
            "block_timestamp": ("timestamp",),
        },
    ),
    Form(
        "blocks",
        ("number", "hash", "timestamp", "author", "chain_id"),
        (),
        frozenset({"*"}),
        {"number": ("block_number",), "hash": ("block_hash",)},
    ),
)


def with_exact_amounts(records: Records) -> Records:
    """Amounts that came as bytes as decimal text."""
    texts = one_chunk(records.columns["value"])
    is_word = np.asarray(pc.match_substring_regex(texts, f"^0x[0-9a-f]{{{2 * WORD}}}$"))
    if not is_word.any():
        return records
    rows = pa.array(is_word)
    digits = pc.utf8_slice_codeunits(texts.filter(rows), 2)
    exact = pc.replace_with_mask(texts, rows, amounts(words_of_hex(digits, 1)))
    return _with(records, "value", exact)


def with_status(records: Records) -> Records:
    """``success`` as the receipt status it says."""
    if "receipt_status" not in records.columns.column_names:
        return records
    texts = pc.utf8_lower(one_chunk(records.columns["receipt_status"]))
    status = pc.if_else(pc.equal(texts, "false"), "0", texts)
    status = pc.if_else(pc.equal(texts, "true"), "1", status)
    return _with(records, "receipt_status", status)


def as_receipts(records: Records) -> Records:
    """Transactions as the receipts they carry."""
    names = {
        "hash": "transaction_hash",
        "receipt_status": "status",
        "receipt_gas_used": "gas_used",
        "receipt_effective_gas_price": "effective_gas_price",
    }
    columns = with_status(records).columns
    return replace(
        records,
        columns=columns.rename_columns([names.get(c, c) for c in columns.column_names]),
        names={names.get(c, c): theirs for c, theirs in records.names.items()},
    )


def as_traces(records: Records) -> Records:
    """Cryo's words for calls and places, and its sides of creations and rewards, as Parity's."""
    kinds = one_chunk(records.columns["trace_type"])
    calls = one_chunk(records.columns["call_type"])
    for theirs, ours in {**_CALLS, "call_code": "callcode"}.items():
        calls = pc.if_else(pc.equal(calls, theirs), ours, calls)
    places = pc.replace_substring(one_chunk(records.columns["trace_address"]), "_", ",")
    sender = one_chunk(records.columns["from_address"])
    receiver = one_chunk(records.columns["to_address"])
    if "created" in records.columns.column_names:
        created = one_chunk(records.columns["created"])
        receiver = pc.if_else(pc.equal(kinds, "create"), created, receiver)
    # The author of a block stands where others have the sender.
    is_reward = pc.equal(kinds, "reward")
    receiver, sender = pc.if_else(is_reward, sender, receiver), pc.if_else(is_reward, "", sender)
    for name, column in (
        ("call_type", calls),
        ("trace_address", places),
        ("from_address", sender),
        ("to_address", receiver),
    ):
        records = _with(records, name, column)
    return records


def _with(records: Records, name: str, column: pa.Array) -> Records:
    place = records.columns.column_names.index(name)
    return replace(records, columns=records.columns.set_column(place, name, column))


class NativeTransfers:
    """Collects native transfers, then gives their rows."""

    def __init__(self, sides: Sides, batch: "Batch") -> None:
        self._chain = sides.chain
        self._sides = sides
        self._con = batch.connection

    def read(self, records: Records) -> Sifted:
        """Clean a slice; may run in several threads."""
        s = Sieve(records)
        numbers = s.required("block_number", block_numbers(s, "block_number"))
        indices = s.optional("transaction_index", indices_in_block(s))
        hashes = s.optional("transaction_hash", clean.hashes(s.text("transaction_hash")))
        sender, receiver = (
            s.required(c, clean.addresses(s.text(c), self._chain))
            for c in ("from_address", "to_address")
        )
        values = s.required("value", self._sides.amounts(s))
        sender, is_nobody = clean.without_zero_address(sender)
        is_reward = hashes.is_null()
        lacks_place = pc.and_not(indices.is_null(), is_reward)
        s.refuse(np.asarray(lacks_place), "transaction_index: is missing")
        s.refuse(
            np.asarray(pc.and_not(is_reward, is_nobody)),
            "transaction_hash: is missing, and from_address is not the zero address of a reward",
        )
        receipts = self._sides.receipts.of(numbers, indices, hashes)
        succeeded = pc.if_else(is_reward, pa.scalar(True), receipts.succeeded)
        rows = {
            "file": pa.repeat(records.file, s.size),
            "line": records.lines,
            **self._sides.block_facts(s, numbers),
            "transaction_index": indices,
            "transaction_hash": hashes,
            "transfer_index": s.required(
                "transfer_index", clean.integers(s.text("transfer_index"))
            ),
            "succeeded": succeeded,
            "from_address": sender,
            "to_address": clean.without_zero_address(receiver)[0],
            **value_columns(values),
        }
        return s.sifted({"moves": [s.kept(rows)]})

    def take(self, found: Sifted) -> None:
        """Keep a slice's transfers."""
        for table in found.tables["moves"]:
            self._con.register("arrived", table)
            self._con.execute("create temp table if not exists moves as from arrived limit 0")
            self._con.execute("insert into moves by name from arrived")
            self._con.unregister("arrived")

    def rows(self) -> Iterator[pa.Table]:
        """Rows of all transfers, in the order in which they were received."""
        sql = files("transforms.readers").joinpath("evm_cryo.sql").read_text("utf-8")
        for part in self._con.execute(sql).to_arrow_reader(_GROUP_ROWS):
            rows = pa.Table.from_batches([part])
            days = pc.cast(rows["block_timestamp"].cast(TIMESTAMP), pa.date32())
            rows = rows.append_column("block_date", days)
            for name, value in (("chain", self._chain), ("asset", native_asset(self._chain))):
                rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
            yield rows
