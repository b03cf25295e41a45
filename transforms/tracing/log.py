"""The transfer log of one asset, made ready for an engine, and what an engine hands back.

In: an Arrow table ``seq, from_id, to_id, value, is_fee`` in chain order. Out: a ``Log`` in which
every address is a small number. Two engines read it, ``kernel`` (compiled, amounts as two 64-bit
limbs) and ``exact`` (Python integers of any width); both answer with ``Reach`` and ``Outcome``.

Null addresses stand for nobody: ``from_id`` of a mint or reward, ``to_id`` of a burn, of a fee, or
of a contract creation whose address the export does not tell (booked as burned). A fee row without
a payer is a fee that comes back, as it does in a reversed log.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.tracing.limbs import Limbs, to_limbs, total

NOBODY: Final = -1  # the payer of a mint or reward, the payee of a burn
FEE_SINK: Final = -2  # the payee of every fee
CLEAN: Final = -1  # the origin of money that has none

Longs: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Openings are at most the sum of all values, and so is money that turns tainted at seeds: every
# balance and every total stays below 2^126, a sum of two below 2^127.
KERNEL_BOUND: Final = 2**125


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """One asset's transfers in order; addresses and origins counted from 0."""

    seq: pa.Array  # the caller's, for what is written out
    from_id: pa.Array
    to_id: pa.Array  # null for fees, whoever the row names: the sink receives them
    value: pa.Array
    payer: Codes  # address number or NOBODY
    payee: Codes  # address number, NOBODY or FEE_SINK
    limbs: Limbs | None  # None where the kernel's width is not provably enough
    addresses: Longs  # address number → address id
    service: Flags  # per address number
    seed: Codes  # per address number: its origin number, or CLEAN
    origins: Longs  # origin number → origin id, ascending

    def values(self) -> list[int]:
        """Every amount as a Python integer."""
        return [int(text) for text in self.value.to_pylist()]

    def __len__(self) -> int:
        return len(self.payer)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Who can have been paid by a seed, in time order, and by which transfer first."""

    reached: Flags  # per address number
    arrival: Longs  # per address number: row of the first arrival, -1 for seeds and unreached
    address: Codes  # steps in the order of the log: an arrival that is the first or a shorter one
    origin: Codes
    row: Longs
    hop: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one conserving policy found; amounts are exact decimal text."""

    seeded: int
    held: int  # counted from what lies in the purses
    booked: int  # the same from the books per address and origin
    sunk: int
    burned: int
    fees: int
    tainted: Flags  # per address number: ever received tainted money
    traced: pa.Table  # tables.TRACED, by seq and origin
    balance_address: Codes
    balance_origin: Codes
    balance_amount: pa.Array  # > 0
    step_address: Codes  # in the order of the log, see Reach
    step_origin: Codes
    step_row: Longs
    step_hop: Codes


