"""32-byte words of the EVM as amounts and addresses, whole columns at once.

In: hex of big-endian words. Out: exact decimal text, which no float and no 64-bit integer
touches: a word below 10^38 goes through DECIMAL(38,0), the few above it through Python's integers.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WORD: Final = 32
# The upper half of a 128-bit number that has at most 38 digits is less than this.
_HIGH_LIMIT: Final = 10**38 >> 64

Words = np.ndarray[Any, np.dtype[np.uint8]]

_NIBBLES = np.full(256, 255, np.uint8)
for _digits, _first in ((b"0123456789", 0), (b"abcdef", 10), (b"ABCDEF", 10)):
    _NIBBLES[list(_digits)] = np.arange(_first, _first + len(_digits), dtype=np.uint8)


def words_of_hex(digits: pa.Array, count: int) -> Words:
    """Texts of ``64 × count`` hex digits as rows of bytes; the caller has checked the lengths."""
    if not len(digits):
        return np.zeros((0, WORD * count), np.uint8)
    joined = np.frombuffer("".join(digits.to_pylist()).encode(), np.uint8)
    nibbles = _NIBBLES[joined].reshape(len(digits), 2 * WORD * count)
    words: Words = (nibbles[:, 0::2] << np.uint8(4)) | nibbles[:, 1::2]
    return words


def amounts(words: Words) -> pa.Array:
    """Words as decimal text."""
    if not len(words):
        return pa.array([], pa.string())
    words = np.ascontiguousarray(words)
    parts = words.view(">u8").reshape(len(words), 4)
    is_wide = (parts[:, 0] | parts[:, 1]).astype(np.bool_) | (parts[:, 2] >= _HIGH_LIMIT)
    halves = np.empty((len(words), 2), "<u8")
    halves[:, 0], halves[:, 1] = parts[:, 3], parts[:, 2]
    halves[is_wide] = 0
    numbers = pa.Array.from_buffers(
        pa.decimal128(38, 0), len(words), [None, pa.py_buffer(halves.tobytes())]
    )
    texts = numbers.cast(pa.string())
    if not is_wide.any():
        return texts
    exact = [str(int.from_bytes(word.tobytes(), "big")) for word in words[is_wide]]
    return pc.replace_with_mask(texts, pa.array(is_wide), pa.array(exact, pa.string()))
