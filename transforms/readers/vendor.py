"""What vendors' exports of transfers have in common: amounts, times, hashes, and rows made of them.

Work on whole columns of a ``Sieve``; what cannot be read costs its record, with the reason.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean import columns as clean
from transforms.clean.amounts import scaled
from transforms.clean.bounds import END_OF_TIME, FIRST_TIME, MAX_BLOCK
from transforms.errors import InputRefused
from transforms.readers.forms import Form, Part, readable_parts
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted, deliver
from transforms.readers.values import value_columns
from transforms.sources.base import RawSet
from transforms.sources.batch import Batch

TRANSFERS: Final = "staged.transfers"
ASSETS: Final = "staged.assets"
TIMESTAMP: Final = pa.timestamp("us", "UTC")
# Places in a transaction; far more than any transaction holds.
MAX_PLACE: Final = 10**12

_HASH = re.compile(r"(?:0[xX])?([0-9a-fA-F]{64})").fullmatch
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
# Seconds since 1970 have ten digits until 2286; thirteen are milliseconds.
_MILLISECONDS: Final = 10**11
_TIME_FORMATS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S")


class Assets:
    """Tokens an export describes on the way: each once, the first description stays."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def take(self, rows: pa.Table) -> None:
        """Take ``asset``, ``chain``, ``contract``, ``symbol``, ``decimals`` of some rows."""
        if not rows.num_rows or "decimals" not in rows.column_names:
            return
        names = ["asset", "chain", "contract", "symbol", "decimals"]
        names += [n for n in ("total_supply",) if n in rows.column_names]
        distinct = rows.select([*names, "record_id"]).group_by(names, use_threads=False)
        for row in distinct.aggregate([("record_id", "min")]).to_pylist():
            is_told = row["contract"] is not None and row["decimals"] is not None
            if is_told and row["asset"] not in self._found:
                where = row.pop("record_id_min")
                self._found[row["asset"]] = {**row, "asset_basis": "export", "record_id": where}

    def stage(self, batch: Batch) -> None:
        """Stage what was found, in a fixed order."""
        for asset in sorted(self._found):
            batch.add(ASSETS, self._found[asset])


def movements(s: Sieve, **columns: Any) -> pa.Table:
    """Rows of ``staged.transfers`` of a slice; a plain value holds for all of them."""
    made = {name: _column(value, s.size) for name, value in columns.items()}
    times = made.get("block_timestamp")
    if times is not None:
        made["block_date"] = pc.cast(times, pa.date32())
    made |= value_columns(made["value"])
    defaults: Mapping[str, Any] = {"is_effective": True, "is_exact": True}
    for name, value in defaults.items():
        made.setdefault(name, _column(value, s.size))
    return s.kept(made)


def _column(value: Any, size: int) -> pa.Array:
    if isinstance(value, pa.ChunkedArray):
        return value.combine_chunks()
    if isinstance(value, pa.Array):
        return value
    return pa.repeat(pa.scalar(value), size)


def sifted(s: Sieve, assets: Assets | None, *parts: pa.Table) -> Sifted:
    """A slice's outcome; descriptions of tokens go to ``assets``, not into the rows."""
    kept = []
    for rows in parts:
        if assets is not None:
            assets.take(rows)
        kept.append(
            rows.drop_columns([c for c in ("symbol", "decimals") if c in rows.column_names])
        )
    return s.sifted({TRANSFERS: kept})


def amounts(
    s: Sieve, column: str, decimals: pa.Array | int, *, missing: str | None = None
) -> pa.Array:
    """Base units of amounts that are given in whole units; separators of thousands may stand.

    ``missing`` is what an empty field means; without it, it costs its record.
    """
    if isinstance(decimals, int):
        decimals = pa.repeat(decimals, s.size)
    given = s.text(column)
    if missing is not None:
        given = pc.if_else(pc.equal(pc.utf8_trim_whitespace(given), ""), missing, given)
    texts = pc.binary_join_element_wise(
        given, pc.fill_null(pc.cast(decimals, pa.string()), ""), " "
    )
    return s.required(column, clean.each(texts, _scaled))


def _scaled(text: str) -> str:
    amount, _, decimals = text.rpartition(" ")
    if not decimals:
        raise ValueError("the token's decimals are not known; add a list of tokens")
    return scaled(amount.replace(",", ""), int(decimals))


