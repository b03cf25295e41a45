"""Checksums of the base-32 address formats: bech32, bech32m (BIP 173, 350) and cashaddr.

Both write 5-bit groups in the same alphabet and close with the remainder of a polynomial over
GF(32); they differ in the generator, the separator and the number of check characters.
"""

from collections.abc import Iterable, Sequence
from functools import cache

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {c: i for i, c in enumerate(CHARSET)}

_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASHADDR_GENERATOR = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
# What a sound checksum leaves over: witness version 0 uses bech32, later ones bech32m.
BECH32 = 1
BECH32M = 0x2BC830A3


def _remainder(values: Iterable[int], generator: tuple[int, ...], bits: int) -> int:
    check = 1
    low = (1 << (bits - 5)) - 1
    multiples = _multiples(generator)
    for value in values:
        check = ((check & low) << 5) ^ value ^ multiples[check >> (bits - 5)]
    return check


@cache
def _multiples(generator: tuple[int, ...]) -> tuple[int, ...]:
    """The generator times each of the 32 field elements: one look-up instead of five tests."""
    found = [0] * 32
    for top in range(32):
        for i, g in enumerate(generator):
            if top >> i & 1:
                found[top] ^= g
    return tuple(found)


def bech32_table() -> tuple[int, ...]:
    """What each of the 32 field elements adds to bech32's remainder, for whole columns."""
    return _multiples(_BECH32_GENERATOR)


def _groups(text: str) -> list[int]:
    try:
        return [_VALUES[c] for c in text]
    except KeyError as e:
        raise ValueError(f"character {e.args[0]!r} is not in the base-32 alphabet") from None


def _one_case(text: str) -> str:
    if text not in (text.lower(), text.upper()):
        raise ValueError("upper and lower case mixed")
    return text.lower()


def to_bytes(groups: Sequence[int]) -> bytes:
    """5-bit groups as bytes; ``ValueError`` where the padding is not short and zero."""
    number = 0
    for g in groups:
        number = number << 5 | g
    spare = len(groups) * 5 % 8
    if spare >= 5 or number & ((1 << spare) - 1):
        raise ValueError("padding is not zero")
    return (number >> spare).to_bytes(len(groups) * 5 // 8, "big")


def to_groups(data: bytes) -> list[int]:
    """Bytes as 5-bit groups, padded with zero bits."""
    count = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (count * 5 - len(data) * 8)
    return [number >> 5 * i & 31 for i in range(count - 1, -1, -1)]


def _expanded(prefix: str) -> list[int]:
    return [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]


def decode_bech32(text: str) -> tuple[str, list[int], int]:
    """Prefix, 5-bit groups and what the checksum leaves (``BECH32`` or ``BECH32M``)."""
    prefix, separator, data = _one_case(text).rpartition("1")
    if not separator or not prefix or len(data) < 6:
        raise ValueError("no bech32 prefix")
    groups = _groups(data)
    left = _remainder([*_expanded(prefix), *groups], _BECH32_GENERATOR, 30)
    if left not in (BECH32, BECH32M):
        raise ValueError("bech32 checksum does not fit")
    return prefix, groups[:-6], left


def encode_bech32(prefix: str, groups: Sequence[int], constant: int) -> str:
    """The inverse of ``decode_bech32``."""
    left = _remainder([*_expanded(prefix), *groups, *[0] * 6], _BECH32_GENERATOR, 30) ^ constant
    check = (left >> 5 * i & 31 for i in range(5, -1, -1))
    return f"{prefix}1" + "".join(CHARSET[g] for g in (*groups, *check))


def decode_cashaddr(text: str, prefix: str) -> bytes:
    """Version byte and hash of a cashaddr, written with or without its prefix."""
    text = _one_case(text)
    given, _, data = text.rpartition(":")
    if given not in ("", prefix):
        raise ValueError(f"prefix {given!r} is not {prefix!r}")
    groups = _groups(data)
    if len(groups) < 9:
        raise ValueError("too short for a cashaddr")
    low = [ord(c) & 31 for c in prefix]
    if _remainder([*low, 0, *groups], _CASHADDR_GENERATOR, 40) != 1:
        raise ValueError("cashaddr checksum does not fit")
    return to_bytes(groups[:-8])


def encode_cashaddr(data: bytes, prefix: str) -> str:
    """Cashaddr of a version byte and hash, with its prefix."""
    groups = to_groups(data)
    low = [ord(c) & 31 for c in prefix]
    left = _remainder([*low, 0, *groups, *[0] * 8], _CASHADDR_GENERATOR, 40) ^ 1
    check = (left >> 5 * i & 31 for i in range(7, -1, -1))
    return f"{prefix}:" + "".join(CHARSET[g] for g in (*groups, *check))
