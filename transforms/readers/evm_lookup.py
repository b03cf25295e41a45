"""What the side files of an EVM export know: block times, receipts, and which tokens are money.

All of it is looked up per slice, so it lies in sorted arrays, about 50 bytes per receipt and block.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.uint256 import words_of_hex
from transforms.readers.sieve import one_chunk

# A block's transactions are numbered far below 2^20.
_INDEX_BITS = 20
MAX_INDEX = 2**_INDEX_BITS - 1
_PRICE_DIGITS = 21
# The topic of Transfer(address,address,uint256); a fourth topic makes the last one a token id.
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

Int64s = np.ndarray[Any, np.dtype[np.int64]]


@cache
def registered(chain: str) -> Mapping[str, int]:
    """Decimals of the bundled registry's tokens (``seeds/assets.csv``), by contract.

    They are fungible by common knowledge.
    """
    text = files("transforms").joinpath("seeds/assets.csv").read_text("utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    return {row[1]: int(row[3]) for row in rows if row[0] == chain}


@dataclass(slots=True)
class Tokens:
    """Which token contracts are known to be fungible, and which known not to be.

    The registry comes first. A four-topic Transfer event, a contract's ERC-721 interface and a
    token list without decimals speak for token ids, one or more decimals for amounts; where both
    are said it is taken for ids, whose sums would be nonsense.
    """

    chain: str
    fungible: set[str] = field(default_factory=set)
    not_fungible: set[str] = field(default_factory=set)

    def are_fungible(self, contracts: pa.Array) -> pa.Array:
        """True, False or null per row."""
        coded = contracts.dictionary_encode()
        known = [self._is_fungible(c) for c in coded.dictionary.to_pylist()]
        return pa.array(known, pa.bool_()).take(coded.indices)

    def _is_fungible(self, contract: str) -> bool | None:
        if contract in registered(self.chain):
            return True
        if contract in self.not_fungible:
            return False
        return True if contract in self.fungible else None


class Blocks:
    """Time and hash of blocks by number; a number with two times or hashes has none."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []
        self._numbers: Int64s = np.zeros(0, np.int64)
        self._times = pa.nulls(0, pa.timestamp("us", "UTC"))
        self._hashes = pa.nulls(0, pa.string())

    def add(self, blocks: pa.Table) -> None:
        """Take a slice: number, time, hash."""
        self._parts.append(blocks.select(["number", "time", "hash"]))

    def close(self) -> None:
        """Sort what was taken."""
        if not self._parts:
            return
        found = (
            pa.concat_tables(self._parts)
            .group_by("number")
            .aggregate([("time", "min"), ("time", "max"), ("hash", "min"), ("hash", "max")])
            .sort_by("number")
            .combine_chunks()
        )
        self._parts.clear()
        self._numbers = found["number"].to_numpy()
        self._times = _where_same(found["time_min"], found["time_max"])
        self._hashes = _where_same(found["hash_min"], found["hash_max"])

    def times(self, numbers: pa.Array) -> pa.Array:
        """Time of each block, null where not known."""
        return self._looked_up(self._times, numbers)

    def hashes(self, numbers: pa.Array) -> pa.Array:
        """Hash of each block, null where not known."""
        return self._looked_up(self._hashes, numbers)

    def _looked_up(self, facts: pa.Array, numbers: pa.Array) -> pa.Array:
        if not len(facts):
            return pa.nulls(len(numbers), facts.type)
        return facts.take(_places(self._numbers, numbers))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What receipts say of a slice's transactions; null where they say nothing."""

    succeeded: pa.Array
    gas_used: pa.Array
    fee: pa.Array
    created: pa.Array

    @classmethod
    def unknown(cls, size: int) -> Self:
        """No receipt for any of so many transactions."""
        nothing = pa.nulls(size, pa.string())
        return cls(pa.nulls(size, pa.bool_()), pa.nulls(size, pa.int64()), nothing, nothing)


