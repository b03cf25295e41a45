"""Answers of TronGrid and Tronscan, and Tronscan's download → rows of ``staged.transfers``.

A node's transaction holds one contract, whose type says what it moves, and pays its fee even where
it fails. Neither site gives log indices: such rows are told apart by their order in the file.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS
from transforms.clean import columns as clean
from transforms.clean.addresses import canonical_address
from transforms.readers import vendor
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted, one_chunk
from transforms.readers.tron_rows import (
    CHAIN,
    COIN,
    MOVING,
    NO_TEXT,
    Rows,
    addresses,
    between,
    required,
    token_asset,
)

# What ``MOVING`` is by its number in Tron's protocol, and transfers of TRC-10 tokens (2).
_MOVING_TYPES: Final = ("1", "2", "30", "31")
_CONTRACT = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}").search


class Sites:
    """Reads slices of every form; ``rows`` knows tokens."""

    def __init__(self, rows: Rows) -> None:
        self.assets = rows.assets
        self._decimals = rows.decimals

    # ── TronGrid ────────────────────────────────────────────────────────────────────────────

    def trongrid_trc20(self, records: Records) -> Sifted:
        """An account's token transfers; approvals move nothing."""
        s = vendor.of(records)
        contract = s.required("contract", addresses(s, "contract"))
        kind = vendor.texts(s, "type")
        rows = vendor.movements(
            s,
            **between(s, "from", "to", is_token=True),
            chain=CHAIN,
            asset=token_asset(contract),
            contract=contract,
            symbol=vendor.texts(s, "symbol"),
            decimals=vendor.numbers(s, "decimals", 255),
            value=s.required("value", clean.amounts(s.text("value"))),
            block_timestamp=required(s, "block_timestamp", vendor.times(s, "block_timestamp")),
            transaction_hash=vendor.hashes(s, "transaction_id"),
            position=pc.subtract(s.records.lines, 1),
            position_basis="file",
            is_effective=pc.fill_null(pc.not_equal(kind, "Approval"), True),
            is_status_known=True,
        )
        return vendor.sifted(s, self.assets, rows)

    def trongrid(self, records: Records) -> Sifted:
        """An account's transactions as a node tells them, and internal ones between them."""
        s = vendor.of(records)
        parts = clean.each(_joined(s), _contract, _CONTRACT_TYPE)
        s.optional("raw_data", parts)
        part = parts.values

        def inner(name: str) -> pa.Array:
            return pc.struct_field(part, name)

        kind, token = inner("type"), inner("token")
        is_coin = token.is_null()
        is_internal = pc.equal(kind, "internal")
        succeeded = pc.equal(inner("result"), "SUCCESS")
        named = pa.table({"from": inner("sender"), "to": inner("receiver")})
        sender, receiver = (
            s.optional(c, clean.addresses(pc.fill_null(one_chunk(named[c]), ""), CHAIN))
            for c in ("from", "to")
        )
        s.refuse(sender.is_null().to_numpy(zero_copy_only=False), "owner_address: is missing")
        is_moving = pc.or_(
            pc.is_in(kind, pa.array([*MOVING, "TransferAssetContract"])), is_internal
        )
        shared: dict[str, Any] = {
            "chain": CHAIN,
            "block_number": vendor.numbers(s, "blockNumber", 10**9 - 1),
            "block_timestamp": required(s, "block_timestamp", vendor.times(s, "block_timestamp")),
            "transaction_hash": s.required(
                "txID", clean.each(pc.fill_null(inner("hash"), ""), _hash64)
            ),
            "is_fungible": True,
        }
        rows = vendor.movements(
            s,
            **shared,
            from_address=sender,
            to_address=receiver,
            asset=pc.if_else(is_coin, COIN, token_asset(token)),
            contract=token,
            kind=pc.if_else(is_internal, "internal", pc.if_else(is_coin, "native", "token")),
            value=s.required("amount", clean.amounts(pc.fill_null(inner("amount"), "0"))),
            position=pc.if_else(is_internal, pc.subtract(s.records.lines, 1), 0),
            position_basis=pc.if_else(is_internal, "file", "transaction"),
            is_effective=pc.and_(is_moving, pc.fill_null(succeeded, True)),
            is_status_known=inner("result").is_valid(),
        )
        fee = vendor.movements(
            s,
            **shared,
            from_address=sender,
            asset=COIN,
            kind="fee",
            value=s.optional("fee", clean.amounts(pc.fill_null(inner("fee"), "0"))),
            position=0,
            position_basis="transaction",
            is_status_known=True,
        )
        return vendor.sifted(s, None, rows, fee.filter(pc.not_equal(fee["value"], "0")))

    # ── Tronscan ────────────────────────────────────────────────────────────────────────────

    def tronscan(self, records: Records) -> Sifted:
        """Transfers as the site's interface answers: base units, no log index."""
        s = vendor.of(records)
        contract = s.optional("contract", addresses(s, "contract"))
        number = vendor.texts(s, "token")
        number = pc.if_else(pc.match_substring_regex(number, "^[0-9]+$"), number, NO_TEXT)
        contract = pc.coalesce(contract, number)
        kind = vendor.texts(s, "contract_type")
        is_moving = pc.or_(kind.is_null(), pc.is_in(kind, pa.array(_MOVING_TYPES)))
        result = vendor.texts(s, "result")
        is_coin = contract.is_null()
        paid = between(s, "from", "to", is_token=True)
        rows = vendor.movements(
            s,
            **{**paid, "kind": pc.if_else(is_coin, "native", paid["kind"])},
            chain=CHAIN,
            asset=pc.if_else(is_coin, COIN, token_asset(contract)),
            contract=contract,
            symbol=vendor.texts(s, "symbol"),
            decimals=vendor.numbers(s, "decimals", 255),
            value=s.required("value", clean.amounts(s.text("value"))),
            block_number=vendor.blocks(s, "block_number"),
            block_timestamp=vendor.times(s, "block_timestamp"),
            transaction_hash=vendor.hashes(s, "transaction_hash"),
            position=pc.subtract(s.records.lines, 1),
            position_basis="file",
            is_effective=pc.and_(is_moving, pc.fill_null(pc.equal(result, "SUCCESS"), True)),
            is_status_known=result.is_valid(),
            is_fungible=pc.if_else(is_coin, True, pa.scalar(None, pa.bool_())),
        )
        return vendor.sifted(s, self.assets, rows)

    def tronscan_csv(self, records: Records) -> Sifted:
        """The site's download: whole units, so that a token's decimals must be known."""
        s = vendor.of(records)
        contract = clean.each(s.text("token"), _contract_in).values
        is_coin = contract.is_null()
        s.refuse(
            pc.and_not(is_coin, pc.starts_with(pc.utf8_upper(s.text("token")), "TRX")).to_numpy(
                zero_copy_only=False
            ),
            "token: expected TRX or a contract's address",
        )
        result = pc.utf8_upper(s.text_or_empty("result"))
        decimals = pa.array(
            [
                CHAINS[CHAIN].decimals if c is None else self._decimals.get(c)
                for c in contract.to_pylist()
            ],
            pa.int64(),
        )
        paid = between(s, "from", "to", is_token=True)
        rows = vendor.movements(
            s,
            **{**paid, "kind": pc.if_else(is_coin, "native", paid["kind"])},
            chain=CHAIN,
            asset=pc.if_else(is_coin, COIN, token_asset(contract)),
            contract=contract,
            value=vendor.amounts(s, "value", decimals),
            block_number=vendor.numbers(s, "block_number", 10**9 - 1),
            block_timestamp=required(s, "block_timestamp", vendor.times(s, "block_timestamp")),
            transaction_hash=vendor.hashes(s, "transaction_hash"),
            position=pc.subtract(s.records.lines, 2),
            position_basis="file",
            is_effective=pc.is_in(result, pa.array(["", "SUCCESS", "SUCCESSFUL", "CONFIRMED"])),
            is_status_known=pc.not_equal(result, ""),
            is_fungible=pc.if_else(is_coin, True, pa.scalar(None, pa.bool_())),
        )
        return vendor.sifted(s, None, rows)


