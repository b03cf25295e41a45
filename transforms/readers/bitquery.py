"""Records of Bitquery's data dumps → rows of ``staged.transfers``; each function reads one form.

The forms are in ``bitquery_forms``. Amounts are in
whole units (text, or a number for Bitcoin) beside the asset's decimals; every digit counts, so they
become base units exactly or cost their record. A transaction's fee stands in each of its transfers
and is taken once. What the dump calls a transfer's index is its own count within the transaction
and no log index: ``position_basis`` is ``column``. Both the transaction and the transfer must have
succeeded for value to move.
"""

import re
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS, EVM_ZERO_ADDRESS, native_asset
from transforms.clean import columns as clean
from transforms.readers import vendor
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted

# ``\N`` and the empty ``0x`` stand for no contract.
_NULL: Final = pa.NULL
_TRON_NOBODY: Final = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
_SIGNATURE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{64,90}").fullmatch
_PATH = re.compile(r"[0-9]+(,[0-9]+)*").fullmatch
# Solana runs at most 64 instructions per transaction, four calls deep below the outer one.
_PATH_BITS: Final = 7
_PATH_DEPTH: Final = 4
_TRANSFER_BITS: Final = 10


class Rows:
    """Reads slices of Bitquery's forms."""

    def __init__(self, assets: vendor.Assets, chain: str = "") -> None:
        self.assets = assets
        self._chain = chain

    def tron_transfers(self, records: Records) -> Sifted:
        """Transfers of coin, TRC-10 and TRC-20 tokens."""
        s = vendor.of(records)
        contract = _contract(s, "Transfer_Currency_SmartContract", "tron")
        number = vendor.texts(s, "Transfer_Currency_AssetId")
        token = pc.coalesce(contract, number)
        is_coin = _is_coin(s, token)
        between = _between(
            s, "tron", ("Transfer_Sender", "Transfer_Receiver"), _TRON_NOBODY, is_coin
        )
        place = {
            "block_number": vendor.blocks(s, "Block_Number"),
            "block_timestamp": vendor.times(s, "Block_Time"),
            "transaction_hash": vendor.hashes(s, "Transaction_Hash"),
            "transaction_index": vendor.numbers(s, "Transfer_TransactionIndex"),
        }
        rows = _moved(s, "tron", token, is_coin, {**place, **between})
        fee = self._fees(s, "tron", place, "Transaction_Fee", "Transaction_FeePayer")
        return vendor.sifted(s, self.assets, rows, fee)

    def tron_transactions(self, records: Records) -> Sifted:
        """Fees; what the transactions move stands in other dumps."""
        s = vendor.of(records)
        fee = self._fee_rows(
            s,
            "tron",
            {
                "block_number": vendor.blocks(s, "Block_Number"),
                "block_timestamp": vendor.times(s, "Block_Time"),
                "transaction_hash": vendor.hashes(s, "Transaction_Hash"),
                "transaction_index": vendor.numbers(s, "Transaction_Index"),
            },
            "Transaction_Fee",
            clean.addresses(s.text("Transaction_FeePayer"), "tron"),
        )
        return vendor.sifted(s, None, fee)

    def solana_transfers(self, records: Records) -> Sifted:
        """Transfers of SOL and tokens; of token accounts the owner, where the dump tells it."""
        s = vendor.of(records)
        contract = _contract(s, "Transfer_Currency_MintAddress", "solana")
        is_coin = _is_coin(s, contract)
        owners = [
            pc.coalesce(
                vendor.texts(s, f"Transfer_{side}_Token_Owner"),
                vendor.texts(s, f"Transfer_{side}_Address"),
            )
            for side in ("Sender", "Receiver")
        ]
        is_told = [
            pc.or_(is_coin, vendor.texts(s, f"Transfer_{side}_Token_Owner").is_valid())
            for side in ("Sender", "Receiver")
        ]
        sender, receiver = (
            s.optional(column, clean.addresses(pc.fill_null(found, ""), "solana"))
            for column, found in zip(
                ("Transfer_Sender_Address", "Transfer_Receiver_Address"), owners, strict=True
            )
        )
        somebody(s, sender, receiver)
        between = {
            "from_address": sender,
            "to_address": receiver,
            "kind": kinds(is_coin, sender, receiver),
            "is_owner_known": pc.and_(
                pc.or_(is_told[0], sender.is_null()), pc.or_(is_told[1], receiver.is_null())
            ),
        }
        place = {
            "block_number": vendor.blocks(s, "Block_Slot"),
            "block_timestamp": vendor.times(s, "Block_Time"),
            "transaction_hash": s.required(
                "Transaction_Signature", clean.each(s.text("Transaction_Signature"), signature)
            ),
            "transaction_index": vendor.numbers(s, "Transaction_Index"),
            "position": _call_places(s),
        }
        rows = _moved(s, "solana", contract, is_coin, {**place, **between})
        unknown = pc.sum(pc.invert(rows["is_owner_known"])).as_py() or 0
        s.warnings["token accounts whose owner the export does not tell"] = unknown
        fee = self._fees(s, "solana", place, "Transaction_Fee", "Transaction_FeePayer")
        return vendor.sifted(s, self.assets, rows, fee)

    def evm_transfers(self, records: Records) -> Sifted:
        """Transfers of an EVM chain's coin and tokens; calls are internal."""
        s = vendor.of(records)
        chain = self._chain
        contract = _contract(s, "Transfer_Currency_SmartContract", chain)
        is_coin = _is_coin(s, contract)
        between = _between(
            s, chain, ("Transfer_Sender", "Transfer_Receiver"), EVM_ZERO_ADDRESS, is_coin
        )
        kind = pc.utf8_lower(s.text("Transfer_Type"))
        is_plain = pc.equal(kind, "transaction")
        is_reward = pc.match_substring(kind, "reward")
        between["kind"] = pc.if_else(
            pc.and_(is_coin, is_reward),
            "reward",
            pc.if_else(pc.and_not(is_coin, is_plain), "internal", between["kind"]),
        )
        between["from_address"] = pc.if_else(
            pc.equal(between["kind"], "reward"), _NULL, between["from_address"]
        )
        place = {
            "block_number": vendor.blocks(s, "Block_Number"),
            "block_timestamp": vendor.times(s, "Block_Time"),
            "transaction_hash": s.optional(
                "Transaction_Hash", clean.hashes(s.text("Transaction_Hash"))
            ),
            "transaction_index": vendor.numbers(s, "Transaction_Index"),
        }
        rows = _moved(s, chain, contract, is_coin, {**place, **between})
        basis = pc.if_else(pc.equal(rows["kind"], "native"), "transaction", "column")
        rows = rows.set_column(
            rows.schema.get_field_index("position_basis"), "position_basis", basis
        )
        # Only of the transaction's own transfer the sender is who pays the fee.
        place["is_effective"] = is_plain
        fee = self._fees(s, chain, place, "Fee_SenderFee", "Transfer_Sender")
        return vendor.sifted(s, self.assets, rows, fee)

    def _fees(
        self, s: Sieve, chain: str, place: dict[str, pa.Array], column: str, payer: str
    ) -> pa.Table:
        """One fee per transaction, of transfers that stand together; none where it is not told."""
        if not s.has(column) or not s.has(payer):
            return s.kept({}).slice(0, 0)
        payers = clean.addresses(s.text(payer), chain)
        rows = self._fee_rows(s, chain, place, column, payers, missing="0")
        rows = rows.filter(rows["from_address"].is_valid())
        is_one = rows["is_effective"] if "is_effective" in place else vendor.is_first(rows)
        return rows.filter(pc.and_(is_one, pc.not_equal(rows["value"], "0")))

    @staticmethod
    def _fee_rows(
        s: Sieve,
        chain: str,
        place: dict[str, pa.Array],
        column: str,
        payer: clean.Cleaned,
        *,
        missing: str | None = None,
    ) -> pa.Table:
        decimals = CHAINS[chain].decimals
        value = vendor.amounts(s, column, decimals, missing=missing)
        payers = s.required(column, payer) if missing is None else s.optional(column, payer)
        return vendor.movements(
            s,
            **{k: v for k, v in place.items() if k != "position"},
            chain=chain,
            asset=native_asset(chain),
            kind="fee",
            value=value,
            from_address=payers,
            position=0,
            position_basis="transaction",
            is_status_known=True,
            is_fungible=True,
        )


