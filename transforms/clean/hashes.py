"""Hashes of EVM chains: their canonical form, and the address a transaction creates."""

import re

from Crypto.Hash import keccak

_HASH = re.compile(r"(?:0[xX]|\\x)?([0-9a-fA-F]{64})").fullmatch


def hash32(text: str) -> str | None:
    """A 32-byte hash as ``0x`` and 64 lower-case hex digits; null for none."""
    text = text.strip()
    if not text:
        return None
    found = _HASH(text)
    if not found:
        raise ValueError(f"expected a hash of 64 hex digits, found {text[:80]!r}")
    return "0x" + found[1].lower()


def created_address(sender: str, nonce: int) -> str:
    """Address of the contract that an account's transaction without a receiver creates.

    The last 20 bytes of keccak256(rlp([sender, nonce])), as the yellow paper (§7) defines it; so a
    creation that carries value has its receiver even where the export leaves it empty.
    """
    account = bytes.fromhex(sender.removeprefix("0x"))
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    short = (
        number if len(number) == 1 and number[0] < 0x80 else bytes([0x80 + len(number)]) + number
    )
    payload = bytes([0x80 + len(account)]) + account + short
    digest = keccak.new(digest_bits=256, data=bytes([0xC0 + len(payload)]) + payload).digest()
    return "0x" + digest[-20:].hex()
