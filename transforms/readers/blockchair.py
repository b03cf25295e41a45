"""Records of Blockchair's dumps → rows of ``staged.transfers``."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.addresses import canonical_address
from transforms.readers.evm_rows import Rows
from transforms.readers.evm_sides import TRANSFERS, Sides, block_numbers, times_of
from transforms.readers.ordinals import Ordinals
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted, one_chunk
from transforms.readers.values import value_columns

_REWARD: Final = "synthetic_coinbase"
_MAX_DECIMALS: Final = 255
# More inputs or outputs than a block has room for.
_MAX_PLACE: Final = 10**7


class EthereumDump:
    """Rows of an Ethereum dump."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._rows = Rows(sides)

    def transactions(self, records: Records) -> Sifted:
        """Transactions with their fees; the block's reward stands among them."""
        records = _with_prefix(records)
        is_reward = np.asarray(pc.equal(one_chunk(records.columns["reward_type"]), _REWARD))
        moved = self._rows.transactions(_with_status(records.where(~is_reward)))
        if not is_reward.any():
            return moved
        paid = self._rewards(replace(records.where(is_reward), malformed=()))
        native, fees = moved.tables[TRANSFERS]
        return Sifted(
            file=records.file,
            count=moved.count + paid.count,
            tables={
                TRANSFERS: [
                    pa.concat_tables([native, *paid.tables[TRANSFERS]], promote_options="default"),
                    fees,
                ]
            },
            rejects=sorted([*moved.rejects, *paid.rejects], key=lambda r: r.line),
            warnings=moved.warnings,
        )

    def token_transfers(self, records: Records) -> Sifted:
        """ERC-20 transfers, and what the dump says of their tokens, under ``tokens``."""
        records = _with_prefix(records)
        found = self._rows.token_transfers(records)
        tokens = (
            records.columns.select(["token_address", "symbol", "decimals"])
            .append_column("line", records.lines)
            .group_by("token_address", use_threads=False)
            .aggregate([("symbol", "first"), ("decimals", "first"), ("line", "first")])
        )
        return replace(found, tables={**found.tables, "tokens": [tokens]})

    def described(self, found: Sifted, said: set[str]) -> Iterator[dict[str, Any]]:
        """``staged.assets`` rows of tokens that no earlier slice named."""
        for tokens in found.tables["tokens"]:
            for token in tokens.to_pylist():
                if row := self._asset(token, found.file):
                    if row["asset"] not in said:
                        yield row
                    said.add(row["asset"])

    def _asset(self, token: dict[str, Any], file: str) -> dict[str, Any] | None:
        try:
            contract = canonical_address(token["token_address"], self._sides.chain)
        except ValueError:
            return None  # its transfers are rejected for it
        decimals = token["decimals_first"].strip()
        is_number = decimals.isascii() and decimals.isdigit() and int(decimals) <= _MAX_DECIMALS
        if contract is None:
            return None
        return {
            "asset": f"{self._sides.chain}:{contract}",
            "chain": self._sides.chain,
            "contract": contract,
            "symbol": token["symbol_first"].strip() or None,
            "decimals": int(decimals) if is_number else None,
            "asset_basis": "export",
            "record_id": f"{file}:{token['line_first']}",
        }

    def _rewards(self, records: Records) -> Sifted:
        s = Sieve(records)
        numbers = s.required("block_number", block_numbers(s, "block_number"))
        facts = self._sides.block_facts(s, numbers)
        receivers = clean.addresses(s.text("to_address"), self._sides.chain)
        rows = {
            **facts,
            "block_date": pc.cast(facts["block_timestamp"], pa.date32()),
            "to_address": s.required("to_address", receivers),
            **value_columns(s.required("value", clean.amounts(s.text("value")))),
            **_constants(
                s,
                chain=self._sides.chain,
                asset=native_asset(self._sides.chain),
                kind="reward",
                # Where traces have them, too; `with_reward_positions` numbers them.
                position_basis="trace",
                is_effective=True,
                is_status_known=True,
                is_exact=True,
                is_fungible=True,
            ),
        }
        return s.sifted({TRANSFERS: [s.kept(rows)]})


def with_reward_positions(found: Sifted, ordinals: Ordinals) -> Sifted:
    """A slice whose rewards are numbered within their block: its own, then those of uncles."""
    rows, *others = found.tables[TRANSFERS]
    is_reward = one_chunk(pc.equal(rows["kind"], "reward"))
    if not pc.any(is_reward).as_py():
        return found
    numbers = pc.cast(one_chunk(rows["block_number"].filter(is_reward)), pa.string())
    keys = pc.binary_join_element_wise("0x", pc.utf8_lpad(numbers, 64, "0"), "")
    place = rows.column_names.index("position")
    filled = pc.replace_with_mask(one_chunk(rows["position"]), is_reward, ordinals.of(keys))
    numbered = rows.set_column(place, "position", filled)
    return replace(found, tables={**found.tables, TRANSFERS: [numbered, *others]})