def _moved(
    s: Sieve, chain: str, token: pa.Array, is_coin: pa.Array, said: dict[str, pa.Array]
) -> pa.Table:
    """Rows of transfers, coin or token; ``said`` are columns that the form has of its own."""
    decimals = vendor.numbers(s, "Transfer_Currency_Decimals", 255)
    told = [
        vendor.booleans(s, c)
        for c in ("TransactionStatus_Success", "Transfer_Success", "Transaction_Result_Success")
    ]
    succeeded = pc.and_(
        pc.and_(pc.fill_null(told[0], True), pc.fill_null(told[1], True)),
        pc.fill_null(told[2], True),
    )
    contract = pc.if_else(is_coin, _NULL, token)
    found: dict[str, Any] = {
        "position": vendor.numbers(s, "Transfer_Index"),
        **said,
    }
    return vendor.movements(
        s,
        **found,
        chain=chain,
        asset=pc.if_else(
            is_coin,
            native_asset(chain),
            pc.binary_join_element_wise(pa.scalar(chain), token, ":"),
        ),
        contract=contract,
        symbol=vendor.texts(s, "Transfer_Currency_Symbol"),
        decimals=decimals,
        value=vendor.amounts(s, "Transfer_Amount", decimals),
        position_basis="column",
        is_effective=succeeded,
        is_status_known=pc.or_(pc.or_(told[0].is_valid(), told[1].is_valid()), told[2].is_valid()),
        is_fungible=pc.or_kleene(is_coin, vendor.booleans(s, "Transfer_Currency_Fungible")),
    )


