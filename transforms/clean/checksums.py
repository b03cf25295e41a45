"""Checksums of whole columns of addresses: base58check and bech32, proved without decoding one.

In: distinct texts. Out: which of them are proven canonical addresses of a chain. What is not
proven here may still be an address; ``addresses`` says so, one by one and ten times slower.
"""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from transforms.clean.polymod import BECH32, BECH32M, CHARSET, bech32_table

_Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
_Numbers = np.ndarray[Any, np.dtype[np.int64]]

_ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_NONE = 255
_LIMB_BITS = 24  # 58 times a limb, and what is carried, stays far below 2^63
# Witness version 0 has a program of 20 or 32 bytes, taproot's version 1 one of 32.
_SEGWIT_LENGTHS = ((32, 0, BECH32), (52, 0, BECH32), (52, 1, BECH32M))


def _values(alphabet: bytes) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    values = np.full(256, _NONE, np.uint8)
    values[list(alphabet)] = np.arange(len(alphabet))
    return values


_BASE58, _BASE32 = _values(_ALPHABET), _values(CHARSET.encode())


def are_base58check(texts: Sequence[bytes], versions: Collection[bytes]) -> _Mask:
    """Which texts are a version of these and a 20-byte hash, with their checksum."""
    proven = np.zeros(len(texts), np.bool_)
    for width in {len(v) for v in versions}:
        proven |= _are_base58check(texts, {v for v in versions if len(v) == width}, width)
    return proven


def _are_base58check(texts: Sequence[bytes], versions: Collection[bytes], width: int) -> _Mask:
    size = width + 24
    proven = np.zeros(len(texts), np.bool_)
    for length in range(25, 38):
        rows = np.array([n for n, t in enumerate(texts) if len(t) == length], np.int64)
        if not len(rows):
            continue
        chars = np.frombuffer(b"".join(texts[n] for n in rows), np.uint8).reshape(-1, length)
        digits = _BASE58[chars]
        is_text = (digits != _NONE).all(axis=1)
        data, fits = _decoded(digits.astype(np.int64), size)
        # As many leading zero bytes as leading 1s, or another text would mean the same bytes.
        ones = np.where(digits.any(axis=1), (digits != 0).argmax(axis=1), length)
        zeros = np.where(data.any(axis=1), (data != 0).argmax(axis=1), size)
        for n in np.flatnonzero(is_text & fits & (ones == zeros)).tolist():
            found = data[n].tobytes()
            if found[:width] in versions:
                check = sha256(sha256(found[:-4]).digest()).digest()[:4]
                proven[rows[n]] = check == found[-4:]
    return proven


def _decoded(digits: _Numbers, size: int) -> tuple["np.ndarray[Any, np.dtype[np.uint8]]", _Mask]:
    """Base-58 numbers as that many bytes, and which of them fit."""
    count = -(-size * 8 // _LIMB_BITS)
    limbs = np.zeros((count, len(digits)), np.int64)
    for place in range(digits.shape[1]):
        carry = digits[:, place]
        for n in range(count):
            carry = limbs[n] * 58 + carry
            limbs[n] = carry & ((1 << _LIMB_BITS) - 1)
            carry = carry >> _LIMB_BITS
        if carry.any():  # too large by now; a limb that stays full keeps it refused
            limbs[count - 1] |= np.where(carry > 0, 1 << 40, 0)
    wide = np.stack([(limb >> shift) & 255 for limb in limbs[::-1] for shift in (16, 8, 0)], axis=1)
    extra = wide.shape[1] - size
    fits = (limbs[count - 1] < 1 << _LIMB_BITS) & ~wide[:, :extra].any(axis=1)
    return np.ascontiguousarray(wide[:, extra:].astype(np.uint8)), fits


def are_segwit(texts: Sequence[bytes], prefix: str) -> _Mask:
    """Which texts are lower-case bech32 addresses of this prefix and a usual length."""
    proven = np.zeros(len(texts), np.bool_)
    start = f"{prefix}1".encode()
    table = np.array(bech32_table(), np.int64)
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    for groups, version, constant in _SEGWIT_LENGTHS:
        length = len(start) + 1 + groups + 6
        rows = np.array(
            [n for n, t in enumerate(texts) if len(t) == length and t.startswith(start)], np.int64
        )
        if not len(rows):
            continue
        chars = np.frombuffer(b"".join(texts[n] for n in rows), np.uint8).reshape(-1, length)
        values = _BASE32[chars[:, len(start) :]]
        is_text = (values != _NONE).all(axis=1)
        values = np.where(values == _NONE, 0, values).astype(np.int64)
        check = np.ones(len(rows), np.int64)
        for value in [*expanded, *values.T]:
            check = ((check & 0x1FFFFFF) << 5) ^ value ^ table[check >> 25]
        # 32 groups are 160 bits; 52 are 260, of which the last four are padding and zero.
        padding = 0 if groups == 32 else 15
        is_padded = (values[:, groups] & padding) == 0
        proven[rows] |= is_text & (values[:, 0] == version) & (check == constant) & is_padded
    return proven
