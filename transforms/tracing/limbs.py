"""Exact decimal text → pairs of 64-bit limbs.

In: an Arrow column of unsigned decimal text. Out: a numpy array of shape (n, 2), high limb first,
or None where an amount has more than 36 digits (two slices of 18 digits always fit two limbs).
No float and no Decimal256 on the way.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Limbs: TypeAlias = npt.NDArray[np.uint64]

SLICE: Final = 18  # the most decimal digits that always fit a signed 64-bit integer
HALF: Final = np.uint64(32)
LOW_HALF: Final = np.uint64(0xFFFF_FFFF)


def to_limbs(text: pa.Array) -> Limbs | None:
    """Read digits as (high, low); None where 36 digits are not enough."""
    limbs = np.zeros((len(text), 2), dtype=np.uint64)
    if not len(text):
        return limbs
    longest = pc.max(pc.binary_length(text)).as_py()
    if longest > 2 * SLICE:
        return None
    if longest <= SLICE:
        limbs[:, 1] = _numbers(text)
        return limbs
    head = pc.utf8_slice_codeunits(text, 0, -SLICE)
    head = pc.if_else(pc.equal(head, ""), "0", head)
    tail = pc.utf8_slice_codeunits(text, -SLICE)
    high, low = _times_slice(_numbers(head))
    limbs[:, 1] = low + _numbers(tail)
    limbs[:, 0] = high + (limbs[:, 1] < low)
    return limbs


def total(limbs: Limbs) -> int:
    """Add all rows up exactly: the halves of a limb cannot overflow below 2^32 rows."""
    return (_total(limbs[:, 0]) << 64) + _total(limbs[:, 1])


def _total(numbers: npt.NDArray[np.uint64]) -> int:
    return (int((numbers >> HALF).sum()) << 32) + int((numbers & LOW_HALF).sum())


def _numbers(text: pa.Array) -> npt.NDArray[np.uint64]:
    return text.cast(pa.uint64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]  # pyarrow ships no types


def _times_slice(
    numbers: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Multiply by 10^18 in full width, by the schoolbook rule on 32-bit halves."""
    factor = 10**SLICE
    right_high, right_low = np.uint64(factor >> 32), np.uint64(factor & 0xFFFF_FFFF)
    left_high, left_low = numbers >> HALF, numbers & LOW_HALF
    lowest = left_low * right_low
    cross_one, cross_two = left_low * right_high, left_high * right_low
    middle = (lowest >> HALF) + (cross_one & LOW_HALF) + (cross_two & LOW_HALF)
    high = left_high * right_high + (cross_one >> HALF) + (cross_two >> HALF) + (middle >> HALF)
    return high, (lowest & LOW_HALF) | (middle << HALF)