def _contract(s: Sieve, column: str, chain: str) -> pa.Array:
    return s.optional(column, clean.addresses(s.text_or_empty(column), chain))


def _is_coin(s: Sieve, token: pa.Array) -> pa.Array:
    """The chain's own coin: the dump says so, or there is no token."""
    is_said = pc.fill_null(vendor.booleans(s, "Transfer_Currency_Native"), False)
    return pc.or_(is_said, token.is_null())


def _between(
    s: Sieve, chain: str, sides: tuple[str, str], nobody: str, is_coin: pa.Array
) -> dict[str, pa.Array]:
    sender, receiver = (s.optional(c, clean.addresses(s.text(c), chain)) for c in sides)
    sender, receiver = (
        pc.if_else(pc.fill_null(pc.equal(a, nobody), False), _NULL, a) for a in (sender, receiver)
    )
    somebody(s, sender, receiver)
    return {
        "from_address": sender,
        "to_address": receiver,
        "kind": kinds(is_coin, sender, receiver),
    }


def kinds(is_coin: pa.Array, sender: pa.Array, receiver: pa.Array) -> pa.Array:
    """A token from nobody is minted, one to nobody burned."""
    token = pc.if_else(sender.is_null(), "mint", pc.if_else(receiver.is_null(), "burn", "token"))
    return pc.if_else(is_coin, "native", token)


def somebody(s: Sieve, sender: pa.Array, receiver: pa.Array) -> None:
    """Reject records that name neither side."""
    nobody = pc.and_(sender.is_null(), receiver.is_null())
    s.refuse(nobody.to_numpy(zero_copy_only=False), "neither sender nor receiver")


def _call_places(s: Sieve) -> pa.Array:
    """Instruction, path of calls and transfer in one number that orders as they ran."""
    outer = vendor.numbers(s, "Instruction_Index", (1 << 2 * _PATH_BITS) - 1).fill_null(0)
    paths = s.optional(
        "Instruction_CallPath",
        clean.each(s.text_or_empty("Instruction_CallPath"), _path, pa.int64()),
    ).fill_null(0)
    inner = vendor.numbers(s, "Transfer_Index", (1 << _TRANSFER_BITS) - 1).fill_null(0)
    places = outer.to_numpy().astype(np.int64)
    places = places << np.int64(_PATH_BITS * _PATH_DEPTH) | paths.to_numpy()
    return pa.array(places << np.int64(_TRANSFER_BITS) | inner.to_numpy())


def _path(text: str) -> int:
    """A path such as ``2,0``: parents stand before the calls they make."""
    text = text.strip("[] ").replace(" ", "")
    if not text:
        return 0
    steps = text.split(",")
    if not _PATH(text) or len(steps) > _PATH_DEPTH:
        raise ValueError(f"expected at most {_PATH_DEPTH} numbers, found {text[:60]!r}")
    place = 0
    for depth in range(_PATH_DEPTH):
        step = int(steps[depth]) + 1 if depth < len(steps) else 0
        if step >= 1 << _PATH_BITS:
            raise ValueError(f"expected numbers below {(1 << _PATH_BITS) - 1}, found {text[:60]!r}")
        place = place << _PATH_BITS | step
    return place


def signature(text: str) -> str | None:
    """A Solana transaction's signature, as it is: base58 is case-sensitive."""
    text = text.strip()
    if text and not _SIGNATURE(text):
        raise ValueError(f"expected a signature in base58, found {text[:100]!r}")
    return text or None
