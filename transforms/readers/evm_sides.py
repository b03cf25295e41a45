"""Side files of an EVM export: what they say is looked up when rows are made.

Blocks give times and hashes, receipts status, fee and created contract, logs and contracts tell
token ids from amounts, and a token list becomes ``staged.assets``. None of their records is a
transfer (though blocks name withdrawals, which are); a faulty one is rejected and costs no row.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean import columns as clean
from transforms.clean.bounds import MAX_BLOCK
from transforms.clean.instants import instants
from transforms.readers.evm_logs import transfers_of
from transforms.readers.evm_lookup import (
    MAX_INDEX,
    Blocks,
    Receipt,
    Receipts,
    Tokens,
    fees,
)
from transforms.readers.evm_withdrawals import rows_of_withdrawals, withdrawals
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted

ASSETS: Final = "staged.assets"
TRANSFERS: Final = "staged.transfers"
# Solidity keeps decimals in a byte.
_MAX_DECIMALS = 255
_MAX_GAS = 10**15


class Sides:
    """Side files of one chain's export.

    The ``read_`` functions may run in several threads; ``take`` gets what they found, in order.
    ``empty_value`` is the reason why an amount that is not there is not there.
    """

    def __init__(self, chain: str, empty_value: str = "") -> None:
        self.chain = chain
        self._empty_value = empty_value
        self.blocks = Blocks()
        self.receipts = Receipts()
        self.tokens = Tokens(chain)
        self.declared_transactions = 0
        self.withdrawals = 0

    def take(self, found: Sifted) -> None:
        """Remember what a slice of a side file says."""
        for name, tables in found.tables.items():
            for table in tables:
                match name:
                    case "blocks":
                        self.blocks.add(table)
                        self.declared_transactions += pc.sum(table["transactions"]).as_py() or 0
                    case "staged.transfers":
                        self.withdrawals += table.num_rows
                    case "receipts":
                        self.receipts.add(table)
                    case "token ids":
                        self.tokens.not_fungible.update(table["contract"].to_pylist())
                    case "token amounts":
                        self.tokens.fungible.update(table["contract"].to_pylist())

    def amounts(self, s: Sieve) -> clean.Cleaned:
        """The values of a main file's records, in base units."""
        texts = s.text("value")
        if self._empty_value:
            is_empty = np.asarray(pc.equal(texts, ""))
            s.refuse(is_empty, f"{s.called('value')}: {self._empty_value}")
        return clean.amounts(texts)

    def block_facts(self, s: Sieve, numbers: pa.Array) -> dict[str, pa.Array]:
        """Block number, time and hash of records: their own, else the blocks file's."""
        times = self.blocks.times(numbers)
        if s.has("block_timestamp"):
            times = pc.coalesce(times_of(s, "block_timestamp"), times)
        hashes = self.blocks.hashes(numbers)
        if s.has("block_hash"):
            own = s.optional("block_hash", clean.hashes(s.text("block_hash")))
            hashes = pc.coalesce(own, hashes)
        return {"block_number": numbers, "block_timestamp": times, "block_hash": hashes}

    def close(self) -> None:
        """All side files are read; rows may look things up."""
        self.blocks.close()
        self.receipts.close()

    def read_blocks(self, records: Records) -> Sifted:
        """Time and hash of blocks."""
        s = Sieve(records)
        found = {
            "number": s.required("number", block_numbers(s, "number")),
            "time": times_of(s, "timestamp"),
            "hash": s.required("hash", clean.hashes(s.text("hash"))),
        }
        counts = clean.integers(s.text_or_empty("transaction_count"))
        found["transactions"] = s.optional("transaction_count", counts)
        paid = withdrawals(s, self.chain)
        blocks = s.kept(found | {"row": pa.array(np.arange(s.size))})
        rows = rows_of_withdrawals(paid, blocks, self.chain)
        return s.sifted({"blocks": [blocks], TRANSFERS: [rows]})

    def read_receipts(self, records: Records) -> Sifted:
        """Status, fee and created contract of transactions."""
        s = Sieve(records)
        found = {
            "block_number": s.required("block_number", block_numbers(s, "block_number")),
            "transaction_index": s.required("transaction_index", indices_in_block(s)),
            "hash": s.required("transaction_hash", clean.hashes(s.text("transaction_hash"))),
        }
        receipt = receipt_of(s, self.chain)
        found |= {
            "succeeded": receipt.succeeded,
            "gas_used": receipt.gas_used,
            "fee": receipt.fee,
            "created": receipt.created,
        }
        return s.sifted({"receipts": [s.kept(found)]})

    def read_logs(self, records: Records) -> Sifted:
        """Contracts whose Transfer events carry token ids; and where every log stands."""
        s = Sieve(records)
        contracts = s.required("address", clean.addresses(s.text("address"), self.chain))
        is_id, is_transfer = transfers_of(s.text("topics"), s.text_or_none("data"))
        # What is wrong with a place is told where the log becomes a row.
        numbers = clean.integers(s.text("block_number"), at_most=MAX_BLOCK).values
        places = clean.integers(s.text("log_index")).values
        found = s.kept(
            {
                "contract": contracts,
                "is_id": is_id,
                "number": numbers,
                "log_index": places,
                "is_transfer": pc.cast(is_transfer, pa.int8()),
            }
        )
        logs = found.select(["number", "log_index", "is_transfer"])
        is_placed = pc.and_(pc.is_valid(logs["number"]), pc.is_valid(logs["log_index"]))
        return s.sifted(
            {
                "token ids": [found.filter(found["is_id"])],
                "logs": [logs.filter(is_placed)],
            }
        )

    def read_contracts(self, records: Records) -> Sifted:
        """Contracts whose code has the interface of a token."""
        s = Sieve(records)
        found = s.kept(
            {
                "contract": s.required("address", clean.addresses(s.text("address"), self.chain)),
                "is_id": pc.equal(pc.ascii_lower(s.text("is_erc721")), "true"),
                "is_amount": pc.equal(pc.ascii_lower(s.text("is_erc20")), "true"),
            }
        )
        return s.sifted(
            {
                "token ids": [found.filter(found["is_id"])],
                "token amounts": [found.filter(found["is_amount"])],
            }
        )

    def read_tokens(self, records: Records) -> Sifted:
        """Symbol and decimals as the contract claims them."""
        s = Sieve(records)
        contracts = s.required("address", clean.addresses(s.text("address"), self.chain))
        decimals = clean.integers(s.text("decimals"), at_most=_MAX_DECIMALS)
        symbols = s.text("symbol")
        rows = s.kept(
            {
                "asset": pc.binary_join_element_wise(pa.scalar(self.chain), contracts, ":"),
                "chain": pa.repeat(self.chain, s.size),
                "contract": contracts,
                "symbol": pc.if_else(pc.equal(symbols, ""), pa.scalar(None, pa.string()), symbols),
                "decimals": s.optional("decimals", decimals),
                # What cannot be a supply is none; the token is described all the same.
                "total_supply": clean.amounts_or_none(s.text_or_empty("total_supply")).values,
                "asset_basis": pa.repeat("export", s.size),
            }
        )
        # One decimal or more: amounts. No decimals at all: ids. 0 is said by both.
        is_divisible = pc.greater(pc.fill_null(rows["decimals"], 0), 0)
        return s.sifted(
            {
                ASSETS: [rows],
                "token amounts": [rows.filter(is_divisible)],
                "token ids": [rows.filter(rows["decimals"].is_null())],
            }
        )


