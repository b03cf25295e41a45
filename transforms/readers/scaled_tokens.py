"""Token amounts that an export gives in whole units: base units where the decimals are known.

Explorers and warehouses divide by a token's decimals and do not say by how much. For tokens of the
bundled registry, and where the record itself names the decimals, the amount becomes base units
again, exactly. For any other token it cannot, and no number of decimals is assumed: the amount is
counted in 10^-18 of a whole unit under an asset id of its own, ``<chain>:<contract>@18``, so that
it never adds up with base units of the same token. Its whole amounts are right, and the contract
leads to the token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean import columns as clean
from transforms.clean.amounts import scaled
from transforms.readers.evm_lookup import registered

_ASSUMED: Final = 18
# What a double keeps, at least and at most: a text of so many digits that stops before the last
# unit was probably cut by one.
_DOUBLE_DIGITS: Final = range(15, 18)


@dataclass(frozen=True, slots=True)
class Denomination:
    """What a slice's values are amounts of; no decimals where they are ids of tokens."""

    assets: pa.Array
    is_exact: pa.Array
    decimals: pa.Array | None


def scale_tokens(
    chain: str, contracts: pa.Array, amounts: pa.Array, *, is_double: bool = False
) -> tuple[clean.Cleaned, Denomination]:
    """Amounts in whole units as those of their token; ``is_double`` says that all are rounded."""
    known = registered(chain)
    coded = contracts.dictionary_encode()
    of_contract = pa.array([known.get(c) for c in coded.dictionary.to_pylist()], pa.int64())
    decimals = of_contract.take(coded.indices)
    assets = pc.binary_join_element_wise(pa.scalar(chain), contracts, ":")
    unknown = pc.binary_join_element_wise(assets, pa.scalar(f"@{_ASSUMED}"), "")
    values = pa.nulls(len(amounts), pa.string())
    is_exact = np.zeros(len(amounts), np.bool_)
    faults: dict[int, str] = {}
    decimals = pc.fill_null(decimals, -1)
    for places in pc.unique(decimals).to_pylist():
        rows = np.flatnonzero(np.asarray(pc.equal(decimals, places)))
        taken = amounts.take(pa.array(rows))
        own = _ASSUMED if places < 0 else places
        found = scale(taken, own, is_double=is_double)
        mask = np.zeros(len(amounts), np.bool_)
        mask[rows] = True
        values = pc.replace_with_mask(values, pa.array(mask), found.values)
        faults |= {int(rows[n]): reason for n, reason in found.faults.items()}
        is_exact[rows] = False if is_double else are_exact(taken, own)
    is_unknown = pc.less(decimals, 0)
    return clean.Cleaned(values, faults), Denomination(
        assets=pc.if_else(is_unknown, unknown, assets),
        is_exact=pa.array(is_exact),
        decimals=pc.if_else(is_unknown, _ASSUMED, decimals),
    )


def scale(amounts: pa.Array, decimals: int, *, is_double: bool = False) -> clean.Cleaned:
    """Amounts in whole units as base units; thousands may be set apart by commas."""
    return clean.each(amounts, partial(whole_units, decimals=decimals, may_truncate=is_double))


def are_exact(amounts: pa.Array, decimals: int) -> Sequence[bool]:
    """Which amounts cannot have been cut by a double on their way."""
    return [_is_exact(text, decimals) for text in amounts.to_pylist()]


def described(
    chain: str, rows: pa.Table, symbols: pa.Array, decimals: pa.Array, said: set[str]
) -> pa.Table:
    """``staged.assets`` rows of the assets that no earlier record of the batch described."""
    assets = rows["asset"].combine_chunks().dictionary_encode()
    codes, first = np.unique(assets.indices.to_numpy(), return_index=True)
    named = dict(zip(assets.dictionary.take(pa.array(codes)).to_pylist(), first, strict=True))
    contracts = rows["contract"]
    is_known = registered(chain)
    new = [
        int(row)
        for asset, row in sorted(named.items(), key=lambda item: item[1])
        if asset not in said and contracts[int(row)].as_py() not in is_known
    ]
    said.update(named)
    table = pa.table(
        {
            "asset": rows["asset"],
            "chain": rows["chain"],
            "contract": contracts,
            "symbol": pc.if_else(pc.equal(symbols, ""), pa.scalar(None, pa.string()), symbols),
            "decimals": decimals,
            "asset_basis": pa.repeat("export", rows.num_rows),
            "record_id": rows["record_id"],
        }
    )
    return table.take(pa.array(new, pa.int64()))


def whole_units(text: str, decimals: int, *, may_truncate: bool = False) -> str:
    """Base units of an amount in whole units; thousands may be set apart by commas."""
    text = text.strip()
    whole, point, fraction = text.partition(".")
    if "," in whole:
        first, *groups = whole.split(",")
        if not 0 < len(first) <= 3 or any(len(g) != 3 for g in groups):
            raise ValueError(f"expected commas between thousands, found {text[:60]!r}")
        text = first + "".join(groups) + point + fraction
    return scaled(text, decimals, may_truncate=may_truncate)


def _is_exact(text: str, decimals: int) -> bool:
    mantissa = text.replace(",", "").strip().lower().partition("e")[0]
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).strip("0")
    return len(fraction) >= decimals or len(digits) not in _DOUBLE_DIGITS
