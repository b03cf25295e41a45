"""Whole columns of text, cleaned at once: what a vector test proves canonical stays as it is.

In: text columns of an export. Out: ``Cleaned``: values, null where the text stands for none, and
the rows whose value was refused, with the reason. The rules are those of ``addresses``, ``amounts``
and ``hashes``; the tests here only recognise text on which those rules change nothing, and every
other value goes through them one by one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS, EVM_ZERO_ADDRESS
from transforms.clean.address_formats import canonical_forms, is_miscased
from transforms.clean.addresses import canonical_address
from transforms.clean.amounts import D38_DIGITS, base_units
from transforms.clean.checksums import are_base58check, are_segwit
from transforms.clean.hashes import hash32

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

# Of an address of mixed case; in one case there is no checksum.
MISCASED = "letter case contradicts the address's checksum (EIP-55): mistyped?"

_HASH_DIGITS, _ADDRESS_DIGITS = 64, 40
_HEX_DIGITS = b"0123456789abcdef"
# int64 holds every number of 18 digits.
_INT_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned column; a row in ``faults`` has no value.

    ``odd`` counts rows that have one and are strange, by what is strange about them.
    """

    values: pa.Array
    faults: Mapping[int, str]
    odd: Mapping[str, int] = field(default_factory=dict)


def addresses(
    texts: pa.Array, chain: str, clean: Callable[[str], str | None] | None = None
) -> Cleaned:
    """Canonical addresses of a chain; ``clean`` reads those that are not proven to be one."""
    clean = clean or partial(canonical_address, chain=chain)
    if chain in CHAINS and CHAINS[chain].family != "evm":
        return each(texts, clean, is_proven=partial(_are_addresses, chain=chain))
    found = _hex(texts, _ADDRESS_DIGITS, clean)
    return replace(found, odd=_miscased(texts)) if found.values is not texts else found


def _miscased(texts: pa.Array) -> dict[str, int]:
    """How many EVM addresses contradict the checksum in their letter case."""
    cased = texts.filter(pc.not_equal(pc.ascii_lower(texts), texts))
    odd = sum(
        of["counts"] for of in pc.value_counts(cased).to_pylist() if is_miscased(of["values"])
    )
    return {MISCASED: odd} if odd else {}


def hashes(texts: pa.Array) -> Cleaned:
    """32-byte hashes."""
    return _hex(texts, _HASH_DIGITS, hash32)


def amounts(texts: pa.Array) -> Cleaned:
    """Amounts in base units, as exact text."""
    lengths = _lengths(texts)
    starts_zero = _first_bytes(texts) == ord("0")
    proven = _are_digits(texts) & (lengths < 78) & ~(starts_zero & (lengths > 1))
    return _where_not(proven, texts, base_units)


def amounts_or_none(texts: pa.Array) -> Cleaned:
    """Amounts in base units; null where the text is empty."""
    is_empty = pc.equal(texts, "")
    if not pc.any(is_empty).as_py():
        return amounts(texts)
    found = amounts(pc.if_else(is_empty, "0", texts))
    return Cleaned(pc.if_else(is_empty, pa.scalar(None, pa.string()), found.values), found.faults)


def integers(texts: pa.Array, *, at_most: int = 10**_INT_DIGITS) -> Cleaned:
    """Whole numbers from 0; null where the text is empty."""
    proven = _are_digits(texts) & (_lengths(texts) <= _INT_DIGITS)
    if proven.all():
        values = pc.cast(texts, pa.int64())
        if not len(values) or pc.max(values).as_py() <= at_most:
            return Cleaned(values, {})
    return each(texts, partial(_integer, at_most=at_most), pa.int64())


def each(
    texts: pa.Array,
    clean: Callable[[str], Any],
    kind: pa.DataType | None = None,
    *,
    is_proven: Callable[[list[str]], Mask] | None = None,
) -> Cleaned:
    """Clean value by value, every distinct text once; what is proven stays as it is."""
    coded = pc.dictionary_encode(texts)
    distinct = coded.dictionary.to_pylist()
    if is_proven is None:
        values, reasons = _apply(distinct, clean)
    else:
        values, rows = distinct, np.flatnonzero(~is_proven(distinct)).tolist()
        others, found_reasons = _apply([distinct[n] for n in rows], clean)
        for n, value in zip(rows, others, strict=True):
            values[n] = value
        reasons = {rows[n]: reason for n, reason in found_reasons.items()}
    found = pa.array(values, kind or pa.string()).take(coded.indices)
    faults = {}
    if reasons:
        refused = np.isin(coded.indices.to_numpy(), list(reasons))
        codes = coded.indices.to_numpy()
        faults = {int(row): reasons[codes[row]] for row in np.flatnonzero(refused)}
    return Cleaned(found, faults)


def d38(values: pa.Array) -> pa.Array:
    """Amounts as DECIMAL(38,0), null where one has more digits."""
    lengths = pc.binary_length(values)
    if len(values) and (pc.max(lengths).as_py() or 0) > D38_DIGITS:
        values = pc.if_else(pc.less_equal(lengths, D38_DIGITS), values, None)
    return pc.cast(values, pa.decimal128(38, 0))