class UtxoDump:
    """Rows of outputs and inputs of one chain; see ``readers/utxo.py`` for their meaning."""

    def __init__(self, chain: str) -> None:
        self.chain = chain

    def outputs(self, records: Records) -> Sifted:
        """Created outputs: from the transaction, or from nobody where a block is mined."""
        s = Sieve(records)
        owner = s.required("to_address", self._owners(s.text("to_address")))
        is_reward = pc.equal(s.text("is_from_coinbase"), "1")
        hashes = s.required("transaction_hash", _txids(s.text("transaction_hash")))
        nobody = pa.scalar(None, pa.string())
        return self._moved(
            s,
            {
                "transaction_hash": hashes,
                "kind": pc.if_else(is_reward, "reward", "utxo"),
                "from_address": pc.if_else(is_reward, nobody, hashes),
                "to_address": owner,
            },
            "output",
        )

    def inputs(self, records: Records) -> Sifted:
        """Spent outputs: from their owners to the transaction that spends them."""
        s = Sieve(records)
        owner = s.required("from_address", self._owners(s.text("from_address")))
        hashes = s.required("transaction_hash", _txids(s.text("transaction_hash")))
        return self._moved(
            s,
            {
                "transaction_hash": hashes,
                "kind": pa.repeat("utxo", s.size),
                "from_address": owner,
                "to_address": hashes,
            },
            "input",
        )

    def fees(self, records: Records) -> Sifted:
        """What each transaction leaves to the miner; what it moves stands in the other dumps."""
        s = Sieve(records)
        hashes = s.required("transaction_hash", _txids(s.text("transaction_hash")))
        moved = {
            "transaction_hash": hashes,
            "kind": pa.repeat("fee", s.size),
            "from_address": hashes,
            "to_address": pa.nulls(s.size, pa.string()),
            "position": pa.nulls(s.size, pa.int64()),
        }
        return self._moved(s, moved, "transaction")

    def _moved(self, s: Sieve, moved: dict[str, pa.Array], basis: str) -> Sifted:
        times = times_of(s, "block_timestamp")
        if "position" not in moved:
            position = clean.integers(s.text("position"), at_most=_MAX_PLACE)
            moved["position"] = s.required("position", position)
        rows = {
            **moved,
            "block_number": s.required("block_number", block_numbers(s, "block_number")),
            "block_timestamp": times,
            "block_date": pc.cast(times, pa.date32()),
            **value_columns(s.required("value", clean.amounts(s.text("value")))),
            **_constants(
                s,
                chain=self.chain,
                asset=native_asset(self.chain),
                position_basis=basis,
                is_effective=True,
                is_status_known=True,
                is_exact=True,
                is_fungible=True,
            ),
        }
        return s.sifted({TRANSFERS: [s.kept(rows)]})

    def _owners(self, texts: pa.Array) -> clean.Cleaned:
        return clean.addresses(texts, self.chain, self._owner)

    def _owner(self, text: str) -> str | None:
        # A script without an address has a name that Blockchair gives it.
        return (
            text.strip()
            if text.strip().startswith(("d-", "s-", "m-"))
            else canonical_address(text, self.chain)
        )


def _with_status(records: Records) -> Records:
    """``failed`` as the receipt status it is the opposite of."""
    texts = one_chunk(records.columns["receipt_status"])
    status = pc.if_else(pc.equal(texts, "1"), "0", pc.if_else(pc.equal(texts, "0"), "1", texts))
    place = records.columns.column_names.index("receipt_status")
    return replace(records, columns=records.columns.set_column(place, "receipt_status", status))


def _with_prefix(records: Records) -> Records:
    """Addresses and hashes with the 0x that the dump leaves out, all at once."""
    columns = records.columns
    for name in ("hash", "transaction_hash", "token_address", "from_address", "to_address"):
        if name in columns.column_names:
            texts = one_chunk(columns[name])
            is_bare = pc.match_substring_regex(texts, "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")
            whole = pc.binary_join_element_wise("0x", texts, "")
            place = columns.column_names.index(name)
            columns = columns.set_column(place, name, pc.if_else(is_bare, whole, texts))
    return replace(records, columns=columns)


def _constants(s: Sieve, **values: str | bool | int) -> dict[str, pa.Array]:
    return {name: pa.repeat(pa.scalar(value), s.size) for name, value in values.items()}


def _txids(texts: pa.Array) -> clean.Cleaned:
    return clean.each(texts, _txid)


def _txid(text: str) -> str:
    found = text.strip().lower().removeprefix("0x")
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise ValueError(f"expected 64 hex digits, found {text[:80]!r}")
    return found
