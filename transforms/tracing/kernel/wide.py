"""Unsigned arithmetic on two 64-bit limbs, compiled.

In: amounts as (high, low). Out: the same, exactly. Every constant is a ``uint64``: numba answers
uint64 + int64 with a float.
"""
# ruff: noqa: PLR0917 (numba knows no keyword-only arguments)

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from transforms.tracing.kernel.jit import Table, compiled, part

Word: TypeAlias = np.uint64
Wide: TypeAlias = tuple[np.uint64, np.uint64]
Words: TypeAlias = npt.NDArray[np.uint64]

ZERO: Final = np.uint64(0)
ONE: Final = np.uint64(1)
HALF: Final = np.uint64(32)
LOW_HALF: Final = np.uint64(0xFFFF_FFFF)
WORD: Final = np.uint64(64)
ALL_BITS: Final = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
TEN: Final = np.uint64(10)
TEXT_SLICE: Final = np.uint64(10**19)  # the widest power of ten in a limb; its top bit is set
TEXT_DIGITS: Final = 19
MOST_DIGITS: Final = 39  # of any two limbs
DIGIT_ZERO: Final = np.uint64(ord("0"))


@part
def plus(a_high: Word, a_low: Word, b_high: Word, b_low: Word) -> Wide:
    """Add; the caller knows that the sum fits."""
    low = a_low + b_low
    return a_high + b_high + np.uint64(low < a_low), low


@part
def minus(a_high: Word, a_low: Word, b_high: Word, b_low: Word) -> Wide:
    """Subtract; the caller knows that b <= a."""
    return a_high - b_high - np.uint64(a_low < b_low), a_low - b_low


@part
def less(a_high: Word, a_low: Word, b_high: Word, b_low: Word) -> bool:
    """Compare."""
    return bool(a_high < b_high or (a_high == b_high and a_low < b_low))


@part
def times(a: Word, b: Word) -> Wide:
    """Multiply two limbs in full width, by 32-bit halves."""
    a_high, a_low, b_high, b_low = a >> HALF, a & LOW_HALF, b >> HALF, b & LOW_HALF
    lowest, one, two = a_low * b_low, a_low * b_high, a_high * b_low
    middle = (lowest >> HALF) + (one & LOW_HALF) + (two & LOW_HALF)
    high = a_high * b_high + (one >> HALF) + (two >> HALF) + (middle >> HALF)
    return high, (lowest & LOW_HALF) | (middle << HALF)


@part
def half_digit(high: Word, next_half: Word, d: Word, d_high: Word, d_low: Word) -> Wide:
    """Estimate and correct one 32-bit digit of a quotient (Knuth 4.3.1, D3); digit and rest."""
    digit, rest = high // d_high, high % d_high
    while digit > LOW_HALF or digit * d_low > ((rest << HALF) | next_half):
        digit -= ONE
        rest += d_high
        if rest > LOW_HALF:
            break
    return digit, ((high << HALF) | next_half) - digit * d


@part
def divide_limb(high: Word, low: Word, d: Word) -> Wide:
    """Divide (high, low) by d: quotient and rest, for high < d and d with its top bit set."""
    d_high, d_low = d >> HALF, d & LOW_HALF
    first, rest = half_digit(high, low >> HALF, d, d_high, d_low)
    second, rest = half_digit(rest, low & LOW_HALF, d, d_high, d_low)
    return (first << HALF) | second, rest


@part
def limb_digit(n2: Word, n1: Word, n0: Word, d1: Word, d0: Word) -> tuple[Word, Word, Word]:
    """Divide (n2, n1, n0) by (d1, d0): one limb and the rest, for (n2, n1) < (d1, d0)."""
    if n2 == d1:
        digit, rest, fits = ALL_BITS, n1 + d1, bool(n1 + d1 >= d1)
    else:
        digit, rest = divide_limb(n2, n1, d1)
        fits = True
    high, low = times(digit, d0)
    while fits and less(rest, n0, high, low):
        digit -= ONE
        rest += d1
        fits = bool(rest >= d1)
        high, low = minus(high, low, ZERO, d0)
    rest_high, rest_low = minus(rest, n0, high, low)
    return digit, rest_high, rest_low


@part
def leading_zeros(word: Word) -> Word:
    """Count the zero bits above the highest one, for word > 0."""
    count = ZERO
    for step in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(64 - step) == ZERO:
            word <<= np.uint64(step)
            count += np.uint64(step)
    return count


@part
def times_over(
    a_high: Word, a_low: Word, b_high: Word, b_low: Word, d_high: Word, d_low: Word
) -> Wide:
    """Return a * b // d for a, b <= d; the product may need 256 bits."""
    if d_high == ZERO:  # then all three are single limbs
        high, low = times(a_low, b_low)
        if high == ZERO:
            return ZERO, low // d_low
        shift = leading_zeros(d_low)
        if shift:
            high = (high << shift) | (low >> (WORD - shift))
            low <<= shift
        return ZERO, divide_limb(high, low, d_low << shift)[0]
    p1, p0 = times(a_low, b_low)
    p3, p2 = times(a_high, b_high)
    for high, low in (times(a_high, b_low), times(a_low, b_high)):
        p1 += low
        carry = np.uint64(p1 < low)
        p2, p3 = p2 + carry, p3 + np.uint64(p2 + carry < carry)
        p2 += high
        p3 += np.uint64(p2 < high)
    shift = leading_zeros(d_high)
    if shift:
        back = WORD - shift
        d_high = (d_high << shift) | (d_low >> back)
        d_low <<= shift
        p3 = (p3 << shift) | (p2 >> back)
        p2 = (p2 << shift) | (p1 >> back)
        p1 = (p1 << shift) | (p0 >> back)
        p0 <<= shift
    first, p3, p2 = limb_digit(p3, p2, p1, d_high, d_low)
    second, _, _ = limb_digit(p3, p2, p0, d_high, d_low)
    return first, second


@part
def add_to(entry: Table, high: Word, low: Word) -> None:
    """Add to the amount of a record."""
    entry.high, entry.low = plus(entry.high, entry.low, high, low)


@part
def take_from(entry: Table, high: Word, low: Word) -> None:
    """Subtract from the amount of a record."""
    entry.high, entry.low = minus(entry.high, entry.low, high, low)


@compiled
def write_text(
    high: Words, low: Words, offsets: npt.NDArray[np.int32], text: npt.NDArray[np.uint8]
) -> int:
    """Write amounts below 2^127 as decimal text, end to end; its length."""
    end = 0
    backwards = np.empty(MOST_DIGITS, np.uint8)
    for row in range(len(high)):
        upper, lower = ZERO, low[row]
        if high[row] != ZERO:
            upper, lower = divide_limb(high[row], lower, TEXT_SLICE)
        count = 0
        while lower != ZERO or count == 0 or (upper != ZERO and count < TEXT_DIGITS):
            backwards[count] = DIGIT_ZERO + lower % TEN
            lower //= TEN
            count += 1
        while upper != ZERO:
            backwards[count] = DIGIT_ZERO + upper % TEN
            upper //= TEN
            count += 1
        offsets[row] = end
        for place in range(count):
            text[end + place] = backwards[count - 1 - place]
        end += count
    offsets[len(high)] = end
    return end