def _contract_in(text: str) -> str | None:
    found = _CONTRACT(text)
    try:
        return canonical_address(found[0], CHAIN) if found else None
    except ValueError:
        return None


# ── a node's transaction: contracts are lists of objects, so each record is looked at by itself ──

_FIELDS: Final = ("txID", "ret", "contract", "internal_tx_id", "tx_id", "from_address",
                  "to_address", "call_value", "rejected")  # fmt: skip
_CONTRACT_TYPE = pa.struct(
    [(n, pa.string()) for n in ("hash", "type", "sender", "receiver", "amount", "token", "result",
                                "fee")]
)  # fmt: skip


def _joined(s: Sieve) -> pa.Array:
    """The fields that matter as one text per record."""
    columns = [s.text_or_empty(name).to_pylist() for name in _FIELDS]
    return pa.array([json.dumps(row) for row in zip(*columns, strict=True)], pa.string())


def _contract(text: str) -> Mapping[str, str | None]:
    """What one transaction moves, from its fields."""
    said = dict(zip(_FIELDS, json.loads(text), strict=True))
    if not said["txID"] and said["internal_tx_id"]:
        return {
            "hash": said["tx_id"],
            "type": "internal",
            "sender": said["from_address"],
            "receiver": said["to_address"],
            "amount": said["call_value"] or "0",
            "token": None,
            "result": "REJECTED" if said["rejected"] == "true" else "SUCCESS",
            "fee": None,
        }
    contracts, results = _objects(said["contract"]), _objects(said["ret"])
    if len(contracts) != 1:
        raise ValueError(f"expected one contract in a transaction, found {len(contracts)}")
    parameter = contracts[0].get("parameter")
    value = parameter.get("value") if isinstance(parameter, dict) else None
    if not isinstance(value, dict):
        raise ValueError("expected a contract with a parameter's value")  # noqa: TRY004 a reject
    result = results[0] if results else {}
    kind = str(contracts[0].get("type"))
    token = value.get("asset_name") if kind == "TransferAssetContract" else None
    amount = value.get("amount") if kind.startswith("Transfer") else value.get("call_value")
    receiver = value.get("to_address") or value.get("contract_address")
    return {
        "hash": said["txID"],
        "type": kind,
        "sender": _plain(value.get("owner_address")),
        "receiver": _plain(receiver),
        "amount": _plain(amount) or "0",
        "token": _number(_plain(token)),
        "result": _plain(result.get("contractRet")),
        "fee": _plain(result.get("fee")),
    }


def _objects(text: str) -> list[Mapping[str, Any]]:
    found = json.loads(text, parse_int=str, parse_float=str) if text else []
    found = found if isinstance(found, list) else [found]
    if not all(isinstance(x, dict) for x in found):
        raise ValueError("expected a list of objects")
    return found


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(token: str | None) -> str | None:
    """A TRC-10 token's number, which nodes give as the hex of its digits."""
    if token and not token.isdigit():
        try:
            decoded = bytes.fromhex(token).decode("ascii")
        except ValueError:
            return token
        return decoded
    if token and len(token) > 7 and len(token) % 2 == 0:
        decoded = bytes.fromhex(token).decode("ascii", "replace")
        return decoded if decoded.isdigit() else token
    return token


def _hash64(text: str | None) -> str | None:
    found = (text or "").lower().removeprefix("0x")
    if not found:
        return None
    if len(found) != 64 or not all(c in "0123456789abcdef" for c in found):
        raise ValueError(f"expected a hash of 64 hex digits, found {found[:80]!r}")
    return found
