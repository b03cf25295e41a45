"""CSV files, screened record by record while they stream.

In: a stream of bytes (see ``unpack``). Out: the header, then ``Records``: text columns in which
nothing was guessed, and the malformed records with line and reason. Every slice is first proved
regular (UTF-8, no NUL, quotes where quotes belong, every line the same number of fields); only
then what a fast reader finds in it counts, and its row count is held against the number of line
ends. A slice that is not regular is split line by line: what can be read is, the rest is malformed
one by one. So records = rows + malformed never depends on what a CSV library makes of a broken
file: DuckDB 1.5 drops an over-long line and reads cut gzip in silence, pyarrow joins lines behind
an open quote. Without quotes and carriage returns it can only cut at delimiters and line ends, and
refuses a line of another number of fields: there its own count is the proof.

Blank lines are no records. Line ends may be LF or CRLF, even mixed. A quoted field may span lines;
an opening quote that leads nowhere costs only its own line.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from transforms.errors import InputRefused
from transforms.readers.records import (
    MAX_RECORD_BYTES,
    Lines,
    Malformed,
    Places,
    Records,
    Slice,
    texts_of_lines,
)

_QUOTE = b'"'
# An open quote is looked for this many lines on; longer fields are not seen in tables.
_MAX_LINES = 100


class CsvFile:
    """An open CSV: its ``header``, then slices, each of which ``records`` reads."""

    def __init__(
        self,
        stream: IO[bytes],
        name: str,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
        is_quoted: bool = True,
    ) -> None:
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
            raise InputRefused(f"{name}: a delimiter is one ASCII character, not {delimiter!r}")
        self.name = name
        self.delimiter = delimiter
        # Dumps that are cut at tabs quote nothing: there a quote is a letter like any other.
        self._quote = _QUOTE if is_quoted else None
        self._lines = Lines(stream, name, encoding=encoding, quote=self._quote)
        self.is_empty = self._lines.is_empty
        self.header = () if self.is_empty else self._read_header()

    def slices(self) -> Iterator[Slice]:
        """The file behind its header, in order."""
        return iter(self._lines)

    def records(self, part: Slice, columns: Sequence[str]) -> Records:
        """The named columns of a slice; safe to call from several threads."""
        table = self._table(part, columns)
        if table is None:
            return self._split(part, columns)
        return Records(
            file=self.name,
            columns=table,
            lines=pa.arange(part.line, part.line + part.count),
            malformed=part.malformed,
            texts=texts_of_lines(part.data, range(part.count)),
        )

    def _table(self, part: Slice, columns: Sequence[str]) -> pa.Table | None:
        """The columns of a regular slice; None for any other."""
        data = part.data
        # The reader would take the mark at its beginning for the file's, which is gone already.
        if not data or b"\0" in data or data.startswith(BOM_UTF8) or not _is_text(data):
            return None
        has_quotes = self._quote is not None and self._quote in data
        has_returns = b"\r" in data
        is_plain = not (has_quotes or has_returns)
        if not (is_plain or _is_regular(data, len(self.header), self.delimiter, self._quote)):
            return None
        if has_returns:
            data = data.replace(b"\r\n", b"\n")
        try:
            table = pa_csv.read_csv(
                pa.py_buffer(data),
                pa_csv.ReadOptions(
                    use_threads=False, block_size=len(data) + 1, column_names=list(self.header)
                ),
                pa_csv.ParseOptions(
                    delimiter=self.delimiter, quote_char='"' if has_quotes else False
                ),
                pa_csv.ConvertOptions(
                    check_utf8=False,
                    strings_can_be_null=False,
                    include_columns=list(columns),
                    column_types=dict.fromkeys(columns, pa.string()),
                ),
            )
        except pa.ArrowInvalid:  # a line of another number of fields
            if is_plain:
                return None
            raise
        if table.num_rows == part.count:
            return table
        if is_plain:  # the reader leaves blank lines out
            return None
        raise InputRefused(
            f"{self.name} line {part.line}: expected {part.count} records, the reader found "
            f"{table.num_rows}"
        )

    def _read_header(self) -> tuple[str, ...]:
        line = self._lines.header()
        try:
            names = self._reader([line.decode()])
        except (UnicodeDecodeError, csv.Error, ValueError) as e:
            raise InputRefused(f"{self.name} line 1: expected a CSV header, found {e}") from e
        header = tuple(n.strip() for n in names)
        twice = sorted({n for n in header if header.count(n) > 1})
        if twice:
            raise InputRefused(f"{self.name} line 1: column {twice[0]!r} stands there twice")
        return header

    def _split(self, part: Slice, columns: Sequence[str]) -> Records:
        """Read an irregular slice line by line."""
        csv.field_size_limit(MAX_RECORD_BYTES)
        malformed = list(part.malformed)
        kept: list[tuple[int, str, list[str]]] = []
        lines = part.data.split(b"\n")[:-1] if part.data else []
        at = 0
        while at < len(lines):
            text, fields, taken = self._record(lines, at)
            if isinstance(fields, str):
                malformed.append(Malformed(part.line + at, fields, text))
            elif fields:
                kept.append((part.line + at, text, fields))
            at += taken
        places = [self.header.index(c) for c in columns]
        table = pa.table(
            [pa.array([k[2][p] for k in kept], pa.string()) for p in places], list(columns)
        )
        return Records(
            file=self.name,
            columns=table,
            lines=pa.array([k[0] for k in kept], pa.int64()),
            malformed=malformed,
            texts=[k[1] for k in kept],
        )

    def _record(self, lines: Sequence[bytes], at: int) -> tuple[str, list[str] | str, int]:
        """The record that begins at a line: (text, fields or the reason why not, lines taken).

        No fields stands for a blank line.
        """
        line = lines[at].removesuffix(b"\r")
        text = line.decode("utf-8", "replace")
        if not line:
            return text, [], 1
        if fault := _fault(line):
            return text, fault, 1
        fields = self._fields([text])
        if isinstance(fields, list):
            if len(fields) == len(self.header):
                return text, fields, 1
            return text, f"expected {len(self.header)} fields, found {len(fields)}", 1
        # The quote may close on a later line.
        if self._quote and line.count(self._quote) % 2:
            for end in range(at + 1, min(at + _MAX_LINES, len(lines))):
                if lines[end].count(_QUOTE) % 2 and not any(map(_fault, lines[at : end + 1])):
                    joined = [x.removesuffix(b"\r").decode() for x in lines[at : end + 1]]
                    spanning = self._fields([f"{x}\n" for x in joined])
                    if isinstance(spanning, list) and len(spanning) == len(self.header):
                        return "\n".join(joined), spanning, end + 1 - at
                    break
        return text, fields, 1

    def _fields(self, lines: Sequence[str]) -> list[str] | str:
        try:
            return self._reader(lines)
        except (csv.Error, ValueError) as e:
            return f"quotes do not match: {e}"

    def _reader(self, lines: Sequence[str]) -> list[str]:
        """The one record of some lines."""
        if not self._quote:
            return lines[0].split(self.delimiter)
        (fields,) = csv.reader(lines, delimiter=self.delimiter, strict=True)
        return fields


def _fault(line: bytes) -> str | None:
    """What makes a line no text, or None."""
    if b"\0" in line:
        return "NUL byte in the line"
    if b"\r" in line.removesuffix(b"\r"):
        return "carriage return in the line"
    try:
        line.decode()
    except UnicodeDecodeError as e:
        return f"not UTF-8 at byte {e.start + 1} of the line"
    return None


def _is_regular(data: bytes, width: int, delimiter: str, quote: bytes | None) -> bool:
    """Whether every line of some text is one record of ``width`` fields."""
    values = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(values == ord("\n"))
    separators = np.flatnonzero(values == ord(delimiter))
    if b"\r" in data:
        returns = np.flatnonzero(values == ord("\r"))
        if not (values[returns + 1] == ord("\n")).all():
            return False
    if quote and quote in data:
        quotes = np.flatnonzero(values == quote[0])
        if not _are_matched(values, quotes, ord(delimiter)):
            return False
        if (np.searchsorted(quotes, ends) % 2).any():
            return False
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0]
    if len(separators) != len(ends) * (width - 1):
        return False
    starts = np.concatenate((np.array([-1]), ends[:-1]))
    if width == 1:
        blank = 1 + (b"\r" in data)  # with CRLF a line of one character is split, to be sure
        return bool((ends - starts > blank).all())
    of_line = separators.reshape(len(ends), width - 1)
    return bool((of_line[:, 0] > starts).all() and (of_line[:, -1] < ends).all())


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _are_matched(
    values: "np.ndarray[tuple[int], np.dtype[np.uint8]]", quotes: Places, delimiter: int
) -> bool:
    """Whether quotes only open and close fields or are doubled inside one."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, values[opening - 1], ord("\n"))
    after = values[closing + 1]  # data ends with a line end, so there is one
    opens = (before == delimiter) | (before == ord("\n")) | (before == _QUOTE[0])
    closes = (
        (after == delimiter) | (after == ord("\n")) | (after == ord("\r")) | (after == _QUOTE[0])
    )
    return bool(opens.all() and closes.all())
