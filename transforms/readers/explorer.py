"""Records of Etherscan and the explorers built like it → rows of ``staged.transfers``.

The website's CSV gives amounts in whole units, the coin's split into IN and OUT as the exporting
address sees them; the API gives base units. Neither names a log or trace, so token and internal
transfers are numbered within their transaction by whoever takes the rows.
"""

from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS, native_asset
from transforms.clean import columns as clean
from transforms.readers.evm_sides import TRANSFERS, Sides, block_numbers, times_of
from transforms.readers.explorer_forms import COINS
from transforms.readers.records import Records
from transforms.readers.scaled_tokens import (
    Denomination,
    are_exact,
    described,
    scale,
    scale_tokens,
    whole_units,
)
from transforms.readers.sieve import Sieve, Sifted
from transforms.readers.values import value_columns

ASSETS: Final = "staged.assets"
_SMALL: Final = {"wei": 0, "gwei": 9}
_LENDING: Final = ("delegatecall", "staticcall", "callcode")


class Explorer:
    """Rows of one chain's exports; token and internal rows lack their position yet."""

    def __init__(self, sides: Sides) -> None:
        self.chain = sides.chain
        self._sides = sides
        self._decimals = CHAINS[sides.chain].decimals

    def normal(self, records: Records) -> Sifted:
        """Transactions of the website, and the fees they paid."""
        s = Sieve(records)
        values, is_exact = self._in_or_out(s)
        fees = s.required("fee", scale(s.text("fee"), self._decimals))
        status = s.text("status")
        is_failed = self._failed(s, status, zero_is_success=False)
        created = s.optional("contract", clean.addresses(s.text("contract"), self.chain))
        shared = self._shared(s, "transaction")
        shared["to_address"] = pc.coalesce(shared["to_address"], created)
        rows = {
            **shared,
            **value_columns(values),
            "kind": pa.repeat("native", s.size),
            "is_effective": pc.invert(is_failed),
            "is_exact": is_exact,
        }
        is_paid = pa.array(are_exact(s.text("fee"), self._decimals), pa.bool_())
        paid = self._fees(s, shared, fees, is_paid)
        return s.sifted({TRANSFERS: [s.kept(rows), paid]})

    @staticmethod
    def _fees(
        s: Sieve, shared: dict[str, pa.Array], fees: pa.Array, is_exact: pa.Array
    ) -> pa.Table:
        paid = s.kept(
            {
                **{k: v for k, v in shared.items() if k != "to_address"},
                **value_columns(fees),
                "kind": pa.repeat("fee", s.size),
                "is_effective": pa.repeat(pa.scalar(True), s.size),
                "is_exact": is_exact,
            }
        )
        return paid.filter(pc.not_equal(paid["value"], "0"))

    def listed(self, records: Records) -> Sifted:
        """Transactions as the page lists them; it rounds amounts and fees."""
        s = Sieve(records)
        values = s.required("amount", clean.each(s.text("amount"), self._with_unit))
        fees = s.required("fee", scale(s.text("fee"), self._decimals))
        is_failed = self._failed(s, s.text("status"), zero_is_success=False)
        shared = self._shared(s, "transaction")
        is_exact = pa.repeat(pa.scalar(False), s.size)
        rows = {
            **shared,
            **value_columns(values),
            "kind": pa.repeat("native", s.size),
            "is_effective": pc.invert(is_failed),
            "is_exact": is_exact,
        }
        return s.sifted({TRANSFERS: [s.kept(rows), self._fees(s, shared, fees, is_exact)]})

    def internal_listed(self, records: Records) -> Sifted:
        """Internal transfers as the page lists them."""
        s = Sieve(records)
        values = s.required("amount", clean.each(s.text("amount"), self._with_unit))
        is_failed = self._failed(s, s.text("status"), zero_is_success=False)
        return self._internal(s, values, pa.repeat(pa.scalar(False), s.size), is_failed)

    def _with_unit(self, text: str) -> str:
        """An amount such as 0.1 ETH or 5 wei; without a unit it is the coin."""
        number, _, unit = text.strip().partition(" ")
        unit = unit.strip().lower()
        if unit in ("", CHAINS[self.chain].ticker) or COINS.get(unit) == self.chain:
            return whole_units(number, self._decimals)
        if unit in _SMALL:
            return whole_units(number, _SMALL[unit])
        raise ValueError(f"expected the coin of {self.chain}, found {text[:60]!r}")

    def internal(self, records: Records) -> Sifted:
        """Internal transfers of the website."""
        s = Sieve(records)
        values, is_exact = self._in_or_out(s)
        is_failed = self._failed(s, s.text_or_empty("status"), zero_is_success=True)
        return self._internal(s, values, is_exact, is_failed)

    def api_internal(self, records: Records) -> Sifted:
        """Internal transfers of the API."""
        s = Sieve(records)
        values = s.required("value", clean.amounts(s.text("value")))
        is_failed = self._failed(s, s.text("is_error"), zero_is_success=True)
        return self._internal(s, values, pa.repeat(pa.scalar(True), s.size), is_failed)

    def tokens(self, records: Records) -> Sifted:
        """ERC-20 transfers of the website, their decimals applied."""
        s = Sieve(records)
        contracts = s.required("contract", clean.addresses(s.text("contract"), self.chain))
        found, denomination = scale_tokens(self.chain, contracts, s.text("amount"))
        return self._tokens(s, contracts, s.required("amount", found), denomination)

    def api_tokens(self, records: Records) -> Sifted:
        """ERC-20 transfers of the API, in base units and with their decimals."""
        s = Sieve(records)
        contracts = s.required("contract", clean.addresses(s.text("contract"), self.chain))
        values = s.required("value", clean.amounts(s.text("value")))
        decimals = s.optional("decimals", clean.integers(s.text("decimals"), at_most=255))
        return self._tokens(s, contracts, values, self._as_given(s, contracts, decimals))

    def nfts(self, records: Records) -> Sifted:
        """Transfers of token ids, which are no amounts."""
        s = Sieve(records)
        contracts = s.required("contract", clean.addresses(s.text("contract"), self.chain))
        ids = s.required("token_id", clean.amounts(s.text("token_id")))
        return self._tokens(s, contracts, ids, self._as_given(s, contracts, None))

    def _as_given(self, s: Sieve, contracts: pa.Array, decimals: pa.Array | None) -> Denomination:
        """What values in base units are amounts of."""
        assets = pc.binary_join_element_wise(pa.scalar(self.chain), contracts, ":")
        return Denomination(assets, pa.repeat(pa.scalar(True), s.size), decimals)

    def _tokens(
        self, s: Sieve, contracts: pa.Array, values: pa.Array, denomination: Denomination
    ) -> Sifted:
        shared = self._shared(s, "log" if s.has("log_index") else "file", is_token=True)
        sender, is_mint = shared.pop("from_address"), shared.pop("is_mint")
        receiver, is_burn = shared.pop("to_address"), shared.pop("is_burn")
        if s.has("log_index"):
            shared["position"] = s.required("log_index", clean.integers(s.text("log_index")))
        is_effective = pc.invert(pc.and_(is_mint, is_burn))
        decimals = denomination.decimals
        kind = pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token"))
        rows = s.kept(
            {
                **shared,
                **value_columns(values),
                "asset": denomination.assets,
                "kind": pc.if_else(is_effective, kind, "token"),
                "from_address": sender,
                "to_address": receiver,
                "contract": contracts,
                "is_effective": is_effective,
                "is_exact": denomination.is_exact,
                # Explorers sort tokens by the interface of their contracts.
                "is_fungible": pa.repeat(pa.scalar(decimals is not None), s.size),
                "symbol": s.text("symbol"),
                "decimals": pa.nulls(s.size, pa.int64()) if decimals is None else decimals,
            }
        )
        return s.sifted({TRANSFERS: [rows]})

    def _internal(
        self, s: Sieve, values: pa.Array, is_exact: pa.Array, is_failed: pa.Array
    ) -> Sifted:
        created = s.optional("contract", clean.addresses(s.text_or_empty("contract"), self.chain))
        shared = self._shared(s, "file")
        shared["to_address"] = pc.coalesce(shared["to_address"], created)
        is_lending = pc.is_in(pc.utf8_lower(s.text_or_empty("type")), pa.array(_LENDING))
        moves = pc.and_not(pc.and_not(pc.not_equal(values, "0"), is_failed), is_lending)
        rows = {
            **shared,
            **value_columns(values),
            "kind": pa.repeat("internal", s.size),
            "is_effective": pc.fill_null(moves, False),
            "is_exact": is_exact,
        }
        return s.sifted({TRANSFERS: [s.kept(rows)]})

    def _shared(self, s: Sieve, basis: str, *, is_token: bool = False) -> dict[str, pa.Array]:
        """What all rows have: place, time and parties."""
        if s.has("block_number"):
            numbers = s.required("block_number", block_numbers(s, "block_number"))
        else:
            numbers = pa.nulls(s.size, pa.int64())
        times = times_of(s, "block_timestamp")
        s.refuse(np.asarray(times.is_null()), f"{s.called('block_timestamp')}: is missing")
        sender = s.required("from_address", clean.addresses(s.text("from_address"), self.chain))
        receiver = s.optional("to_address", clean.addresses(s.text("to_address"), self.chain))
        sender, is_mint = clean.without_zero_address(sender)
        receiver, is_burn = clean.without_zero_address(receiver)
        shared = {
            "chain": pa.repeat(self.chain, s.size),
            "asset": pa.repeat(native_asset(self.chain), s.size),
            "block_number": numbers,
            "block_timestamp": times,
            "block_date": pc.cast(times, pa.date32()),
            "transaction_hash": s.required("hash", clean.hashes(s.text("hash"))),
            "position_basis": pa.repeat(basis, s.size),
            "from_address": sender,
            "to_address": receiver,
            "is_status_known": pa.repeat(pa.scalar(True), s.size),
            "is_fungible": pa.repeat(pa.scalar(True), s.size),
        }
        if s.has("block_hash"):
            own = s.optional("block_hash", clean.hashes(s.text("block_hash")))
            shared["block_hash"] = own
        if s.has("transaction_index"):
            own = clean.integers(s.text("transaction_index"))
            shared["transaction_index"] = s.optional("transaction_index", own)
        return shared | ({"is_mint": is_mint, "is_burn": is_burn} if is_token else {})

    def _in_or_out(self, s: Sieve) -> tuple[pa.Array, pa.Array]:
        """The coin's value: what came in or went out; both for a transfer to oneself."""
        came, went = (
            s.required(c, scale(s.text(c), self._decimals)) for c in ("value_in", "value_out")
        )
        has_both = pc.and_(pc.not_equal(came, "0"), pc.not_equal(went, "0"))
        differs = pc.fill_null(pc.and_(has_both, pc.not_equal(came, went)), False)
        names = f"{s.called('value_in')}, {s.called('value_out')}"
        s.refuse(np.asarray(differs), f"{names}: both are given and differ")
        is_in = pc.not_equal(came, "0")
        texts = pc.if_else(pc.fill_null(is_in, True), s.text("value_in"), s.text("value_out"))
        is_exact = pa.array(are_exact(texts, self._decimals), pa.bool_())
        return pc.if_else(is_in, came, went), is_exact

    @staticmethod
    def _failed(s: Sieve, status: pa.Array, *, zero_is_success: bool) -> pa.Array:
        """Which records failed: of success the website says nothing or 0, of failure Error(0)."""
        found = clean.each(
            status, partial(_has_failed, zero_is_success=zero_is_success), pa.bool_()
        )
        column = "is_error" if s.has("is_error") else "status"
        return pc.fill_null(s.optional(column, found), False)


def _has_failed(text: str, *, zero_is_success: bool) -> bool:
    word = text.strip().lower()
    if word in ("", "success", "ok") or (zero_is_success and word == "0"):
        return False
    if word.startswith(("error", "fail")) or (zero_is_success and word == "1"):
        return True
    raise ValueError(f"expected nothing, or Error(0) of a failed one, found {text[:40]!r}")


def with_assets(found: Sifted, chain: str, said: set[str]) -> Sifted:
    """A slice of token rows without the columns that describe their assets, and those assets."""
    (rows,) = found.tables[TRANSFERS]
    assets = described(chain, rows, rows["symbol"], rows["decimals"], said)
    tables = {TRANSFERS: [rows.drop_columns(["symbol", "decimals"])], ASSETS: [assets]}
    return Sifted(found.file, found.count, tables, found.rejects, found.warnings)
