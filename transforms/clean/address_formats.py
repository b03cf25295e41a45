"""Formats of chain addresses: one function each, text → ``Address`` or ``ValueError``.

What version bytes, prefixes and lengths mean is each chain's own specification: BIP 13, 173, 350,
SLIP 173, EIP-55, the cashaddr specification, Zcash ZIP 173 and 316, CryptoNote, XRPL base58.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import base58
from Crypto.Hash import keccak

from transforms.chains import CHAINS
from transforms.clean.polymod import (
    BECH32,
    BECH32M,
    decode_bech32,
    decode_cashaddr,
    encode_cashaddr,
    to_bytes,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A sound address: canonical form, chains it fits (likeliest first), its checksum.

    ``is_checksum_valid`` is null where the form carries none: Solana, EVM in one letter case.
    """

    address: str
    chains: tuple[str, ...]
    is_checksum_valid: bool | None


# With or without 0x or PostgreSQL's \x, also as the 32-byte word of an event's topic.
EVM = re.compile(r"(?:0[xX]|\\x)?(?:0{24})?([0-9a-fA-F]{40})").fullmatch
_TRON_HEX = re.compile(r"(?:0[xX]|\\x)?41([0-9a-fA-F]{40})").fullmatch
_EVM_CHAINS = tuple(c.name for c in CHAINS.values() if c.family == "evm")

# Version bytes of base58check addresses. 3… is shared by the forks of Bitcoin and by Litecoin's
# older form, D… by Dogecoin and Verge: there only the ticker can tell.
_BASE58_CHAINS: dict[bytes, tuple[str, ...]] = {
    b"\x00": ("bitcoin", "bitcoin_cash", "bitcoin_sv"),
    b"\x05": ("bitcoin", "bitcoin_cash", "bitcoin_sv", "litecoin"),
    b"\x30": ("litecoin",),
    b"\x32": ("litecoin",),
    b"\x1e": ("dogecoin", "verge"),
    b"\x16": ("dogecoin",),
    b"\x21": ("verge",),
    b"\x4c": ("dash",),
    b"\x10": ("dash",),
    b"\x26": ("bitcoin_gold",),
    b"\x17": ("bitcoin_gold",),
    b"\x1c\xb8": ("zcash",),
    b"\x1c\xbd": ("zcash",),
    b"\x41": ("tron",),
}
_SEGWIT_CHAINS = {"bc": "bitcoin", "ltc": "litecoin", "btg": "bitcoin_gold"}
# Zcash's shielded forms: Sapling in bech32, unified in bech32m.
_SHIELDED = {"zs": BECH32, "u": BECH32M}
_CASHADDR_PREFIX = "bitcoincash"
# CashTokens (CHIP-2022-02): types 2 and 3 are types 0 and 1.
_CASHADDR_TOKENS = 0x10
# Pay to public key hash and to script hash, 20-byte hashes: version byte of the two formats.
_CASHADDR_TYPES = {b"\x00": b"\x00", b"\x05": b"\x08"}
# Monero's network byte and length in bytes: standard, integrated (8 bytes more), subaddress.
_MONERO = {18: 69, 19: 77, 42: 69}
# base58 length of a Monero block's bytes: it encodes 8 bytes at a time.
_MONERO_BLOCKS = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}


def _keccak(data: bytes) -> bytes:
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def eip55(address: str) -> str:
    """An EVM address with the letter case that carries its checksum (EIP-55)."""
    body = address[2:].lower()
    digest = _keccak(body.encode()).hex()
    cased = (c.upper() if d >= "8" else c for c, d in zip(body, digest, strict=False))
    return "0x" + "".join(cased)


@lru_cache(maxsize=1 << 16)
def is_miscased(text: str) -> bool:
    """Whether an EVM address is written in a letter case that contradicts its checksum."""
    found = EVM(text.strip())
    if not found or found[1] in (found[1].lower(), found[1].upper()):
        return False
    return eip55("0x" + found[1]) != "0x" + found[1]


def _evm(text: str) -> Address:
    found = EVM(text)
    if not found:
        raise ValueError("not 40 hex digits")
    body = found[1]
    address = "0x" + body.lower()
    has_checksum = body not in (body.lower(), body.upper())
    return Address(address, _EVM_CHAINS, eip55(address) == "0x" + body if has_checksum else None)


def _base58check(text: str, alphabet: bytes = base58.BITCOIN_ALPHABET) -> tuple[bytes, bytes]:
    """Version and 20-byte hash."""
    if len(text) > 40:
        raise ValueError("longer than a base58check address")
    try:
        data = base58.b58decode_check(text, alphabet=alphabet)
    except (ValueError, UnicodeError):
        raise ValueError("base58 alphabet or checksum does not fit") from None
    if len(data) not in (21, 22):
        raise ValueError(f"{len(data)} bytes instead of a version and a 20-byte hash")
    return data[:-20], data[-20:]


def _base58(text: str) -> Address:
    version, _ = _base58check(text)
    if version not in _BASE58_CHAINS:
        raise ValueError(f"version byte {version.hex()} belongs to no known chain")
    return Address(text, _BASE58_CHAINS[version], True)


