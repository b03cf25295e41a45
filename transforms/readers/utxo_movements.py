"""One transaction of bitcoin-etl → its movements, column by column.

In: a transaction's object. Out: what all of its movements share, and per movement its kind, place,
value and owner; see ``utxo.py`` for what a movement is. ``ValueError`` says why a record can't be
taken; its movements are then cut off again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from transforms.clean.bounds import MAX_BLOCK
from transforms.readers.jsonl import sound
from transforms.readers.utxo_fields import (
    MAX_PLACE,
    amount,
    block_time,
    entries,
    is_coinbase,
    is_number,
    txid,
    whole,
)

_NOT_ENRICHED: Final = "inputs without a value: the export is not enriched"
_SEVERAL: Final = "outputs of several addresses, kept as one movement"
_SHIELDED: Final = "movements into or out of a shielded pool"
_NO_ADDRESS: Final = "movements of a script without an address"


@dataclass(slots=True)
class Movements:
    """Movements of a slice while they are collected, as columns."""

    record: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    basis: list[str] = field(default_factory=list)
    position: list[int | None] = field(default_factory=list)
    value: list[str | None] = field(default_factory=list)
    owner: list[str] = field(default_factory=list)  # '' for nobody
    is_spent: list[bool] = field(default_factory=list)

    def add(
        self, record: int, kind: str, place: tuple[str, int | None], value: str | None, owner: str
    ) -> None:
        """Take a movement; ``place`` is the basis of its position and the position."""
        basis, position = place
        self.record.append(record)
        self.kind.append(kind)
        self.basis.append(basis)
        self.position.append(position)
        self.value.append(value)
        self.owner.append(owner)
        self.is_spent.append(basis == "input" or kind == "fee")

    def cut(self, size: int) -> None:
        """Forget what a rejected record added."""
        for column in fields(self):
            del getattr(self, column.name)[size:]


def take_head(found: Mapping[str, Any], head: dict[str, Any]) -> None:
    """What all movements of a transaction share, into ``head``."""
    head["is_coinbase"] = is_coinbase(found)
    number = whole(found, "block_number", MAX_BLOCK)
    if number is None:
        raise ValueError("block_number: is missing")
    head["block_number"] = number
    head["transaction_hash"] = txid(found, "hash")
    if head["transaction_hash"] is None:
        raise ValueError("hash: is missing")
    head["block_hash"] = txid(found, "block_hash")
    head["index"] = whole(found, "index", MAX_PLACE)
    head["block_timestamp"] = block_time(found.get("block_timestamp"))


def take_movements(
    found: Mapping[str, Any],
    head: Mapping[str, Any],
    record: int,
    out: Movements,
    warnings: dict[str, int],
) -> None:
    """Movements of one transaction: what is spent, what is created, the fee."""
    spent: int | None = 0
    created = 0
    inputs, outputs = entries(found, "inputs"), entries(found, "outputs")
    if not inputs and not outputs:
        raise ValueError("neither inputs nor outputs")
    is_negative = str(found.get("fee") or "").startswith("-")
    for place, entry in enumerate(inputs):
        value = amount(entry, "inputs")
        if is_negative and value == "0" and not entry.get("addresses"):
            value = None  # what a table without nulls makes of an input nobody looked up
        owner = _owners(entry, warnings, is_output=False)
        if value is None:
            _count(warnings, _NOT_ENRICHED)
            spent = None
        elif spent is not None:
            spent += int(value)
        out.add(record, "utxo", ("input", _place(entry, place)), value, owner)
    for place, entry in enumerate(outputs):
        value = amount(entry, "outputs")
        if value is None:
            raise ValueError(f"outputs {place}: value is missing")
        owner = _owners(entry, warnings, is_output=True)
        created += int(value)
        kind = "reward" if head["is_coinbase"] else "utxo"
        out.add(record, kind, ("output", _place(entry, place)), value, owner)
    if head["is_coinbase"] or spent is None:
        return
    fee = _fee(found, spent - created)
    if fee > 0:
        out.add(record, "fee", ("transaction", None), str(fee), "")


def _fee(found: Mapping[str, Any], difference: int) -> int:
    """The export's own fee; what is left over where it gives none, or none that is one."""
    text = found.get("fee")
    return int(text) if isinstance(text, str) and is_number(text) else difference


def _owners(entry: Mapping[str, Any], warnings: dict[str, int], *, is_output: bool) -> str:
    """All addresses of an input or output in one text; empty where it has none."""
    addresses = entry.get("addresses") or []
    if not isinstance(addresses, list) or not all(isinstance(a, str) for a in addresses):
        raise ValueError("addresses: expected a list of texts")
    addresses = list(dict.fromkeys(addresses))  # one key may stand in a script twice
    if entry.get("type") == "shielded":
        _count(warnings, _SHIELDED)
    elif not addresses and entry.get("value") not in (None, "", "0"):
        _count(warnings, _NO_ADDRESS)
    elif len(addresses) > 1 and is_output:
        _count(warnings, _SEVERAL)
    return sound("+".join(addresses))


def _place(entry: Mapping[str, Any], place: int) -> int:
    """The entry's own index, else where it stands."""
    given = whole(entry, "index", MAX_PLACE)
    return place if given is None else given


def _count(warnings: dict[str, int], warning: str) -> None:
    warnings[warning] = warnings.get(warning, 0) + 1
