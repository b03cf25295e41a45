"""Asset ids in their one spelling: ``ethereum:eth``, ``tron:TR7N…``, or a word of a mapping."""

import re

from transforms.chains import CHAINS, native_asset, token_asset
from transforms.clean.addresses import canonical_address

_ID = re.compile(r"[^\s,;]{1,200}").fullmatch


def canonical_asset(text: str) -> str:
    """Canonical id of an asset; ``ValueError`` where a known chain has no such token address.

    Ids of chains we do not know, and words without a chain, stay as they are.
    """
    text = text.strip()
    if not _ID(text):
        raise ValueError(f"expected an asset such as ethereum:eth, found {text[:80]!r}")
    chain, _, token = text.partition(":")
    chain = chain.lower()
    if not token or chain not in CHAINS:
        return text
    if token.lower() == CHAINS[chain].ticker:
        return native_asset(chain)
    contract = canonical_address(token, chain)
    if contract is None:
        raise ValueError(f"expected an asset such as ethereum:eth, found {text[:80]!r}")
    return token_asset(chain, contract)