def _bech32(text: str) -> Address:
    prefix, groups, constant = decode_bech32(text)
    if prefix in _SHIELDED:
        if constant != _SHIELDED[prefix]:
            raise ValueError("wrong kind of bech32 checksum")
        return Address(text.lower(), ("zcash",), True)
    if prefix not in _SEGWIT_CHAINS:
        raise ValueError(f"bech32 prefix {prefix!r} belongs to no known chain")
    if not groups or len(text) > 90:
        raise ValueError("bech32 address too short or too long")
    version, program = groups[0], to_bytes(groups[1:])
    is_version_0 = version == 0
    if constant != (BECH32 if is_version_0 else BECH32M):
        raise ValueError("wrong kind of bech32 checksum for the witness version")
    if (
        version > 16
        or not 2 <= len(program) <= 40
        or (is_version_0 and len(program) not in (20, 32))
    ):
        raise ValueError(f"witness program of {len(program)} bytes, version {version}")
    return Address(text.lower(), (_SEGWIT_CHAINS[prefix],), True)


def _cashaddr(text: str) -> Address:
    data = decode_cashaddr(text, _CASHADDR_PREFIX)
    # The version's low three bits give the hash's length: 20 bytes and then steps of 4, later 8.
    size = (20, 24, 28, 32, 40, 48, 56, 64)[data[0] & 7]
    if data[0] & 0x80 or len(data) != size + 1:
        raise ValueError("cashaddr version and length do not fit")
    if data[0] & _CASHADDR_TOKENS:  # the same account, by a wallet that also takes tokens
        data = bytes([data[0] ^ _CASHADDR_TOKENS]) + data[1:]
    return Address(encode_cashaddr(data, _CASHADDR_PREFIX), ("bitcoin_cash",), True)


def _bitcoin_cash(text: str) -> Address:
    try:
        version, digest = _base58check(text)
    except ValueError:
        return _cashaddr(text)
    if version not in _CASHADDR_TYPES:
        raise ValueError(f"version byte {version.hex()} is not of bitcoin_cash")
    data = _CASHADDR_TYPES[version] + digest
    return Address(encode_cashaddr(data, _CASHADDR_PREFIX), ("bitcoin_cash",), True)


def _tron_hex(text: str) -> Address:
    found = _TRON_HEX(text)
    if not found:
        raise ValueError("not 41 and 40 hex digits")
    data = bytes.fromhex("41" + found[1])
    return Address(base58.b58encode_check(data).decode(), ("tron",), None)


def _tron(text: str) -> Address:
    # Tron's own exports write hex with 41 before it, its EVM-like logs the bare 20 bytes.
    if _TRON_HEX(text):
        return _tron_hex(text)
    if found := EVM(text):
        return _tron_hex("41" + found[1])
    return _base58(text)


def _ripple(text: str) -> Address:
    version, _ = _base58check(text, base58.RIPPLE_ALPHABET)
    if version != b"\x00":
        raise ValueError(f"version byte {version.hex()} is not of an account")
    return Address(text, ("ripple",), True)


def _monero(text: str) -> Address:
    if len(text) not in (95, 106):
        raise ValueError(f"{len(text)} characters instead of 95 or 106")
    data = b""
    for i in range(0, len(text), 11):
        block = text[i : i + 11]
        try:
            number = base58.b58decode_int(block)
            data += number.to_bytes(_MONERO_BLOCKS[len(block)], "big")
        except (ValueError, OverflowError, KeyError):
            raise ValueError("not Monero's base58") from None
    if _MONERO.get(data[0]) != len(data) or _keccak(data[:-4])[:4] != data[-4:]:
        raise ValueError("Monero network byte or checksum does not fit")
    return Address(text, ("monero",), True)


def _solana(text: str) -> Address:
    try:
        # 32 bytes are 32 to 44 characters; longer text is not worth decoding.
        size = len(base58.b58decode(text)) if 32 <= len(text) <= 44 else 0
    except (ValueError, UnicodeError):
        size = 0
    if size != 32:
        raise ValueError("not 32 bytes in base58")
    return Address(text, ("solana",), None)


# Order matters little, no text fits two of them; the cheap ones stand first.
ANY_FORMAT: tuple[Callable[[str], Address], ...] = (
    _evm, _tron_hex, _base58, _bech32, _cashaddr, _ripple, _monero, _solana,
)  # fmt: skip
FORMATS: dict[str, tuple[Callable[[str], Address], ...]] = {
    "evm": (_evm,),
    "tron": (_tron,),
    "bitcoin_cash": (_bitcoin_cash,),
    "ripple": (_ripple,),
    "monero": (_monero,),
    "solana": (_solana,),
}
BITCOIN_LIKE = (_base58, _bech32)


def canonical_forms(chain: str) -> tuple[tuple[bytes, ...], str | None]:
    """Version bytes of base58check and the bech32 prefix of addresses that stay as they are."""
    if chain == "bitcoin_cash":  # its legacy form is none of them: cashaddr is canonical
        return (), None
    versions = tuple(v for v, chains in _BASE58_CHAINS.items() if chain in chains)
    return versions, next((p for p, c in _SEGWIT_CHAINS.items() if c == chain), None)
