"""Parquet files as records of text columns, like those of a CSV.

In: a Parquet file. Out: ``Records`` whose columns say exactly what the file holds: whole numbers
and decimals as digits, bytes as ``0x`` and hex, instants as unix seconds, nulls as empty texts,
lists with commas. No number passes through a double; where the file itself holds doubles, those
that may be rounded keep an exponent, so that whoever reads amounts refuses or marks them.

Batches are decoded by one thread, which is what Arrow allows, and become text in others.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.errors import InputRefused
from transforms.readers.records import Records, Texts

MAGIC: Final = b"PAR1"
# As many rows as a slice of text has, about.
_BATCH_ROWS = 65_536
# A footer of a table that anybody exports is far smaller.
_MAX_THRIFT = 64 << 20
# Of one column in one batch: 2 KiB a row, where no column that we read has more than 160 bytes.
_MAX_BYTES = 128 << 20
_EXACT_DOUBLE = 2**53
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows; ``row`` is the number of the first one (from 1)."""

    rows: pa.RecordBatch
    row: int


class ParquetRecords:
    """An open Parquet file: its ``header``, then batches, each of which ``records`` reads."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.name = name
        self.is_empty = False
        try:
            self._file = pq.ParquetFile(
                _seekable(stream),
                pre_buffer=False,  # else all row groups ahead are held in memory
                thrift_string_size_limit=_MAX_THRIFT,
                thrift_container_size_limit=_MAX_THRIFT,
            )
            self.header = tuple(self._file.schema_arrow.names)
        except (pa.ArrowException, OSError) as e:
            raise _broken(name, e) from e
        twice = sorted({n for n in self.header if self.header.count(n) > 1})
        if twice:
            raise InputRefused(f"{name}: column {twice[0]!r} stands there twice")

    def slices(self, columns: Sequence[str]) -> Iterator[_Batch]:
        """The named columns of the file, in order."""
        row = 1
        try:
            for rows in self._file.iter_batches(_BATCH_ROWS, columns=list(columns)):
                yield _Batch(rows, row)
                row += rows.num_rows
        except (pa.ArrowException, OSError) as e:
            raise _broken(self.name, e) from e
        if row - 1 != self._file.metadata.num_rows:
            raise InputRefused(
                f"{self.name}: the footer counts {self._file.metadata.num_rows} rows, the reader "
                f"found {row - 1}"
            )

    def records(self, part: _Batch, columns: Sequence[str]) -> Records:
        """The named columns of a batch as text; safe to call from several threads."""
        try:
            texts = [_text(part.rows.column(c), f"{self.name}: {c}") for c in columns]
        except (pa.ArrowException, UnicodeDecodeError) as e:  # a schema with broken names of types
            raise _broken(self.name, e) from e
        return Records(
            file=self.name,
            columns=pa.table(texts, list(columns)),
            lines=pa.arange(part.row, part.row + part.rows.num_rows),
            texts=Texts(part.rows.num_rows, lambda row: _line(part.rows, row)),
        )


def _seekable(stream: IO[bytes]) -> IO[bytes]:
    """The stream itself, or its bytes in a temporary file where it comes out of an archive."""
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        stream.seek(0)
        return stream
    spooled = tempfile.TemporaryFile()  # noqa: SIM115 the Parquet reader closes it
    shutil.copyfileobj(stream, spooled, 1 << 20)
    spooled.seek(0)
    return spooled


def _broken(name: str, e: Exception) -> InputRefused:
    return InputRefused(f"{name}: expected a whole Parquet file, found: {e}")


def _line(rows: pa.RecordBatch, row: int) -> str:
    """A record as people can read it."""
    found = rows.slice(row, 1).to_pylist()[0]
    return json.dumps(found, ensure_ascii=False, default=_shown)


def _shown(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _text(column: pa.Array, what: str) -> pa.Array:
    """A column as text, empty where it is null."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    for is_kind, work in _KINDS:
        if is_kind(column.type):
            return pc.fill_null(work(column), "")
    raise InputRefused(f"{what}: expected text, numbers or bytes, found {column.type}")


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string())