def numbers(s: Sieve, column: str, at_most: int = MAX_PLACE) -> pa.Array:
    """Whole numbers, null where the file has none."""
    return s.optional(column, clean.integers(s.text_or_empty(column), at_most=at_most))


def blocks(s: Sieve, column: str) -> pa.Array:
    """Block numbers; required."""
    return s.required(column, clean.integers(s.text(column), at_most=MAX_BLOCK))


def hashes(s: Sieve, column: str) -> pa.Array:
    """Transaction hashes of 64 lower-case hex digits without 0x; required."""
    texts = s.text(column)
    if pc.all(pc.match_substring_regex(texts, "^[0-9a-f]{64}$")).as_py():
        return texts
    return s.required(column, clean.each(texts, _hash))


def _hash(text: str) -> str | None:
    text = text.strip()
    if not text:
        return None
    found = _HASH(text)
    if not found:
        raise ValueError(f"expected a hash of 64 hex digits, found {text[:80]!r}")
    return found[1].lower()


def times(s: Sieve, column: str) -> pa.Array:
    """Instants: seconds or milliseconds since 1970, or UTC as text; null where there is none."""
    return s.optional(column, clean.each(s.text_or_empty(column), _time, TIMESTAMP))


def _time(text: str) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    found = _instant(text)
    if found is None or not FIRST_TIME <= found < END_OF_TIME:
        raise ValueError(f"expected a time between 2009 and 2040, found {text[:40]!r}")
    return found


def _instant(text: str) -> datetime | None:
    if text.isascii() and text.isdigit() and len(text) <= 14:
        whole = int(text)
        seconds, rest = divmod(whole, 1000) if whole >= _MILLISECONDS else (whole, 0)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    try:
        found = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        found = None
        for form in _TIME_FORMATS:
            try:
                found = datetime.strptime(text, form)  # noqa: DTZ007 the site writes UTC
            except ValueError:
                continue
            break
    if found is None:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def booleans(s: Sieve, column: str) -> pa.Array:
    """Words for yes and no; null where there is none."""
    return s.optional(column, clean.each(s.text_or_empty(column), _boolean, pa.bool_()))


def _boolean(text: str) -> bool | None:
    word = text.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise ValueError(f"expected true or false, found {text[:40]!r}")
    return None


def texts(s: Sieve, column: str) -> pa.Array:
    """Texts without blanks around them; null where there is none."""
    found = pc.utf8_trim_whitespace(s.text_or_empty(column))
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def is_first(rows: pa.Table, column: str = "transaction_hash") -> pa.Array:
    """True where a row's transaction is another than that of the row before."""
    coded = rows[column].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    return pa.array(np.diff(coded, prepend=-2) != 0)


def of(records: Records) -> Sieve:
    """A slice on its way."""
    return Sieve(records)


Work = Callable[[Records], Sifted]


class Files:
    """The files of a batch by their forms, in the order of their names."""

    def __init__(
        self, raw: RawSet, batch: Batch, forms: Sequence[Form], lists: tuple[str, ...] = ()
    ) -> None:
        self._batch = batch
        self.parts, empty = readable_parts(raw, batch, forms, lists)
        for file in empty:
            reason = f"{file.name}: 0 bytes; an export without rows can't be told from a failed one"
            if len(raw.files) == 1:
                raise InputRefused(reason)
            batch.refuse(reason, file=file.name)
        if not self.parts:
            raise InputRefused("none of the files can be read")

    def has(self, *forms: str) -> bool:
        """Whether a file of one of the forms was received."""
        return any(p.form.name in forms for p in self.parts)

    def read(self, form: str, work: Work, take: Callable[[Sifted], None] | None = None) -> None:
        """Stage the files of a form, or hand their slices to ``take`` as side files."""
        for part in self.parts:
            if part.form.name == form:
                self.read_part(part, work, take)

    def read_part(
        self, part: Part, work: Work, take: Callable[[Sifted], None] | None = None
    ) -> None:
        """As ``read``, one file."""
        for found in part.sifted(work):
            deliver(found, self._batch, is_main=take is None)
            if take is not None:
                take(found)