class Receipts:
    """Receipts by place in the chain (block, index) and the beginning of the hash."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []
        self._keys: Int64s = np.zeros(0, np.int64)
        self._found: pa.Table | None = None

    def add(self, receipts: pa.Table) -> None:
        """Take a slice: block_number, transaction_index, hash and what a ``Receipt`` says."""
        key = _key(receipts["block_number"], receipts["transaction_index"])
        said = receipts.select(["succeeded", "gas_used", "fee", "created"])
        begun = _marks(receipts["hash"])
        self._parts.append(said.append_column("key", key).append_column("mark", begun))

    def close(self) -> None:
        """Sort what was taken; of a receipt given twice one is kept."""
        if not self._parts:
            return
        found = pa.concat_tables(self._parts).combine_chunks()
        self._parts.clear()
        found = found.take(pc.sort_indices(found, [("key", "ascending")]))
        keys = found["key"].to_numpy()
        first = np.ones(len(keys), np.bool_)
        first[1:] = keys[1:] != keys[:-1]
        self._found = found.filter(pa.array(first)).combine_chunks()
        self._keys = self._found["key"].to_numpy()

    def of(self, numbers: pa.Array, indices: pa.Array, hashes: pa.Array) -> Receipt:
        """Receipts of a slice's transactions."""
        if self._found is None:
            return Receipt.unknown(len(numbers))
        found = self._found.take(_places(self._keys, _key(numbers, indices)))
        # A reorged block's receipt sits at the same place but belongs to another transaction.
        is_same = pc.fill_null(pc.equal(found["mark"], _marks(hashes)), False)
        return Receipt(
            *(
                pc.if_else(is_same, found[c], pa.scalar(None, found[c].type)).combine_chunks()
                for c in ("succeeded", "gas_used", "fee", "created")
            )
        )

    def __len__(self) -> int:
        return len(self._keys)


def fees(gas_used: pa.Array, gas_price: pa.Array, extra: pa.Array) -> pa.Array:
    """Gas times price, plus what a rollup pays to its base chain; exact, as text."""
    digits = pc.max(pc.binary_length(gas_price)).as_py() or 0
    if extra.null_count == len(extra) and digits < _PRICE_DIGITS:
        # 10^15 gas at most times 21 digits are 38: the product is exact.
        gas = gas_used.cast(pa.decimal128(19, 0)).cast(pa.decimal128(16, 0))
        price = pc.cast(gas_price, pa.decimal128(_PRICE_DIGITS, 0))
        return pc.cast(pc.multiply(gas, price), pa.string())
    rows = zip(gas_used.to_pylist(), gas_price.to_pylist(), extra.to_pylist(), strict=True)
    found = [None if g is None or p is None else str(g * int(p) + int(e or 0)) for g, p, e in rows]
    return pa.array(found, pa.string())


def _key(numbers: pa.Array, indices: pa.Array) -> pa.Array:
    shifted = pc.shift_left(numbers, _INDEX_BITS)
    return pc.bit_wise_or(shifted, indices)


def _marks(hashes: pa.Array) -> pa.Array:
    """First 7 bytes of each hash as a number: enough to tell two transactions of one place."""
    whole = one_chunk(hashes) if isinstance(hashes, pa.ChunkedArray) else hashes
    known = pc.fill_null(whole, "0x" + "0" * 64)
    words = words_of_hex(pc.utf8_slice_codeunits(known, 2), 1)
    marks = np.ascontiguousarray(words[:, :8]).view(">u8")[:, 0] >> np.uint64(8)
    return pa.array(marks.astype(np.int64), mask=np.asarray(whole.is_null()))


def _places(keys: Int64s, wanted: pa.Array) -> pa.Array:
    """Where each wanted number stands in the sorted keys, null where it does not."""
    absent = np.asarray(wanted.is_null())
    numbers = np.asarray(wanted.fill_null(-1), np.int64)
    places = np.searchsorted(keys, numbers)
    places[places == len(keys)] = 0
    absent |= keys[places] != numbers if len(keys) else True
    return pa.array(places, mask=absent)


def _where_same(low: pa.ChunkedArray, high: pa.ChunkedArray) -> pa.Array:
    found = pc.if_else(pc.equal(low, high), low, pa.scalar(None, low.type))
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
