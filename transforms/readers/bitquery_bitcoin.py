"""Bitquery's dumps of Bitcoin's inputs and outputs and of the Omni layer → ``staged.transfers``.

Inputs and outputs follow the rule of ``utxo``: through the transaction, whose hash is the account
in the middle. The dumps hold no fee. Amounts are numbers in whole coins, of at most eight decimals.
"""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS, native_asset
from transforms.clean import columns as clean
from transforms.readers import vendor
from transforms.readers.bitquery import kinds, somebody
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted

_OMNI_DECIMALS: Final = 8
_NULL: Final = pa.NULL  # pa.scalar would load pandas, at DAG parse too


class BitcoinRows:
    """Reads slices of the three forms."""

    def __init__(self, assets: vendor.Assets) -> None:
        self.assets = assets

    def bitcoin_inputs(self, records: Records) -> Sifted:
        """Spent outputs: movements from their owners to the transaction."""
        s = vendor.of(records)
        owner = _bitcoin_owner(s, "input_address")
        hashes = vendor.hashes(s, "tx_hash")
        rows = vendor.movements(
            s,
            **_bitcoin(s, hashes, "input"),
            kind="utxo",
            from_address=owner,
            to_address=hashes,
        )
        return vendor.sifted(s, None, rows)

    def bitcoin_outputs(self, records: Records) -> Sifted:
        """Created outputs: movements from the transaction to their owners, or rewards."""
        s = vendor.of(records)
        owner = _bitcoin_owner(s, "output_address")
        hashes = vendor.hashes(s, "tx_hash")
        is_reward = pc.equal(s.text_or_empty("direction"), "mining")
        rows = vendor.movements(
            s,
            **_bitcoin(s, hashes, "output"),
            kind=pc.if_else(is_reward, "reward", "utxo"),
            from_address=pc.if_else(is_reward, _NULL, hashes),
            to_address=owner,
        )
        return vendor.sifted(s, None, rows)

    def omni_transfers(self, records: Records) -> Sifted:
        """Tokens of the Omni layer, which have a number instead of a contract."""
        s = vendor.of(records)
        number = s.required("currency_token_id", clean.each(s.text("currency_token_id"), _digits))
        sender, receiver = (
            s.optional(c, clean.addresses(s.text(c), "bitcoin"))
            for c in ("transfer_from", "transfer_to")
        )
        somebody(s, sender, receiver)
        is_divisible = pc.equal(vendor.numbers(s, "divisible", 1), 1)
        decimals = pc.if_else(is_divisible, _OMNI_DECIMALS, 0)
        rows = vendor.movements(
            s,
            chain="bitcoin",
            asset=pc.binary_join_element_wise(pa.scalar("bitcoin:omni-"), number, ""),
            contract=number,
            # The dump calls every Omni token BTC.
            symbol=pa.nulls(s.size, pa.string()),
            decimals=decimals,
            value=vendor.amounts(s, "value", decimals),
            kind=kinds(pa.repeat(pa.scalar(False), s.size), sender, receiver),
            from_address=sender,
            to_address=receiver,
            block_number=vendor.blocks(s, "block"),
            block_timestamp=vendor.times(s, "tx_time"),
            block_hash=vendor.texts(s, "block_hash"),
            transaction_hash=vendor.hashes(s, "tx_hash"),
            transaction_index=vendor.numbers(s, "tx_index"),
            position=0,
            position_basis="transaction",
            is_status_known=False,
            is_fungible=True,
        )
        return vendor.sifted(s, self.assets, rows)


def _digits(text: str) -> str | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(f"expected a number, found {text[:40]!r}")
    return text or None


def _bitcoin(s: Sieve, hashes: pa.Array, side: str) -> dict[str, Any]:
    return {
        "chain": "bitcoin",
        "asset": native_asset("bitcoin"),
        "value": vendor.amounts(s, "value_decimal", CHAINS["bitcoin"].decimals),
        "block_number": vendor.blocks(s, "block"),
        "block_timestamp": vendor.times(s, "tx_time"),
        "transaction_hash": hashes,
        "transaction_index": vendor.numbers(s, "transaction_index"),
        "position": s.required(
            f"{side}_index", clean.integers(s.text(f"{side}_index"), at_most=vendor.MAX_PLACE)
        ),
        "position_basis": side,
        "is_status_known": True,
        "is_fungible": True,
    }


def _bitcoin_owner(s: Sieve, column: str) -> pa.Array:
    """Owner of an input or output; null where a script has no address."""
    return s.optional(column, clean.addresses(s.text(column), "bitcoin"))
