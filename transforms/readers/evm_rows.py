"""Records of an EVM export → rows of ``staged.transfers``.

What moves: a transaction's value (``native``), a Transfer event (``token``; ``mint`` from and
``burn`` to the zero address, which is nobody and therefore null), a fee taken from a transaction's
receipt. A failed transaction moves nothing and pays its fee. Transactions without a receipt are
taken as effective with ``is_status_known`` false.

Without a receiver a transaction creates a contract; its address follows from sender and nonce.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.hashes import created_address
from transforms.readers.evm_logs import transfer_words, transfers_among
from transforms.readers.evm_lookup import Receipt, fees
from transforms.readers.evm_sides import (
    TRANSFERS,
    Sides,
    block_numbers,
    indices_in_block,
    receipt_of,
)
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted
from transforms.readers.values import value_columns


class Rows:
    """Rows of one chain's main files; each record is one row."""

    def __init__(self, sides: Sides) -> None:
        self.chain = sides.chain
        self._sides = sides

    def transactions(self, records: Records) -> Sifted:
        """Native value of transactions, and their fees where a receipt is known."""
        s = Sieve(records)
        hashes = s.required("hash", clean.hashes(s.text("hash")))
        block = self.block(s)
        indices = s.required("transaction_index", indices_in_block(s))
        sender = s.required("from_address", clean.addresses(s.text("from_address"), self.chain))
        receiver = s.optional("to_address", clean.addresses(s.text("to_address"), self.chain))
        values = s.required("value", self._sides.amounts(s))
        receipt = self._receipt(s, block["block_number"], indices, hashes)
        shared = {
            **block,
            "asset": pa.repeat(native_asset(self.chain), s.size),
            "transaction_hash": hashes,
            "transaction_index": indices,
            "position": indices,
            "position_basis": pa.repeat("transaction", s.size),
            "from_address": clean.without_zero_address(sender)[0],
            "is_fungible": pa.repeat(pa.scalar(True), s.size),
        }
        receiver = self._created(s, sender, receiver, receipt)
        rows = s.kept(
            {
                **shared,
                **value_columns(values),
                "kind": pa.repeat("native", s.size),
                "to_address": clean.without_zero_address(receiver)[0],
                "is_effective": pc.fill_null(receipt.succeeded, True),
                "is_status_known": pc.is_valid(receipt.succeeded),
            }
        )
        fee = s.kept(
            {
                **shared,
                **value_columns(receipt.fee),
                "kind": pa.repeat("fee", s.size),
                "is_effective": pa.repeat(pa.scalar(True), s.size),
                "is_status_known": pa.repeat(pa.scalar(True), s.size),
            }
        )
        fee = fee.filter(pc.fill_null(pc.not_equal(fee["value"], "0"), False))
        return s.sifted({TRANSFERS: [self._final(rows), self._final(fee)]})

    def token_transfers(self, records: Records, *, is_fungible: bool | None = None) -> Sifted:
        """Transfer events; a log exists only where its transaction succeeded.

        Without a log index the rows have no position: whoever takes them gives each its number
        within its transaction. ``is_fungible`` is for files that hold one kind of token alone.
        """
        s = Sieve(records)
        contracts, sender, receiver = (
            s.required(c, clean.addresses(s.text(c), self.chain))
            for c in ("token_address", "from_address", "to_address")
        )
        values = s.required("value", self._sides.amounts(s))
        hashes = s.required("transaction_hash", clean.hashes(s.text("transaction_hash")))
        moved = {
            "contract": contracts,
            "from_address": sender,
            "to_address": receiver,
            "transaction_hash": hashes,
            **value_columns(values),
            **self._place(s),
            **self.block(s),
        }
        if s.has("decimals"):
            # A token with decimals is counted in amounts; one without may be either.
            is_divisible = pc.match_substring_regex(s.text("decimals"), "^[1-9]")
            known = self._sides.tokens.are_fungible(contracts)
            return self.tokens(s, moved, pc.if_else(is_divisible, True, known))
        return self.tokens(s, moved, is_fungible)

    def token_ids(self, records: Records) -> Sifted:
        """Transfer events of NFTs; their value is the token's id and no amount."""
        return self.token_transfers(records, is_fungible=False)

    def transfer_logs(self, records: Records) -> Sifted:
        """Transfer events among logs, for exports without token transfers; no others count."""
        logs, digits = transfers_among(records)
        s = Sieve(logs)
        words = transfer_words(s, digits)
        is_id = pc.equal(pc.count_substring(s.text("topics"), ","), 3)
        contracts = s.required("address", clean.addresses(s.text("address"), self.chain))
        hashes = s.required("transaction_hash", clean.hashes(s.text("transaction_hash")))
        moved = {
            "contract": contracts,
            "from_address": words.sender,
            "to_address": words.receiver,
            "transaction_hash": hashes,
            **value_columns(words.value),
            **self._place(s),
            **self.block(s),
        }
        known = pc.if_else(is_id, False, self._sides.tokens.are_fungible(contracts))
        return self.tokens(s, moved, known)

    def tokens(
        self, s: Sieve, moved: dict[str, pa.Array], is_fungible: pa.Array | bool | None
    ) -> Sifted:
        """Rows of Transfer events: mints, burns, and transfers between accounts."""
        sender, is_mint = clean.without_zero_address(moved["from_address"])
        receiver, is_burn = clean.without_zero_address(moved["to_address"])
        # From nobody to nobody nothing moves.
        is_effective = pc.invert(pc.and_(is_mint, is_burn))
        kind = pc.if_else(
            pc.and_(is_effective, is_mint),
            "mint",
            pc.if_else(pc.and_(is_effective, is_burn), "burn", "token"),
        )
        if is_fungible is None:
            is_fungible = self._sides.tokens.are_fungible(moved["contract"])
        elif isinstance(is_fungible, bool):
            is_fungible = pa.repeat(pa.scalar(is_fungible), s.size)
        rows = s.kept(
            {
                **moved,
                "asset": pc.binary_join_element_wise(pa.scalar(self.chain), moved["contract"], ":"),
                "kind": kind,
                "from_address": sender,
                "to_address": receiver,
                "is_effective": is_effective,
                "is_status_known": pa.repeat(pa.scalar(True), s.size),
                "is_fungible": is_fungible,
            }
        )
        return s.sifted({TRANSFERS: [self._final(rows)]})

    @staticmethod
    def _place(s: Sieve) -> dict[str, pa.Array]:
        """Log index, and the transaction's place in the block, where the file has them."""
        place = {}
        if s.has("transaction_index"):
            indices = s.optional("transaction_index", indices_in_block(s))
            place["transaction_index"] = indices
        if s.has("log_index"):
            place["position"] = s.required("log_index", clean.integers(s.text("log_index")))
            place["position_basis"] = pa.repeat("log", s.size)
        else:
            place["position_basis"] = pa.repeat("file", s.size)
        return place

    def block(self, s: Sieve) -> dict[str, pa.Array]:
        """Block number, time, day and hash."""
        numbers = s.required("block_number", block_numbers(s, "block_number"))
        facts = self._sides.block_facts(s, numbers)
        return facts | {"block_date": pc.cast(facts["block_timestamp"], pa.date32())}

    def _receipt(self, s: Sieve, numbers: pa.Array, indices: pa.Array, hashes: pa.Array) -> Receipt:
        """The record's own receipt (streamed exports), else the receipts file's."""
        if s.has("receipt_gas_used") or s.has("receipt_fee"):
            found = receipt_of(s, self.chain, "receipt_")
        else:
            found = self._sides.receipts.of(numbers, indices, hashes)
            if len(self._sides.receipts):
                s.warnings["transactions without a receipt"] = found.gas_used.null_count
        if not s.has("gas_price") or found.fee.null_count == found.gas_used.null_count:
            return found
        # Receipts had no price of their own before EIP-1559: there the transaction's is exact.
        price = s.optional("gas_price", clean.amounts_or_none(s.text("gas_price")))
        fee = fees(found.gas_used, price, pa.nulls(s.size, pa.string()))
        return Receipt(found.succeeded, found.gas_used, pc.coalesce(found.fee, fee), found.created)

    def _created(
        self, s: Sieve, sender: pa.Array, receiver: pa.Array, receipt: Receipt
    ) -> pa.Array:
        """Receivers, the created contract's address where the export has none."""
        receiver = pc.coalesce(receiver, receipt.created)
        if not s.has("nonce") or not receiver.null_count:
            return receiver
        nonces = s.optional("nonce", clean.integers(s.text("nonce")))
        made = []
        for row in np.flatnonzero(np.asarray(receiver.is_null())):
            account, nonce = sender[row].as_py(), nonces[row].as_py()
            is_known = account is not None and nonce is not None
            made.append(created_address(account, nonce) if is_known else None)
        return pc.replace_with_mask(receiver, receiver.is_null(), pa.array(made, pa.string()))

    def _final(self, rows: pa.Table) -> pa.Table:
        """Rows with what all of them share."""
        shared: tuple[tuple[str, str | bool], ...] = (("chain", self.chain), ("is_exact", True))
        for name, value in shared:
            rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
        return rows
