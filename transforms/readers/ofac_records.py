"""Lines of OFAC's CSV files as records, each good or faulty by itself.

No field holds a line end in any version, so a line is a record: an open quote spoils one record
and never swallows those behind it. The publisher closes a file with 0x1A.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from transforms.errors import InputRefused
from transforms.readers.packed import READ_BYTES, plain
from transforms.sources.base import RawFile

_END_MARK = b"\x1a"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The longest real line is 7 kB; what is longer than this is not a record.
_LINE_LIMIT = 1 << 20


@dataclass(slots=True)  # not frozen: a run of many snapshots makes millions of them
class Record:
    """One line of a file: its cells, or why it is no record."""

    line: int
    cells: list[str]
    raw: str
    fault: str | None = None


@contextmanager
def opened(file: RawFile) -> Iterator[IO[bytes]]:
    """A file's plain bytes, whether it came packed or not."""
    with (
        file.path.open("rb") as received,
        io.BufferedReader(plain(received, file.name), READ_BYTES) as f,
    ):
        yield f


def has_end_mark(file: RawFile) -> bool:
    """Whether the file ends with the publisher's 0x1A."""
    end = b""
    with opened(file) as f:
        while block := f.read(READ_BYTES):
            end = (end + block)[-16:]
    return _END_MARK in end


def records(
    source: str,
    file: RawFile,
    width: int | None,
    known: dict[bytes, Record] | None = None,
) -> Iterator[Record]:
    """Every line but the end mark; ``width`` columns are expected where it is given.

    ``InputRefused`` at the end where the file is cut: only then does it count as read. ``known``
    are sound lines of files of the same width that were read before, and grows by this file's.
    """
    with opened(file) as f:
        for number, line in _lines(f):
            if line.startswith(_END_MARK):
                if line.strip(b"\x1a\r\n ") or f.read(1):
                    raise InputRefused(
                        f"{source} {file.name} line {number}: expected nothing behind the end "
                        "mark 0x1A, found more"
                    )
                return
            if not line.strip():
                continue
            if known is not None and (seen := known.get(line)) is not None:
                record = Record(number, seen.cells, seen.raw)
            else:
                record = _record(number, line, width)
                if known is not None and number > 1 and not record.fault:
                    known[line] = record
            yield record
            is_whole = not record.fault and line.rstrip().endswith((b'"', b"-0-"))
            if width is not None and not line.endswith(b"\n") and not is_whole:
                raise InputRefused(
                    f"{source} {file.name} line {number}: expected a whole record, a line end and "
                    "the end mark 0x1A, found the end of the file: it is cut"
                )


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; of one above the limit only its beginning is kept."""
    number = 0
    while line := file.readline(_LINE_LIMIT):
        number += 1
        rest = line
        while len(rest) == _LINE_LIMIT and not rest.endswith(b"\n"):
            rest = file.readline(_LINE_LIMIT)
        whole = line if rest is line else line[:-1] + rest[-1:]
        yield number, whole.removeprefix(_BYTE_ORDER_MARK) if number == 1 else whole


def _record(number: int, line: bytes, width: int | None) -> Record:
    if len(line) >= _LINE_LIMIT:
        return Record(number, [], line[:4_000].decode("utf-8", "replace"), "line above 1 MiB")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as e:
        shown = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
        return Record(number, [], shown, f"byte {line[e.start]:#04x} is not UTF-8")
    if "\0" in text:
        return Record(number, [], text.replace("\0", "\\0"), "NUL in the line")
    try:
        (cells,) = csv.reader((text,), strict=True)
    except csv.Error as e:
        return Record(number, [], text, f"not a CSV record: {e}")
    if width is not None and len(cells) != width:
        return Record(number, cells, text, f"{len(cells)} columns instead of {width}")
    return Record(number, cells, text)