def _utf8(column: pa.Array) -> pa.Array:
    """Text; bytes that are no UTF-8 are spelled out, and no column but a name can hold them."""
    texts = _plain(column)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        found = texts.cast(pa.binary()).to_pylist()
        texts = pa.array([v and v.decode("utf-8", "backslashreplace") for v in found], pa.string())
    return texts


def _digits_of_decimal(column: pa.Array) -> pa.Array:
    """Whole decimals as digits alone; Arrow itself would write 0E-9."""
    if column.type.scale <= 0:
        return _plain(column)
    whole = pa.decimal256(76, 0) if pa.types.is_decimal256(column.type) else pa.decimal128(38, 0)
    try:
        return _plain(column.cast(whole))
    except pa.ArrowInvalid:  # a fraction among them, or digits in front of it that do not fit
        texts = [None if v is None else f"{v:f}" for v in column.to_pylist()]
        return pa.array([t and _without_zeros(t) for t in texts], pa.string())


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def hex_text(column: pa.Array) -> pa.Array:
    """Bytes as ``0x`` and hex."""
    if not pa.types.is_binary(column.type):
        column = column.cast(pa.binary())
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    if lengths.sum(dtype=np.int64) > _MAX_BYTES:
        raise InputRefused(f"expected addresses, hashes or words, found {lengths.max()} bytes")
    filled = pc.fill_null(column, b"")
    ends = np.cumsum(lengths * 2 + 2, dtype=np.int32)
    offsets = np.concatenate((np.zeros(1, np.int32), ends))
    text = np.empty(int(offsets[-1]), np.uint8)
    starts = offsets[:-1]
    is_digit = np.ones(len(text), np.bool_)
    is_digit[starts] = is_digit[starts + 1] = False
    text[starts], text[starts + 1] = ord("0"), ord("x")
    start = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset] if len(filled) else 0
    data = filled.buffers()[2] if len(filled) else None
    raw = np.frombuffer(data, np.uint8)[start : start + int(lengths.sum())] if data else text[:0]
    digits = np.empty(len(raw) * 2, np.uint8)
    digits[0::2], digits[1::2] = _HEX[raw >> 4], _HEX[raw & 15]
    text[is_digit] = digits
    found = pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(text))
    return pc.if_else(column.is_valid(), found, pa.scalar(None, pa.string()))


def _seconds(column: pa.Array) -> pa.Array:
    """Instants as unix seconds; a fraction stays one, and whoever reads it refuses it."""
    try:
        return _plain(column.cast(pa.timestamp("s", column.type.tz)).cast(pa.int64()))
    except pa.ArrowInvalid:
        return _plain(column.cast(pa.timestamp("ns", column.type.tz)))


def _joined(column: pa.Array) -> pa.Array:
    return pa.array([_list(items) for items in column.to_pylist()], pa.string())


def _list(items: list[Any] | None) -> str | None:
    if items is None:
        return None
    if any(isinstance(i, dict | list) for i in items):
        return json.dumps(items, ensure_ascii=False, default=_shown)
    return ",".join("" if i is None else _shown(i) for i in items)


def _doubles(column: pa.Array) -> pa.Array:
    """Whole doubles below 2^53 as digits; all others with an exponent, as the rounded they are."""
    texts = [None if v is None else _double(v) for v in column.to_pylist()]
    return pa.array(texts, pa.string())


def _double(value: float) -> str:
    if value.is_integer() and abs(value) < _EXACT_DOUBLE:
        return str(int(value))
    return f"{value:.16e}"


def _lower(column: pa.Array) -> pa.Array:
    return pc.if_else(column, "true", "false")


_KINDS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]], ...]] = (
    (pa.types.is_string, _utf8),
    (pa.types.is_large_string, _utf8),
    (pa.types.is_string_view, _utf8),
    (pa.types.is_boolean, _lower),
    (pa.types.is_integer, _plain),
    (pa.types.is_decimal, _digits_of_decimal),
    (pa.types.is_floating, _doubles),
    (pa.types.is_timestamp, _seconds),
    (pa.types.is_date, _plain),
    (pa.types.is_binary, hex_text),
    (pa.types.is_large_binary, hex_text),
    (pa.types.is_binary_view, hex_text),
    (pa.types.is_fixed_size_binary, hex_text),
    (pa.types.is_list, _joined),
    (pa.types.is_large_list, _joined),
    (pa.types.is_null, _plain),
)
