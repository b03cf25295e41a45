"""Records of tronetl's exports → rows of ``staged.transfers``; each method reads one form.

Tron's coin moves by a TransferContract or with a contract call; other types of transaction have a
value that moves nothing between accounts (frozen balances, votes, amounts of TRC-10 tokens). TRC-10
tokens have a number instead of a contract. Addresses come as base58, as ``41…`` or as ``0x…``; the
zero address mints and burns. Times are seconds or milliseconds; the number of digits tells.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.amounts import base_units
from transforms.readers import vendor
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted

CHAIN: Final = "tron"
COIN: Final = native_asset(CHAIN)
NOBODY: Final = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
# Types whose value is coin that goes from one account to another.
MOVING: Final = ("TransferContract", "TriggerSmartContract", "CreateSmartContract")
NO_TEXT: Final = pa.NULL


class Rows:
    """Reads slices of every form; ``times`` are those of blocks, where a file gives them."""

    def __init__(self) -> None:
        self.assets = vendor.Assets()
        self._times: dict[int, Any] = {}
        self.decimals: dict[str, int] = dict(registered())
        self._fungible: dict[str, bool] = {}

    # ── tronetl ─────────────────────────────────────────────────────────────────────────────

    def blocks(self, records: Records) -> Sifted:
        """Times of blocks."""
        s = vendor.of(records)
        rows = s.kept({"number": vendor.blocks(s, "number"), "at": vendor.times(s, "timestamp")})
        return s.sifted({"blocks": [rows]})

    def take_blocks(self, found: Sifted) -> None:
        """Keep a slice's times."""
        for rows in found.tables["blocks"]:
            at = zip(rows["number"].to_pylist(), rows["at"].to_pylist(), strict=True)
            self._times |= {n: t for n, t in at if t is not None}

    def tokens(self, records: Records) -> Sifted:
        """Symbols and decimals of tokens."""
        s = vendor.of(records)
        contract = s.required("address", clean.addresses(s.text("address"), CHAIN))
        decimals = s.optional("decimals", clean.integers(s.text("decimals"), at_most=255))
        rows = s.kept(
            {
                "asset": token_asset(contract),
                "chain": pa.repeat(CHAIN, s.size),
                "contract": contract,
                "symbol": vendor.texts(s, "symbol"),
                "decimals": decimals,
                "total_supply": clean.each(s.text_or_empty("total_supply"), _supply).values,
            }
        )
        return s.sifted({"tokens": [rows]})

    def take_tokens(self, found: Sifted) -> None:
        """Keep a slice's descriptions."""
        for rows in found.tables["tokens"]:
            self.assets.take(rows)
            told = zip(rows["contract"].to_pylist(), rows["decimals"].to_pylist(), strict=True)
            self.decimals |= {c: d for c, d in told if d is not None}

    def contracts(self, records: Records) -> Sifted:
        """Which contracts have tokens that are alike, and which have ids."""
        s = vendor.of(records)
        contract = s.required("address", clean.addresses(s.text("address"), CHAIN))
        has_ids = pc.or_(
            pc.fill_null(vendor.booleans(s, "is_erc721"), False),
            pc.fill_null(vendor.booleans(s, "is_erc1155"), False),
        )
        is_plain = pc.fill_null(vendor.booleans(s, "is_erc20"), False)
        kind = pc.if_else(has_ids, False, pc.if_else(is_plain, True, pa.scalar(None, pa.bool_())))
        return s.sifted({"contracts": [s.kept({"contract": contract, "is_fungible": kind})]})

    def take_contracts(self, found: Sifted) -> None:
        """Keep a slice's contracts."""
        for rows in found.tables["contracts"]:
            told = zip(rows["contract"].to_pylist(), rows["is_fungible"].to_pylist(), strict=True)
            self._fungible |= dict(told)

    def token_transfers(self, records: Records) -> Sifted:
        """Transfer events of contracts."""
        s = vendor.of(records)
        contract = s.required("token_address", addresses(s, "token_address"))
        number = vendor.blocks(s, "block_number")
        rows = vendor.movements(
            s,
            **between(s, "from_address", "to_address", is_token=True),
            chain=CHAIN,
            asset=token_asset(contract),
            contract=contract,
            value=s.required("value", clean.amounts(s.text("value"))),
            block_number=number,
            block_timestamp=self._at(s, number),
            transaction_hash=vendor.hashes(s, "transaction_hash"),
            position=s.required("log_index", clean.integers(s.text("log_index"))),
            position_basis="log",
            is_status_known=True,
            is_fungible=pa.array([self._fungible.get(c) for c in contract.to_pylist()], pa.bool_()),
        )
        return vendor.sifted(s, None, rows)

    def transactions(self, records: Records) -> Sifted:
        """Coin that transactions move."""
        s = vendor.of(records)
        number = vendor.blocks(s, "block_number")
        status = vendor.texts(s, "status")
        succeeded = pc.equal(status, "SUCCESS")
        kind = vendor.texts(s, "transaction_type")
        is_moving = pc.or_(pc.is_in(kind, pa.array(MOVING)), kind.is_null())
        index = vendor.numbers(s, "transaction_index")
        rows = vendor.movements(
            s,
            **between(s, "from_address", "to_address"),
            chain=CHAIN,
            asset=COIN,
            value=s.required("value", clean.amounts(s.text("value"))),
            block_number=number,
            block_timestamp=self._at(s, number),
            block_hash=vendor.texts(s, "block_hash"),
            transaction_hash=vendor.hashes(s, "hash"),
            transaction_index=index,
            position=index,
            position_basis="transaction",
            is_effective=pc.and_(is_moving, pc.fill_null(succeeded, True)),
            is_status_known=status.is_valid(),
            is_fungible=True,
        )
        return vendor.sifted(s, None, rows)

    def trc10(self, records: Records) -> Sifted:
        """Coin and TRC-10 tokens that plain transactions move."""
        s = vendor.of(records)
        number = vendor.blocks(s, "block_number")
        name = vendor.texts(s, "asset_name")
        status = vendor.texts(s, "status")
        is_coin = pc.or_kleene(name.is_null(), pc.equal(name, "_"))
        rows = vendor.movements(
            s,
            **{
                **between(s, "from_address", "to_address"),
                "kind": pc.if_else(is_coin, "native", "token"),
            },
            chain=CHAIN,
            asset=pc.if_else(is_coin, COIN, token_asset(name)),
            contract=pc.if_else(is_coin, NO_TEXT, name),
            value=s.required("value", clean.amounts(s.text("value"))),
            block_number=number,
            block_timestamp=self._at(s, number),
            block_hash=vendor.texts(s, "block_hash"),
            transaction_hash=vendor.hashes(s, "transaction_hash"),
            transaction_index=vendor.numbers(s, "transaction_index"),
            position=vendor.numbers(s, "contract_call_index"),
            position_basis="transaction",
            is_effective=pc.fill_null(pc.equal(status, "SUCCESS"), True),
            is_status_known=status.is_valid(),
            is_fungible=True,
        )
        return vendor.sifted(s, None, rows)

    def internal_transactions(self, records: Records) -> Sifted:
        """Coin and TRC-10 tokens that contracts move."""
        s = vendor.of(records)
        number = vendor.blocks(s, "block_number")
        token = vendor.texts(s, "call_token_id")
        is_coin = token.is_null()
        # A call may hand on coin and tokens at once: one record each, with its own number.
        place = pc.add(
            pc.multiply(vendor.numbers(s, "internal_index", 10**9), 1_000),
            vendor.numbers(s, "call_info_index", 999),
        )
        rows = vendor.movements(
            s,
            **{
                **between(s, "caller_address", "transfer_to_address"),
                "kind": pa.repeat("internal", s.size),
            },
            chain=CHAIN,
            asset=pc.if_else(is_coin, COIN, token_asset(token)),
            contract=token,
            value=s.required("call_value", clean.amounts(s.text("call_value"))),
            block_number=number,
            block_timestamp=self._at(s, number),
            transaction_hash=vendor.hashes(s, "transaction_hash"),
            position=place,
            position_basis="trace",
            is_effective=pc.invert(pc.fill_null(vendor.booleans(s, "rejected"), False)),
            is_status_known=True,
            is_fungible=True,
        )
        return vendor.sifted(s, None, rows)

    def _at(self, s: Sieve, numbers: pa.Array) -> pa.Array:
        """The record's own time, else its block's."""
        own = vendor.times(s, "block_timestamp")
        if not self._times or not own.null_count:
            return own
        known = [self._times.get(n) for n in numbers.to_pylist()]
        return pc.coalesce(own, pa.array(known, vendor.TIMESTAMP))