def is_wide(values: pa.Array) -> pa.Array:
    """Whether an amount has more digits than DECIMAL(38,0)."""
    return pc.greater(pc.binary_length(values), D38_DIGITS)


def without_zero_address(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The zero address is nobody: (addresses with null in its place, where it stood)."""
    is_zero = pc.fill_null(pc.equal(values, EVM_ZERO_ADDRESS), False)
    if not pc.any(is_zero).as_py():
        return values, is_zero
    return pc.if_else(is_zero, pa.scalar(None, pa.string()), values), is_zero


def _are_addresses(texts: list[str], chain: str) -> Mask:
    """Which texts are addresses of the chain in canonical spelling, by their checksum."""
    versions, prefix = canonical_forms(chain)
    encoded = [t.encode("utf-8", "replace") for t in texts]
    proven = are_base58check(encoded, versions)
    return proven | are_segwit(encoded, prefix) if prefix else proven


def _integer(text: str, at_most: int) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 4_000:
        raise ValueError(f"expected a whole number, found {text[:60]!r}")
    if int(text) > at_most:
        raise ValueError(f"expected at most {at_most}, found {text[:60]}")
    return int(text)


def _hex(texts: pa.Array, digits: int, clean: Callable[[str], str | None]) -> Cleaned:
    proven = _are_hex(texts, digits)
    if proven.all():
        return Cleaned(texts, {})
    lower = pc.ascii_lower(texts)
    return _where_not(_are_hex(lower, digits), texts, clean, lower)


def _where_not(
    proven: Mask,
    texts: pa.Array,
    clean: Callable[[str], str | None],
    proven_as: pa.Array | None = None,
) -> Cleaned:
    """Clean the rows that are not proven canonical; the others are what ``proven_as`` says."""
    canonical = texts if proven_as is None else proven_as
    if proven.all():
        return Cleaned(canonical, {})
    rows = np.flatnonzero(~proven)
    values, reasons = _apply(texts.take(pa.array(rows)).to_pylist(), clean)
    found = pc.replace_with_mask(canonical, pa.array(~proven), pa.array(values, pa.string()))
    return Cleaned(found, {int(rows[n]): reason for n, reason in reasons.items()})


def _apply(texts: list[str], clean: Callable[[str], Any]) -> tuple[list[Any], dict[int, str]]:
    values: list[Any] = []
    reasons: dict[int, str] = {}
    for n, text in enumerate(texts):
        try:
            values.append(clean(text))
        except ValueError as e:
            values.append(None)
            reasons[n] = str(e)
    return values, reasons


def _are_hex(texts: pa.Array, digits: int) -> Mask:
    """Which texts are ``0x`` and that many lower-case hex digits."""
    width = digits + 2
    has_width: Mask = _lengths(texts) == width
    if not has_width.any():
        return has_width
    if has_width.all():
        return _rows_are_hex(_bytes(texts).reshape(len(texts), width))
    regular = texts.filter(pa.array(has_width))
    has_width[has_width] = _rows_are_hex(_bytes(regular).reshape(len(regular), width))
    return has_width


def _rows_are_hex(rows: Bytes) -> Mask:
    proven: Mask = (rows[:, 0] == ord("0")) & (rows[:, 1] == ord("x"))
    # As many bytes are no digits as there are rows: the x of each.
    if proven.all() and len(rows.tobytes().translate(None, _HEX_DIGITS)) == len(rows):
        return proven
    digits = rows[:, 2:]
    is_hex = ((digits - ord("0")) <= 9) | ((digits - ord("a")) <= 5)
    proven &= is_hex.all(axis=1)
    return proven


def _are_digits(texts: pa.Array) -> Mask:
    """Which texts are decimal digits and at least one."""
    proven: Mask = _lengths(texts) > 0
    wrong = np.flatnonzero((_bytes(texts) - ord("0")) > 9)
    if len(wrong):
        offsets = _offsets(texts)
        proven[np.searchsorted(offsets - offsets[0], wrong, side="right") - 1] = False
    return proven


def _first_bytes(texts: pa.Array) -> Bytes:
    """First byte of each text; 0 for an empty one."""
    first = np.zeros(len(texts), np.uint8)
    filled = _lengths(texts) > 0
    offsets = _offsets(texts)
    first[filled] = _bytes(texts)[(offsets - offsets[0])[:-1][filled]]
    return first


def _offsets(texts: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    if not len(texts):
        return np.zeros(1, np.int32)
    found = np.frombuffer(texts.buffers()[1], np.int32)
    return found[texts.offset : texts.offset + len(texts) + 1]


def _lengths(texts: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    return np.diff(_offsets(texts))


def _bytes(texts: pa.Array) -> Bytes:
    offsets = _offsets(texts)
    data = texts.buffers()[2] if len(texts) else None
    if data is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
