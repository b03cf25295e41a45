"""Results of Dune queries → rows of ``staged.transfers``.

Whoever writes the query chooses the columns; those of Dune's own tables are known. Amounts in base
units are exact where the table has uint256; what a query divided is a double and is marked so.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS, EVM_ZERO_ADDRESS, native_asset
from transforms.clean import columns as clean
from transforms.clean.amounts import scaled
from transforms.readers.evm_lookup import registered
from transforms.readers.evm_sides import TRANSFERS, block_numbers, times_of
from transforms.readers.explorer_forms import COINS
from transforms.readers.forms import Form
from transforms.readers.records import Malformed, Records
from transforms.readers.scaled_tokens import Denomination, described, scale, scale_tokens
from transforms.readers.sieve import Sieve, Sifted, one_chunk
from transforms.readers.values import value_columns

ASSETS: Final = "staged.assets"
# Dune's words where they are not ours.
CHAIN_NAMES: Final = {
    **{c.name: c.name for c in CHAINS.values() if c.family == "evm"},
    "bnb": "bsc",
    "avalanche_c": "avalanche",
}
# What stands where the coin is meant and not a token.
_COIN: Final = ("", EVM_ZERO_ADDRESS, "0x" + "e" * 40)
_AMOUNTS: Final = ("erc20", "bep20")
_IDS: Final = ("erc721", "erc1155", "bep721", "bep1155")

_EVENT: Final = {
    "hash": ("evt_tx_hash", "tx_hash", "transaction_hash", "hash"),
    "block_timestamp": ("evt_block_time", "block_time"),
    "block_number": ("evt_block_number", "block_number"),
    "block_hash": ("evt_block_hash", "block_hash"),
    "log_index": ("evt_index", "log_index"),
    "transaction_index": ("evt_tx_index", "tx_index"),
    "from_address": ("from", "from_address"),
    "to_address": ("to", "to_address"),
    "contract": ("contract_address", "token_address"),
    "value": ("amount_raw", "value_raw", "raw_amount", "value", "token_id", "tokenid"),
    "amount": ("amount", "token_amount"),
    "chain": ("blockchain", "chain"),
    "standard": ("token_standard",),
    "symbol": ("symbol", "token_symbol"),
}
_UNREAD: Final = frozenset(
    {
        *("evt_block_date", "block_date", "block_month", "evt_tx_from", "evt_tx_to", "tx_from"),
        *("tx_to", "unique_key", "price_usd", "amount_usd", "_updated_at"),
        *("amount", "amount_raw", "_transfer_type", "transfer_type"),
    }
)
_OPTIONAL: Final = (
    *("block_number", "block_hash", "log_index", "transaction_index", "chain", "standard"),
    *("symbol", "trace_address"),
)

FORMS: Final = (
    Form(
        "transfers",
        ("hash", "block_timestamp", "from_address", "to_address", "contract", "value"),
        _OPTIONAL,
        _UNREAD,
        _EVENT,
    ),
    Form(
        "amounts",
        ("hash", "block_timestamp", "from_address", "to_address", "amount"),
        ("contract", *_OPTIONAL),
        _UNREAD,
        _EVENT,
    ),
    Form(
        "transactions",
        (
            *("hash", "block_timestamp", "block_number", "from_address", "to_address", "value"),
            *("transaction_index", "receipt_status"),
        ),
        ("block_hash", "nonce", "receipt_gas_used", "receipt_effective_gas_price"),
        frozenset(
            {
                *("gas_limit", "data", "type", "access_list", "max_fee_per_gas", "block_date"),
                *("max_priority_fee_per_gas", "priority_fee_per_gas", "authorization_list"),
            }
        ),
        {
            **_EVENT,
            "value": ("value",),
            "hash": ("hash",),
            "transaction_index": ("index",),
            "receipt_status": ("success",),
            "receipt_gas_used": ("gas_used",),
            "receipt_effective_gas_price": ("gas_price",),
        },
    ),
)


class Results:
    """Rows of query results; those without a log index lack their position yet."""

    def __init__(self, chain: str) -> None:
        self._chain = chain

    def transfers(self, records: Records) -> Sifted:
        """Transfers of tokens and coins, of one chain or several."""
        records = _with_hex(records)
        if "chain" not in records.columns.column_names:
            return self._of_chain(records, self._chain)
        words = pc.utf8_lower(pc.utf8_trim_whitespace(one_chunk(records.columns["chain"])))
        parts, malformed = [], list(records.malformed)
        for word in pc.unique(words).to_pylist():
            mask = np.asarray(pc.equal(words, word))
            part = replace(records.where(mask), malformed=())
            if word in CHAIN_NAMES:
                parts.append(self._of_chain(part, CHAIN_NAMES[word]))
                continue
            known = ", ".join(sorted(CHAIN_NAMES))
            reason = f"{records.names.get('chain')}: expected one of {known}, found {word[:40]!r}"
            lines = part.lines.to_pylist()
            malformed += [Malformed(n, reason, part.raw(i)) for i, n in enumerate(lines)]
        return _merged(records, parts, malformed)

    def _of_chain(self, records: Records, chain: str) -> Sifted:
        s = Sieve(records)
        contracts = clean.addresses(s.text_or_empty("contract"), chain)
        contract = s.optional("contract", contracts)
        is_coin = pc.is_in(pc.fill_null(contract, ""), pa.array(_COIN))
        contract = pc.if_else(is_coin, pa.scalar(None, pa.string()), contract)
        self._check_coin(s, chain, is_coin)
        standard = pc.utf8_lower(s.text_or_empty("standard"))
        is_id = pc.is_in(standard, pa.array(_IDS))
        if s.called("value").lower() in ("token_id", "tokenid"):
            is_id = pa.repeat(pa.scalar(True), s.size)
        values, denomination = self._amounts(s, chain, contract, is_coin)
        sender, receiver = (
            s.optional(c, clean.addresses(s.text(c), chain)) for c in ("from_address", "to_address")
        )
        sender, is_mint = clean.without_zero_address(sender)
        receiver, is_burn = clean.without_zero_address(receiver)
        s.refuse(
            np.asarray(pc.and_not(sender.is_null(), is_mint)),
            f"{s.called('from_address')}: is missing",
        )
        times = times_of(s, "block_timestamp")
        s.refuse(np.asarray(times.is_null()), f"{s.called('block_timestamp')}: is missing")
        is_inner = pc.and_(is_coin, pc.not_equal(_bare(s.text_or_empty("trace_address")), ""))
        position = clean.integers(s.text_or_empty("log_index"))
        position = s.optional("log_index", position)
        token_kind = pc.if_else(is_mint, "mint", pc.if_else(is_burn, "burn", "token"))
        tokens = pa.array(list(registered(chain)), pa.string())
        is_known = pc.or_(
            pc.is_in(pc.fill_null(contract, ""), tokens), pc.is_in(standard, pa.array(_AMOUNTS))
        )
        known = pc.if_else(is_known, pa.scalar(True), pa.scalar(None, pa.bool_()))
        is_fungible = pc.if_else(is_coin, True, pc.if_else(is_id, False, known))
        basis = pc.if_else(pc.is_valid(position), "log", "file")
        basis = pc.if_else(pc.and_not(is_coin, is_inner), "transaction", basis)
        basis = pc.if_else(is_inner, "file", basis)
        is_effective = pc.invert(pc.and_(is_mint, is_burn))
        rows = {
            "chain": pa.repeat(chain, s.size),
            "asset": denomination.assets,
            "block_timestamp": times,
            "block_date": pc.cast(times, pa.date32()),
            "transaction_hash": s.required("hash", clean.hashes(s.text("hash"))),
            "position": pc.if_else(pc.equal(basis, "log"), position, pa.scalar(None, pa.int64())),
            "position_basis": basis,
            "kind": pc.if_else(is_inner, "internal", pc.if_else(is_coin, "native", token_kind)),
            "from_address": sender,
            "to_address": receiver,
            "contract": contract,
            **value_columns(values),
            "is_effective": is_effective,
            "is_exact": denomination.is_exact,
            # Dune's tables of transfers hold what took place.
            "is_status_known": pa.repeat(pa.scalar(True), s.size),
            "is_fungible": is_fungible,
            "symbol": s.text_or_empty("symbol"),
            "decimals": denomination.decimals,
            **self._place(s),
        }
        kept = s.kept(rows)
        return s.sifted({TRANSFERS: [kept]})

    @staticmethod
    def _check_coin(s: Sieve, chain: str, is_coin: pa.Array) -> None:
        """What names no contract is the coin only if nothing says that it is a token."""
        if not s.has("symbol"):
            if not s.has("contract"):
                s.refuse(np.ones(s.size, np.bool_), "neither contract nor symbol says what moved")
            return
        names = ("", "native", CHAINS[chain].ticker, *(c for c, of in COINS.items() if of == chain))
        symbols = pc.utf8_lower(pc.utf8_trim_whitespace(s.text("symbol")))
        is_token = pc.and_not(is_coin, pc.is_in(symbols, pa.array(names)))
        reason = f"{s.called('symbol')}: names a token, and no contract says which"
        s.refuse(np.asarray(is_token), reason)

    def _place(self, s: Sieve) -> dict[str, pa.Array]:
        place = {}
        if s.has("block_number"):
            place["block_number"] = s.optional("block_number", block_numbers(s, "block_number"))
        if s.has("block_hash"):
            place["block_hash"] = s.optional("block_hash", clean.hashes(s.text("block_hash")))
        if s.has("transaction_index"):
            indices = clean.integers(s.text("transaction_index"))
            place["transaction_index"] = s.optional("transaction_index", indices)
        return place

    @staticmethod
    def _amounts(
        s: Sieve, chain: str, contract: pa.Array, is_coin: pa.Array
    ) -> tuple[pa.Array, Denomination]:
        """Values, and what they are amounts of."""
        coin = native_asset(chain)
        if s.has("value"):
            texts = s.text("value")
            is_exact = pc.match_substring_regex(texts, "^ *[0-9]+ *$")
            values = s.required("value", _whole(texts))
            assets = pc.binary_join_element_wise(pa.scalar(chain), contract, ":")
            assets = pc.if_else(is_coin, coin, assets)
            return values, Denomination(assets, is_exact, pa.nulls(s.size, pa.int64()))
        texts = s.text("amount")
        named = pc.fill_null(contract, "")
        found, of = scale_tokens(chain, named, texts, is_double=True)
        coins = scale(texts, CHAINS[chain].decimals, is_double=True)
        faults = {n: r for n, r in found.faults.items() if not is_coin[n].as_py()}
        faults |= {n: r for n, r in coins.faults.items() if is_coin[n].as_py()}
        values = pc.if_else(is_coin, coins.values, found.values)
        values = s.required("amount", clean.Cleaned(values, faults))
        assets = pc.if_else(is_coin, coin, of.assets)
        return values, Denomination(assets, of.is_exact, of.decimals)


def with_assets(found: Sifted, said: set[str]) -> Sifted:
    """A slice without the columns that describe its assets, and the tokens with decimals."""
    (rows,) = found.tables[TRANSFERS]
    tables = []
    for chain in pc.unique(rows["chain"]).to_pylist():
        of_chain = rows.filter(pc.and_(pc.equal(rows["chain"], chain), rows["contract"].is_valid()))
        assets = described(chain, of_chain, of_chain["symbol"], of_chain["decimals"], said)
        has_facts = pc.or_(assets["symbol"].is_valid(), assets["decimals"].is_valid())
        tables.append(assets.filter(has_facts))
    kept = rows.drop_columns(["symbol", "decimals"])
    return replace(found, tables={TRANSFERS: [kept], ASSETS: tables})


def with_status(records: Records) -> Records:
    """``success`` as the receipt status it says."""
    records = _with_hex(records)
    texts = pc.utf8_lower(one_chunk(records.columns["receipt_status"]))
    status = pc.if_else(pc.equal(texts, "false"), "0", texts)
    status = pc.if_else(pc.equal(texts, "true"), "1", status)
    place = records.columns.column_names.index("receipt_status")
    return replace(records, columns=records.columns.set_column(place, "receipt_status", status))


def _with_hex(records: Records) -> Records:
    """PostgreSQL's spelling of bytes, a backslash and an x, as 0x."""
    columns = records.columns
    for name in ("hash", "from_address", "to_address", "contract", "block_hash"):
        if name in columns.column_names:
            place = columns.column_names.index(name)
            texts = pc.replace_substring_regex(columns[name], r"^\\x", "0x")
            columns = columns.set_column(place, name, texts)
    return replace(records, columns=columns)