def _supply(text: str) -> str | None:
    """A supply in base units; null where the list gives none."""
    return base_units(text) if text.strip() else None


def addresses(s: Sieve, column: str) -> clean.Cleaned:
    """A column of addresses, empty where the file does not have it."""
    return clean.addresses(s.text_or_empty(column), CHAIN)


def between(s: Sieve, payer: str, payee: str, *, is_token: bool = False) -> dict[str, pa.Array]:
    """Who pays whom; a token from or to nobody is minted or burned."""
    sender = s.required(payer, clean.addresses(s.text(payer), CHAIN))
    receiver = s.optional(payee, clean.addresses(s.text(payee), CHAIN))
    if not is_token:
        return {
            "from_address": sender,
            "to_address": receiver,
            "kind": pa.repeat("native", s.size),
        }
    is_mint = pc.equal(sender, NOBODY)
    is_burn = pc.and_not(pc.fill_null(pc.equal(receiver, NOBODY), True), is_mint)
    return {
        "from_address": pc.if_else(is_mint, NO_TEXT, sender),
        "to_address": pc.if_else(is_burn, NO_TEXT, receiver),
        "kind": pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token")),
    }


def token_asset(contract: pa.Array) -> pa.Array:
    """Asset ids of contracts, or of TRC-10 numbers."""
    return pc.binary_join_element_wise(pa.scalar(CHAIN), contract, ":")


def required(s: Sieve, column: str, values: pa.Array) -> pa.Array:
    """Reject records without a value."""
    s.refuse(values.is_null().to_numpy(zero_copy_only=False), f"{column}: is missing")
    return values


@cache
def registered() -> tuple[tuple[str, int], ...]:
    """Decimals of registered tokens."""
    lines = files("transforms").joinpath("seeds/assets.csv").read_text("utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    return tuple((r[1], int(r[3])) for r in rows if r[0] == CHAIN)
