"""Withdrawals of stakes, which blocks since Shanghai name: value that the protocol pays out.

In: the ``withdrawals`` column of ethereum-etl's blocks, a JSON list with ``index``, ``address`` and
``amount`` in gwei (CSV exports leave the list's brackets out). Out: rows of kind ``reward``, from
nobody and outside of all transactions. They are placed like block rewards, which ended with the
merge, half a year before withdrawals began; their position is the chain's own number of each.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from transforms.chains import native_asset
from transforms.clean.addresses import canonical_address
from transforms.clean.amounts import base_units
from transforms.readers.sieve import Sieve
from transforms.readers.values import value_columns

_WEI_PER_GWEI: Final = 10**9
# Since 2023 there were about 10^8.
_MAX_INDEX: Final = 10**12


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One withdrawal; ``row`` is its block's place in the slice."""

    row: int
    index: int
    address: str
    value: str


def withdrawals(s: Sieve, chain: str) -> list[Withdrawal]:
    """Withdrawals of a slice's blocks; a block with an unreadable one is refused."""
    found = []
    for row, text in enumerate(s.text_or_empty("withdrawals").to_pylist()):
        if not text or text == "[]":
            continue
        try:
            found += [_withdrawal(row, w, chain) for w in _items(text)]
        except ValueError as e:
            faulty = np.zeros(s.size, np.bool_)
            faulty[row] = True
            s.refuse(faulty, f"withdrawals: {e}")
    return found


def rows_of_withdrawals(paid: Sequence[Withdrawal], blocks: pa.Table, chain: str) -> pa.Table:
    """Rows of the withdrawals whose blocks were kept."""
    places = {row: n for n, row in enumerate(blocks["row"].to_pylist())}
    kept = [w for w in paid if w.row in places]
    of = blocks.take(pa.array([places[w.row] for w in kept], pa.int64()))
    size = len(kept)
    shared = {
        "chain": chain,
        "asset": native_asset(chain),
        "kind": "reward",
        "position_basis": "trace",
        "is_effective": True,
        "is_status_known": True,
        "is_exact": True,
        "is_fungible": True,
    }
    return pa.table(
        {
            "block_number": of["number"],
            "block_timestamp": of["time"],
            "block_date": of["time"].cast(pa.date32()),
            "block_hash": of["hash"],
            "position": pa.array([w.index for w in kept], pa.int64()),
            "to_address": pa.array([w.address for w in kept], pa.string()),
            **value_columns(pa.array([w.value for w in kept], pa.string())),
            **{name: pa.repeat(pa.scalar(value), size) for name, value in shared.items()},
            "record_id": of["record_id"],
        }
    )


def _items(text: str) -> list[Any]:
    found = json.loads(text if text.startswith("[") else f"[{text}]", parse_float=str)
    if not isinstance(found, list):
        raise ValueError("expected a list")  # noqa: TRY004 the caller rejects it as any bad value
    return found


def _withdrawal(row: int, found: Any, chain: str) -> Withdrawal:
    if not isinstance(found, Mapping) or not {"index", "address", "amount"} <= set(found):
        raise ValueError(f"expected index, address and amount, found {str(found)[:80]}")
    address = canonical_address(str(found["address"]), chain)
    index = int(base_units(str(found["index"])))
    if address is None or index > _MAX_INDEX:
        raise ValueError(f"no address or an impossible index in {str(found)[:80]}")
    wei = int(base_units(str(found["amount"]))) * _WEI_PER_GWEI
    return Withdrawal(row, index, address, base_units(str(wei)))
