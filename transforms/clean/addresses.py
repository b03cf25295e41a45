"""Chain addresses: canonical form, chains whose format they fit, and their checksum.

One canonical spelling per account, so that a join finds it: EVM lower-case ``0x…``, Tron base58
``T…``, Bitcoin Cash cashaddr with its prefix, bech32 in lower case, all other base58 as it is
(base58 is case-sensitive). The same 20 bytes exist on every EVM chain and on Tron, therefore an
account is (chain, address) and never the address alone.

``canonical_address`` is for columns and raises on what cannot be an address; ``canonical_wallet``
is for what a publisher names and keeps even an impossible address, marked as such.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from transforms.chains import CHAINS
from transforms.clean.address_formats import (
    ANY_FORMAT,
    BITCOIN_LIKE,
    EVM,
    FORMATS,
    Address,
    eip55,
)

__all__ = [
    "Address",
    "Wallet",
    "canonical",
    "canonical_address",
    "canonical_wallet",
    "chain_of_wallet",
    "eip55",
]


@dataclass(frozen=True, slots=True)
class Wallet:
    """An address as a publisher names it, together with a ticker."""

    address: str
    chain: str | None
    is_checksum_valid: bool | None


# What exports write where there is no address; ``\N`` is PostgreSQL's null.
_NOTHING = frozenset({"", "null", "none", "nan", "<na>", "0x", "\\n"})

_EVM_CANONICAL = re.compile(r"0x[0-9a-f]{40}").fullmatch
# Reversed, so that of the chains that share a ticker the first stays: ETH is Ethereum's.
_TICKER_CHAINS = {c.ticker: c.name for c in reversed(tuple(CHAINS.values()))} | {
    **{name: name for name in CHAINS},  # TagPacks name networks, too
    "xbt": "bitcoin",
    "arb": "arbitrum",
    "bsc": "bsc",
    "matic": "polygon",
    "op": "optimism",
}


def canonical(text: str, chain: str | None = None) -> Address:
    """The address, checked; ``ValueError`` with the reason where it cannot be one.

    Without a chain every known format is tried. EIP-55 letter case never makes an address
    impossible: it is told in ``is_checksum_valid``.
    """
    readers = ANY_FORMAT if chain is None else FORMATS.get(CHAINS[chain].family, BITCOIN_LIKE)
    reasons = []
    for read in readers:
        try:
            found = read(text)
        except ValueError as e:
            reasons.append(str(e))
            continue
        if chain is None:
            return found
        if chain in found.chains:
            return Address(found.address, (chain,), found.is_checksum_valid)
        reasons.append(f"an address of {found.chains[0]}")
    if chain is None:
        raise ValueError(f"address {_shown(text)} fits no known format")
    raise ValueError(f"{_shown(text)} is no {chain} address: {'; '.join(reasons)}")


def canonical_address(text: str | None, chain: str | None) -> str | None:
    """Canonical form for a column of addresses; null for what exports write for "none".

    ``ValueError`` names the reason where the text cannot be an address of the chain. For a chain
    flowlake has no format for (a mapping's own word), ``0x`` addresses are lower-cased and all
    others kept as they are.
    """
    if text is None:
        return None
    if _EVM_CANONICAL(text) and _fits_evm(chain):
        return text
    text = text.strip().removeprefix("\ufeff").strip()
    if text.lower() in _NOTHING:
        return None
    if chain is not None and chain not in CHAINS:
        return text.lower() if text[:2] in ("0x", "0X") and EVM(text) else text
    # A loop over a column must not pay for the EIP-55 hash that it does not ask for.
    if (found := EVM(text)) and _fits_evm(chain):
        return "0x" + found[1].lower()
    return _cached(text, chain)


def _fits_evm(chain: str | None) -> bool:
    return chain is None or chain not in CHAINS or CHAINS[chain].family == "evm"


@lru_cache(maxsize=1 << 16)
def _cached(text: str, chain: str | None) -> str:
    return canonical(text, chain).address


def chain_of_wallet(address: str, ticker: str) -> str | None:
    """Chain of a published wallet, or None where the address does not show it."""
    return canonical_wallet(address, ticker).chain


def canonical_wallet(text: str, ticker: str) -> Wallet:
    """A published wallet: the chain follows from the checked format.

    The ticker names an asset. It only chooses among the chains the format allows, and where the
    format has no checksum (Solana) it must not contradict. What is no sound address is kept as
    published, without a chain, ``is_checksum_valid`` false.
    """
    text = text.strip()
    try:
        found = canonical(text)
    except ValueError:
        return Wallet(text, None, False)
    of_ticker = _TICKER_CHAINS.get(ticker.lower())
    if of_ticker == "tron" and EVM(text):  # the bare 20 bytes; its coin is on no other chain
        found = canonical(text, of_ticker)
    chain: str | None
    if of_ticker in found.chains:
        chain = of_ticker
    elif len(found.chains) == 1:
        is_sure = bool(found.is_checksum_valid) or of_ticker is None or found.chains[0] == "tron"
        chain = found.chains[0] if is_sure else None
    else:
        # A token on 0x… is taken for Ethereum's, on 1… or 3… for Bitcoin's (USDT on Omni).
        chain = found.chains[0] if found.chains[0] in ("ethereum", "bitcoin") else None
    if chain == "bitcoin_cash":
        found = canonical(text, chain)
    return Wallet(found.address, chain, found.is_checksum_valid)


def _shown(text: str) -> str:
    """A value for a message: short, with control characters escaped."""
    return repr(text[:120])