def _merged(records: Records, parts: Sequence[Sifted], malformed: list[Malformed]) -> Sifted:
    rows = [table for p in parts for table in p.tables[TRANSFERS]]
    rejects = sorted([*malformed, *(r for p in parts for r in p.rejects)], key=lambda r: r.line)
    tables = {TRANSFERS: [pa.concat_tables(rows)]} if rows else {}
    return Sifted(records.file, records.count, tables, rejects, {})


def _bare(texts: pa.Array) -> pa.Array:
    """A list of places without its brackets."""
    return pc.replace_substring_regex(texts, r"[\[\]{} ]|null", "")


def _whole(texts: pa.Array) -> clean.Cleaned:
    """Base units; a rounded number in scientific notation is the whole number it says."""
    found = clean.amounts(texts)
    if not found.faults:
        return found
    rows = pa.array(sorted(found.faults), pa.int64())
    rounded = clean.each(texts.take(rows), partial(scaled, decimals=0))
    is_odd = np.zeros(len(texts), np.bool_)
    is_odd[rows.to_numpy()] = True
    values = pc.replace_with_mask(found.values, pa.array(is_odd), rounded.values)
    faults = {rows[n].as_py(): reason for n, reason in rounded.faults.items()}
    return clean.Cleaned(values, faults)
