"""Records of Solscan → rows of ``staged.transfers``: its CSV download and its interface's answers.

Amounts are in base units; the site writes them as JavaScript numbers, so beyond 2^53 the last
digits may be lost and the row is not exact. SOL has the mint ``So11…111``, wrapped SOL another.
Neither form has an index: rows are told apart by their order in the file.
"""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.readers import vendor
from transforms.readers.bitquery import signature
from transforms.readers.forms import Form
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted

CHAIN: Final = "solana"
_SOL: Final = ("So11111111111111111111111111111111111111111", "11111111111111111111111111111111")
_EXACT: Final = 2**53
_NULL: Final = pa.NULL

DOWNLOAD: Final = Form(
    "Solscan's download",
    ("signature", "time", "action", "from", "to", "amount", "decimals", "token"),
    (),
    frozenset({"Human Time", "Flow", "Value", "Multiplier"}),
    {
        "signature": ("Signature",),
        "time": ("Block Time",),
        "action": ("Action",),
        "from": ("From",),
        "to": ("To",),
        "amount": ("Amount",),
        "decimals": ("Decimals",),
        "token": ("Token Address",),
    },
)
ANSWER: Final = Form(
    "Solscan's transfers",
    ("signature", "block", "time", "action", "from", "to", "amount", "decimals", "token"),
    ("from_account", "to_account"),
    frozenset({"time", "flow", "value", "trans_index"}),
    {
        "signature": ("trans_id",),
        "block": ("block_id",),
        "time": ("block_time",),
        "action": ("activity_type",),
        "from": ("from_address",),
        "to": ("to_address",),
        "amount": ("amount",),
        "decimals": ("token_decimals",),
        "token": ("token_address",),
        "from_account": ("from_token_account",),
        "to_account": ("to_token_account",),
    },
)


class Rows:
    """Reads slices of both forms."""

    def __init__(self, assets: vendor.Assets) -> None:
        self.assets = assets

    def download(self, records: Records) -> Sifted:
        """Rows of a CSV; its header is line 1."""
        s = vendor.of(records)
        rows = _rows(s, first_line=2)
        is_token = pc.not_equal(rows["kind"], "native")
        s.warnings["token transfers that may name token accounts instead of owners"] = (
            pc.sum(is_token).as_py() or 0
        )
        return vendor.sifted(s, self.assets, rows)

    def answer(self, records: Records) -> Sifted:
        """Items of an answer: owners, beside their token accounts."""
        s = vendor.of(records)
        told = [vendor.texts(s, c).is_valid() for c in ("from_account", "to_account")]
        is_told = pc.or_(told[0], told[1])
        rows = _rows(
            s,
            first_line=1,
            block_number=vendor.blocks(s, "block"),
            is_owner_known=pc.if_else(is_told, True, pa.scalar(None, pa.bool_())),
        )
        return vendor.sifted(s, self.assets, rows)


def _rows(s: Sieve, *, first_line: int, **more: Any) -> pa.Table:
    token = s.required("token", clean.each(s.text("token"), _mint))
    is_coin = pc.equal(token, "")
    contract = pc.if_else(is_coin, _NULL, token)
    sender, receiver = (s.optional(c, clean.addresses(s.text(c), CHAIN)) for c in ("from", "to"))
    action = pc.utf8_upper(s.text("action"))
    is_mint = pc.and_not(pc.match_substring(action, "MINT"), is_coin)
    is_burn = pc.and_not(pc.match_substring(action, "BURN"), is_coin)
    sender = pc.if_else(is_mint, _NULL, sender)
    receiver = pc.if_else(is_burn, _NULL, receiver)
    nobody = pc.and_(sender.is_null(), receiver.is_null())
    s.refuse(nobody.to_numpy(zero_copy_only=False), "neither sender nor receiver")
    value = s.required("amount", clean.amounts(s.text("amount")))
    at = vendor.times(s, "time")
    s.refuse(at.is_null().to_numpy(zero_copy_only=False), "time: is missing")
    kind = pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token"))
    return vendor.movements(
        s,
        **more,
        chain=CHAIN,
        asset=pc.if_else(
            is_coin,
            native_asset(CHAIN),
            pc.binary_join_element_wise(pa.scalar(CHAIN), token, ":"),
        ),
        contract=contract,
        symbol=pa.nulls(s.size, pa.string()),
        decimals=vendor.numbers(s, "decimals", 255),
        kind=pc.if_else(is_coin, "native", kind),
        from_address=sender,
        to_address=receiver,
        value=value,
        is_exact=pc.fill_null(pc.less(clean.d38(value), _EXACT), False),
        block_timestamp=at,
        transaction_hash=s.required("signature", clean.each(s.text("signature"), signature)),
        position=pc.subtract(s.records.lines, first_line),
        position_basis="file",
        is_status_known=False,
        is_fungible=pc.if_else(is_coin, True, pa.scalar(None, pa.bool_())),
    )


def _mint(text: str) -> str | None:
    """A token's mint; empty for SOL itself."""
    text = text.strip()
    if text in _SOL:
        return ""
    found = clean.addresses(pa.array([text]), CHAIN)
    if found.faults:
        raise ValueError(found.faults[0])
    address: str | None = found.values[0].as_py()
    return address
