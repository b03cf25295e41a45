"""Numbers of records within their transaction, in the order in which the file gives them.

For exports without a log index: the first row of a transaction is its row 0, and so on, wherever
the rows stand. A million transactions take 16 MB.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.uint256 import words_of_hex
from transforms.readers.evm_sides import TRANSFERS
from transforms.readers.sieve import Sifted, one_chunk

# What was counted lately is merged into the sorted rest when it has grown to this share of it.
_SHARE: Final = 4
_MIX: Final = np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]


class Ordinals:
    """Counts the rows of each transaction; slices must come in the file's order."""

    def __init__(self) -> None:
        self._old = _Counted()
        self._new = _Counted()

    def of(self, hashes: pa.Array) -> pa.Array:
        """Number of each row within its transaction, by canonical hashes; ``0x`` and 64 digits."""
        words = words_of_hex(pc.utf8_slice_codeunits(hashes, 2), 1)
        parts = np.ascontiguousarray(words).view(">u8").astype(np.uint64)
        # 64 bits of it tell transactions apart; should two ever share them, the second one's rows
        # count on from the first one's, in every reading of the file alike.
        keys = (parts * _MIX).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        distinct, first, counts = np.unique(keys[order], return_index=True, return_counts=True)
        before = self._old.counts(distinct) + self._new.counts(distinct)
        ranks = np.arange(len(keys)) - np.repeat(first, counts) + np.repeat(before, counts)
        found = np.empty(len(keys), np.int64)
        found[order] = ranks
        self._new.add(distinct, counts)
        if len(self._new) * _SHARE > len(self._old):
            self._old.add(self._new.keys, self._new.numbers)
            self._new = _Counted()
        return pa.array(found)


def with_positions(found: Sifted, ordinals: Ordinals) -> Sifted:
    """A slice whose main rows that are placed by their file have their number as position."""
    rows, *others = found.tables[TRANSFERS]
    is_by_file = one_chunk(pc.equal(rows["position_basis"], "file"))
    if not pc.any(is_by_file).as_py():
        return found
    numbers = ordinals.of(one_chunk(rows["transaction_hash"].filter(is_by_file)))
    if "position" not in rows.column_names:
        rows = rows.append_column("position", pa.nulls(rows.num_rows, pa.int64()))
    place = rows.column_names.index("position")
    filled = pc.replace_with_mask(one_chunk(rows["position"]), is_by_file, numbers)
    numbered = rows.set_column(place, "position", filled)
    return replace(found, tables={**found.tables, TRANSFERS: [numbered, *others]})


class _Counted:
    """Sorted keys and how often each was met."""

    def __init__(self) -> None:
        self.keys: Keys = np.zeros(0, np.uint64)
        self.numbers: Counts = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self.keys)

    def counts(self, wanted: Keys) -> Counts:
        """How often each was met."""
        if not len(self.keys):
            return np.zeros(len(wanted), np.int64)
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[places] == wanted, self.numbers[places], 0)

    def add(self, keys: Keys, numbers: Counts) -> None:
        """Count sorted keys."""
        places = np.searchsorted(self.keys, keys)
        is_known = np.zeros(len(keys), np.bool_)
        inside = places < len(self.keys)
        is_known[inside] = self.keys[places[inside]] == keys[inside]
        self.numbers[places[is_known]] += numbers[is_known]
        self.numbers = np.insert(self.numbers, places[~is_known], numbers[~is_known])
        self.keys = np.insert(self.keys, places[~is_known], keys[~is_known])
