"""Records of bitcoin-etl → movements through the transaction, rows of ``staged.transfers``.

A transaction of a Bitcoin-like chain pays from many to many: nothing says which input paid which
output. Each spent output is a movement from its owner to the transaction, each created output one
from the transaction to its owner, and the fee one from the transaction to nobody. The account in
the middle has the transaction's hash as its address and is empty before and afterwards, so amounts
are conserved and never multiplied. A coinbase's outputs are rewards, from nobody.

What the export does not know stays unknown. Inputs have no value before bitcoin-etl enriched them;
such rows have a null value and are not effective. A negative fee then means "not known". Value that
enters or leaves Zcash's shielded pools has nobody on the other side. An output of several addresses
(bare multisig) stays one movement, to all of them joined by ``+``; ``nonstandard…`` is what
bitcoin-etl calls a script without an address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.addresses import canonical_address
from transforms.clean.bounds import MAX_BLOCK
from transforms.readers.jsonl import Found
from transforms.readers.records import Malformed
from transforms.readers.utxo_fields import MAX_PLACE, whole
from transforms.readers.utxo_movements import Movements, take_head, take_movements

TRANSFERS: Final = "staged.transfers"

_NON_STANDARD = re.compile(r"nonstandard[0-9a-f]{40}").fullmatch
_TIMESTAMP = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Transactions:
    """A slice's transactions as movements, in the file's order.

    ``rows`` has, beside the columns of transfers, ``first`` (true on the first movement of each
    record). ``numbers`` has one row per record that names a block: its block, its place among the
    slice's records of that block, and whether those begin with the block's coinbase.
    """

    count: int
    rows: pa.Table
    numbers: pa.Table
    rejects: Sequence[Malformed]
    warnings: Mapping[str, int]
    declared: Mapping[int, int]  # block → transactions, from block records


def is_transaction(found: Mapping[str, Any]) -> bool:
    """Whether an object is a transaction of bitcoin-etl."""
    return "inputs" in found and "outputs" in found and "block_number" in found


def is_block(found: Mapping[str, Any]) -> bool:
    """Whether an object is a block of bitcoin-etl."""
    return "merkle_root" in found and "number" in found


def chain_addresses(found: Mapping[str, Any]) -> list[str]:
    """Addresses that a transaction names; anything odd is left to the reader."""
    sides = [found.get("outputs"), found.get("inputs")]
    entries = [e for s in sides if isinstance(s, list) for e in s if isinstance(e, dict)]
    lists = [e.get("addresses") for e in entries]
    return [a for x in lists if isinstance(x, list) for a in x if isinstance(a, str)]


class Reader:
    """Slices of a file → transactions; safe to call from several threads."""

    def __init__(self, chain: str) -> None:
        self.chain = chain

    def read(
        self, name: str, objects: Sequence[Found], malformed: Sequence[Malformed]
    ) -> Transactions:
        """Movements of a slice's objects; a record leaves whole or not at all."""
        movements = Movements()
        rejects = list(malformed)
        heads: list[dict[str, Any]] = []
        warnings: dict[str, int] = {}
        declared: dict[int, int] = {}
        lines: list[int] = []
        texts: list[str] = []
        for line, text, found in objects:
            if not is_transaction(found) and is_block(found):
                _declare(found, declared)
                continue
            size = len(movements.record)
            heads.append(head := {"block_number": None, "is_coinbase": False})
            lines.append(line)
            texts.append(text)
            try:
                take_head(found, head)
                take_movements(found, head, len(heads) - 1, movements, warnings)
            except ValueError as e:
                movements.cut(size)
                rejects.append(Malformed(line, str(e), text))
        rows, faults = self._rows(name, movements, heads, lines)
        rejects += [Malformed(lines[n], reason, texts[n]) for n, reason in faults.items()]
        rejects.sort(key=lambda r: r.line)
        return Transactions(
            count=len(heads) + len(malformed),
            rows=rows,
            numbers=_numbers(heads, lines),
            rejects=rejects,
            warnings=warnings,
            declared=declared,
        )

    def _rows(
        self, name: str, m: Movements, heads: Sequence[Mapping[str, Any]], lines: Sequence[int]
    ) -> tuple[pa.Table, Mapping[int, str]]:
        record = np.array(m.record, np.int64)
        values = pa.array(m.value, pa.string())
        known = clean.amounts(pc.fill_null(values, "0"))
        owners = clean.addresses(pa.array(m.owner, pa.string()), self.chain, self._owner)
        faults: dict[int, str] = {}
        for what, cleaned in (("addresses", owners), ("value", known)):
            for row, reason in cleaned.faults.items():
                faults.setdefault(int(record[row]), f"{what}: {reason}")
        value = pc.if_else(values.is_valid(), known.values, pa.scalar(None, pa.string()))
        of = pa.array(record)

        def head(key: str, kind: pa.DataType) -> pa.Array:
            return pa.array([h.get(key) for h in heads], kind).take(of)

        is_spent = pa.array(m.is_spent, pa.bool_())
        kinds = pa.array(m.kind, pa.string())
        is_fee = pc.equal(kinds, "fee")
        account = head("transaction_hash", pa.string())
        nobody = pa.scalar(None, pa.string())
        payer = pc.if_else(is_fee, account, pc.if_else(is_spent, owners.values, account))
        payee = pc.if_else(is_fee, nobody, pc.if_else(is_spent, account, owners.values))
        times = head("block_timestamp", _TIMESTAMP)
        columns = {
            "chain": pa.repeat(self.chain, len(record)),
            "asset": pa.repeat(native_asset(self.chain), len(record)),
            "block_number": head("block_number", pa.int64()),
            "block_timestamp": times,
            "block_date": pc.cast(times, pa.date32()),
            "block_hash": head("block_hash", pa.string()),
            "transaction_hash": account,
            "transaction_index": head("index", pa.int64()),
            "position": pa.array(m.position, pa.int64()),
            "position_basis": pa.array(m.basis, pa.string()),
            "kind": kinds,
            "from_address": pc.if_else(pc.equal(kinds, "reward"), nobody, payer),
            "to_address": payee,
            "value": value,
            "value_d38": clean.d38(value),
            "has_wide_value": clean.is_wide(value),
            "is_effective": value.is_valid(),
            "is_status_known": pa.repeat(pa.scalar(True), len(record)),
            "is_exact": value.is_valid(),
            "is_fungible": pa.repeat(pa.scalar(True), len(record)),
            "record_id": pc.binary_join_element_wise(
                pa.scalar(name), pc.cast(pa.array(lines, pa.int64()).take(of), pa.string()), ":"
            ),
            "first": pa.array(np.diff(record, prepend=-1) != 0),
            "record": of,
        }
        rows = pa.table(columns)
        if faults:
            rows = rows.filter(pa.array(~np.isin(record, list(faults))))
        return rows, faults

    def _owner(self, text: str) -> str | None:
        if not text:
            return None
        return "+".join(self._address(part) for part in text.split("+"))

    def _address(self, text: str) -> str:
        if _NON_STANDARD(text):
            return text
        found = canonical_address(text, self.chain)
        if found is None:
            raise ValueError("an address is empty")
        return found


def _declare(found: Mapping[str, Any], declared: dict[int, int]) -> None:
    """Take a block's own count of its transactions."""
    try:
        number = whole(found, "number", MAX_BLOCK)
        count = whole(found, "transaction_count", MAX_PLACE)
    except ValueError:
        return
    if number is not None and count is not None:
        declared[number] = count


def _numbers(heads: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> pa.Table:
    """Where each record stands among the slice's records of its block."""
    blocks: list[int] = []
    places: list[int] = []
    begins: list[bool] = []
    for head in heads:
        block = head["block_number"]
        block = -1 if block is None else block
        is_next = bool(blocks) and blocks[-1] == block
        places.append(places[-1] + 1 if is_next else 0)
        begins.append(begins[-1] if is_next else head["is_coinbase"])
        blocks.append(block)
    return pa.table(
        {
            "block": pa.array(blocks, pa.int64()),
            "place": pa.array(places, pa.int64()),
            "begins": pa.array(begins, pa.bool_()),
            "line": pa.array(lines, pa.int64()),
        }
    )
