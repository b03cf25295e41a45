"""Records of a text file in slices, and slices through several threads in file order.

A file is cut into slices at line ends by one thread, which is cheap; slices become ``Records`` in
others. Whoever consumes them gets them in the file's order, so the same file always gives the same
rows in the same order, whatever the number of threads. Memory holds a handful of slices.
"""

import codecs
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import IO, TypeVar, overload

import numpy as np
import pyarrow as pa

from transforms.errors import InputRefused

# Large enough that the cost per slice vanishes, small enough that a few stay in the cache.
SLICE_BYTES = 4 << 20
# No record comes near: a block's gas limit keeps a transaction's input below 1 MiB of hex.
MAX_RECORD_BYTES = 4 << 20
# A rejected record's text is kept for the person who mends the file.
RAW_LIMIT = 4_000
_WORKERS = 2
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEADER_BYTES = 1 << 16

# Places in a slice's bytes.
Places = np.ndarray[tuple[int], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that could not be read as one."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole lines of a file: how many, the number of the first one (from 1), where it begins."""

    data: bytes
    line: int
    count: int
    malformed: tuple[Malformed, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a slice: one text column per column of the file, and where each stood.

    ``texts`` are the records as received. ``names`` says what the file calls a column that was
    renamed.
    """

    file: str
    columns: pa.Table
    lines: pa.Array
    malformed: Sequence[Malformed] = ()
    texts: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Records found in the slice, malformed ones included."""
        return int(self.columns.num_rows) + len(self.malformed)

    def raw(self, row: int) -> str:
        """Text of a record as received, at most ``RAW_LIMIT`` characters."""
        return self.texts[row][:RAW_LIMIT]

    def where(self, mask: Mask) -> "Records":
        """The marked records, and every malformed one."""
        rows = np.flatnonzero(mask)
        kept = pa.array(rows)
        return replace(
            self,
            columns=self.columns.take(kept),
            lines=self.lines.take(kept),
            texts=Texts(len(rows), lambda row: self.raw(int(rows[row]))),
        )


class Texts(Sequence[str]):
    """Records as text, made when one is asked for: only rejected ones are."""

    def __init__(self, size: int, read: Callable[[int], str]) -> None:
        self._size = size
        self._read = read

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self._read(n) for n in range(*row.indices(self._size))]
        return self._read(row)


def texts_of_lines(data: bytes, lines: Sequence[int] | Places, *, without: str = "\r") -> Texts:
    """Records that are one line each, the lines counted from 0; ``without`` is no part of them."""

    @cache
    def ends() -> Places:
        return np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))

    def read(row: int) -> str:
        line = lines[row]
        start = int(ends()[line - 1]) + 1 if line else 0
        text = data[start : int(ends()[line])][: 4 * RAW_LIMIT]
        return text.decode("utf-8", "replace").rstrip(without)

    return Texts(len(lines), read)


class Lines:
    """A text file as slices of whole lines; its first line may be taken as a header first.

    ``is_empty`` tells a file of 0 bytes. With ``quote`` a slice is not cut inside a quoted field
    that spans lines, as long as it ends within ``MAX_RECORD_BYTES``.
    """

    def __init__(
        self, stream: IO[bytes], name: str, *, encoding: str = "utf-8", quote: bytes | None = None
    ) -> None:
        self.name = name
        self._quote = quote
        self._stream = stream if _is_utf8(encoding) else Transcoded(stream, name, encoding)
        self._rest = self._stream.read(_HEADER_BYTES)
        self._line = 1
        self.is_empty = not self._rest
        if _is_utf8(encoding) and self._rest.startswith(_UTF16):
            raise InputRefused(f"{name}: expected UTF-8 text, found UTF-16; save it as UTF-8")
        self._rest = self._rest.removeprefix(codecs.BOM_UTF8)

    def header(self) -> bytes:
        """Take the first line, without its end."""
        first, _, rest = self._rest.partition(b"\n")
        if len(first) == _HEADER_BYTES:
            raise InputRefused(
                f"{self.name} line 1: expected a header, found no line end in 64 KiB"
            )
        self._rest = rest
        self._line += 1
        return first.removesuffix(b"\r")

    def peek(self) -> bytes:
        """The first line, which stays where it is."""
        while b"\n" not in self._rest and len(self._rest) <= MAX_RECORD_BYTES:
            data = self._stream.read(_HEADER_BYTES)
            if not data:
                break
            self._rest += data
        return self._rest.partition(b"\n")[0]

    def __iter__(self) -> Iterator[Slice]:
        rest, line, at = self._rest, self._line, 0
        while data := self._stream.read(SLICE_BYTES):
            end = data.rfind(b"\n") + 1
            if not end or (self._quote and (self._quote in data or self._quote in rest)):
                block = rest + data
                cut = self._cut(block)
                whole, rest = block[:cut], block[cut:]
            else:  # as most are, copied once
                whole, rest = b"".join((rest, memoryview(data)[:end])), data[end:]
            if whole:
                count = _line_count(whole)
                yield Slice(whole, line, count, at=at)
                line += count
                at += len(whole)
            elif len(rest) > MAX_RECORD_BYTES:
                skipped, rest = self._skip(rest)
                yield Slice(b"", line, 0, (Malformed(line, "line of more than 4 MiB", skipped),))
                line += 1
        if rest:
            rest = rest if rest.endswith(b"\n") else rest + b"\n"
            yield Slice(rest, line, _line_count(rest), at=at)

    def _cut(self, block: bytes) -> int:
        """End of the last whole record of a block; 0 where none ends in it."""
        cut = block.rfind(b"\n") + 1
        if not cut or self._quote is None or block.count(self._quote, 0, cut) % 2 == 0:
            return cut
        values = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(values == ord("\n"))
        quotes = np.flatnonzero(values == self._quote[0])
        closed = ends[np.searchsorted(quotes, ends) % 2 == 0]
        if len(closed):
            return int(closed[-1]) + 1
        # A quote that never closes is found and rejected by the reader of the slice.
        return cut if len(block) > MAX_RECORD_BYTES else 0

    def _skip(self, start: bytes) -> tuple[str, bytes]:
        """Drop a line without an end in sight: (its beginning, what follows it)."""
        kept = start[: 4 * RAW_LIMIT].decode("utf-8", "replace")[:RAW_LIMIT]
        while data := self._stream.read(SLICE_BYTES):
            _, end, rest = data.partition(b"\n")
            if end:
                return kept, rest
        return kept, b""


class Transcoded:
    """A stream in another encoding, read as UTF-8."""

    def __init__(self, stream: IO[bytes], name: str, encoding: str) -> None:
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        except LookupError as e:
            raise InputRefused(f"{name}: unknown encoding {encoding!r}") from e
        self._stream = stream
        self._name = name
        self._encoding = encoding

    def read(self, size: int) -> bytes:
        """The next bytes, as UTF-8."""
        while data := self._stream.read(size):
            if text := self._decode(data):
                return text.encode()
        return self._decode(b"", is_end=True).encode()

    def _decode(self, data: bytes, *, is_end: bool = False) -> str:
        try:
            return self._decoder.decode(data, is_end)
        except UnicodeDecodeError as e:
            raise InputRefused(f"{self._name}: expected {self._encoding} text, found {e}") from e


def _line_count(data: bytes) -> int:
    return data.count(b"\n")


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii")


def in_order(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Results of ``work`` in the order of the items, computed a few ahead in threads."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _WORKERS + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