def receipt_of(s: Sieve, chain: str, prefix: str = "") -> Receipt:
    """Receipt columns; an empty status (before Byzantium, block 4,370,000) is not known."""

    def column(name: str) -> pa.Array:
        return s.text_or_empty(prefix + name)

    status = s.optional(f"{prefix}status", clean.integers(column("status"), at_most=1))
    gas = s.optional(f"{prefix}gas_used", clean.integers(column("gas_used"), at_most=_MAX_GAS))
    price, extra = (
        s.optional(prefix + name, clean.amounts_or_none(column(name)))
        for name in ("effective_gas_price", "l1_fee")
    )
    created = clean.addresses(column("contract_address"), chain)
    # Some say the fee itself, which then is right on every chain.
    stated = s.optional(f"{prefix}fee", clean.amounts_or_none(column("fee")))
    return Receipt(
        succeeded=pc.equal(status, 1),
        gas_used=gas,
        fee=pc.coalesce(stated, fees(gas, price, extra)),
        created=s.optional(f"{prefix}contract_address", created),
    )


def block_numbers(s: Sieve, column: str) -> clean.Cleaned:
    """Block numbers of a column."""
    return clean.integers(s.text(column), at_most=MAX_BLOCK)


def indices_in_block(s: Sieve) -> clean.Cleaned:
    """Places of transactions in their block."""
    return clean.integers(s.text("transaction_index"), at_most=MAX_INDEX)


def times_of(s: Sieve, column: str) -> pa.Array:
    """Times of a column as instants; 0, the genesis block's, is no time."""
    return s.optional(column, instants(s.text(column)))