def prepare(
    transfers: pa.Table, seeds: Mapping[int, int], services: Collection[int], zero_id: int | None
) -> Log:
    """Check the log and number its addresses. Seeds and services that do not occur are left out."""
    seq = _ordered(transfers["seq"])
    text = _amounts(transfers["value"], seq)
    from_id, to_id = (_flat(transfers[name], pa.int64()) for name in ("from_id", "to_id"))
    is_fee = _flat(transfers["is_fee"], pa.bool_())
    fee = is_fee.to_numpy(zero_copy_only=False).astype(np.bool_)
    coded = pa.concat_arrays([from_id, to_id]).dictionary_encode()
    codes = coded.indices.fill_null(NOBODY).to_numpy(zero_copy_only=False)
    addresses = coded.dictionary.to_numpy(zero_copy_only=False)
    zero = -1 if zero_id is None else pc.index(coded.dictionary, zero_id).as_py()
    if zero >= 0:
        codes = np.where(codes == zero, NOBODY, codes)
    payer, payee = np.split(codes, 2)
    payee = np.where(fee & from_id.is_valid().to_numpy(zero_copy_only=False), FEE_SINK, payee)

    service = np.zeros(len(addresses), dtype=np.bool_)
    service[_present(services, coded.dictionary, zero)[0]] = True
    numbers, present = _present(seeds, coded.dictionary, zero)
    kept = ~service[numbers]  # an address that is both is a service: it absorbs and pays clean
    wanted = np.array(list(seeds.values()), dtype=np.int64)[present][kept]
    origins, origin_number = np.unique(wanted, return_inverse=True)
    seed = np.full(len(addresses), CLEAN, dtype=np.int32)
    seed[numbers[kept]] = origin_number

    limbs = to_limbs(text)
    if limbs is not None and total(limbs) >= KERNEL_BOUND:
        limbs = None
    original = transfers["original_seq" if "original_seq" in transfers.column_names else "seq"]
    return Log(
        seq=_flat(original, pa.int64()),
        from_id=from_id,
        to_id=pc.if_else(pa.array(payee == FEE_SINK), pa.scalar(None, pa.int64()), to_id),
        value=text,
        payer=payer.astype(np.int32),
        payee=payee.astype(np.int32),
        limbs=limbs,
        addresses=addresses,
        service=service,
        seed=seed,
        origins=origins,
    )


def reverse(transfers: pa.Table) -> pa.Table:
    """Turn a log round, so that value flows back to its source.

    What is traced over it carries the caller's ``seq`` again, kept in ``original_seq``.
    """
    is_fee = transfers["is_fee"]
    payee = pc.if_else(is_fee, pa.scalar(None, transfers["to_id"].type), transfers["to_id"])
    turned = pa.table(
        {
            "seq": pc.negate(transfers["seq"].cast(pa.int64())),
            "from_id": payee,  # nobody, where the fee sink pays back
            "to_id": transfers["from_id"],
            "value": transfers["value"],
            "is_fee": is_fee,
            "original_seq": transfers["seq"],
        }
    )
    return turned.take(pa.array(np.arange(len(turned) - 1, -1, -1)))


def _flat(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """One array of the wanted type out of a column, whatever its chunks."""
    return pa.concat_arrays([chunk.cast(kind) for chunk in column.chunks] or [pa.array([], kind)])


def _ordered(column: pa.ChunkedArray) -> Longs:
    if column.null_count:
        raise ValueError("transfers: seq holds nulls, expected strictly increasing integers")
    seq: Longs = _flat(column, pa.int64()).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(seq[1:] <= seq[:-1])
    if len(wrong):
        before, found = seq[wrong[0]], seq[wrong[0] + 1]
        raise ValueError(
            f"transfers: seq {found} follows seq {before}, expected strictly increasing keys; "
            "sort by the order key and make it unique"
        )
    return seq


def _amounts(column: pa.ChunkedArray, seq: Longs) -> pa.Array:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ValueError(f"transfers: value is {column.type}, expected exact decimal text")
    text = _flat(column, pa.large_string())  # many millions of amounts are more than 2 GiB of text
    digits = pc.fill_null(pc.ascii_is_decimal(text), False)
    wrong = pc.index(digits, False).as_py()
    if wrong >= 0:
        raise ValueError(
            f"transfer seq {seq[wrong]}: value is {text[wrong].as_py()!r}, "
            "expected digits only; nulls and negative amounts are rejected before tracing"
        )
    return text


def _present(ids: Collection[int], addresses: pa.Array, zero: int) -> tuple[Longs, Flags]:
    """Return the numbers of those ids that occur in the log, and which of the ids they are."""
    found = pc.index_in(pa.array(list(ids), pa.int64()), addresses)
    numbers = found.fill_null(NOBODY).to_numpy(zero_copy_only=False).astype(np.int64)
    present = (numbers >= 0) & (numbers != zero)
    return numbers[present], present
