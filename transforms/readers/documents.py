"""JSON as interfaces answer with it: an array of objects, one object, or an envelope around a list.

In: a stream that holds one JSON text, or several behind one another, on one line or many; also
plain JSON lines. Out: records like those of ``JsonLines``: every value as text with all its digits,
an object inside an object under a name with a dot (``token_info.address``). Which keys of an
envelope hold its records is the reader's to say; other envelopes are records themselves.

An array is read item by item, so it may be larger than memory; a single value may not exceed
``MAX_VALUE_BYTES``. What is cut, or no JSON, refuses the file: behind a broken item nothing can be
told apart any more, unless it is a line and the next line begins an object again. Such lines, and
items that are no objects, are malformed one by one.
"""

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Final

import pyarrow as pa

from transforms.errors import InputRefused
from transforms.readers.jsonl import sound, text_of
from transforms.readers.records import RAW_LIMIT, Malformed, Records

# Interfaces answer with pages of at most some thousand records of a few KiB.
MAX_VALUE_BYTES: Final = 64 << 20
_READ_BYTES: Final = 1 << 20
_PIECE: Final = 2_000
# Records looked at to know the keys: a key that is missing in one may be there in the next.
_LOOKED_AT: Final = 1_000
_LOOKED_AT_BYTES: Final = 8 << 20
# Deeper objects are kept as JSON text.
_MAX_DEPTH: Final = 6
_SPACE: Final = " \t\r\n\ufeff"


@dataclass(frozen=True, slots=True)
class _Item:
    """A record with its number in the file (from 1) and its text."""

    number: int
    raw: str
    size: int  # characters of the text before it was cut
    fields: Mapping[str, Any] | None  # None where it is no object


class JsonDocuments:
    """An open file of JSON; its ``header`` are the keys of its first records."""

    def __init__(self, stream: IO[bytes], name: str, lists: Sequence[str] = ()) -> None:
        self.name = name
        self._text = _Text(stream, name)
        self._lists = lists
        self.is_empty = self._text.peek() == ""
        items = self._items()
        first = _some(items)
        keys = (key for item in first for key in item.fields or {})
        self.header = tuple(dict.fromkeys(keys))
        self._rest = chain(first, items)

    def slices(self) -> Iterator[list[_Item]]:
        """All records, in order."""
        piece: list[_Item] = []
        size = 0
        for item in self._rest:
            piece.append(item)
            size += item.size
            if len(piece) == _PIECE or size >= _LOOKED_AT_BYTES:
                yield piece
                piece, size = [], 0
        if piece:
            yield piece

    def records(self, part: Sequence[_Item], columns: Sequence[str]) -> Records:
        """The named keys of some records; a key that is absent is an empty text."""
        kept = [(item, item.fields) for item in part if item.fields is not None]
        table = pa.table(
            [pa.array([text_of(f.get(c)) for _, f in kept], pa.string()) for c in columns],
            list(columns),
        )
        return Records(
            file=self.name,
            columns=table,
            lines=pa.array([item.number for item, _ in kept], pa.int64()),
            malformed=[
                Malformed(i.number, "no JSON object", i.raw) for i in part if i.fields is None
            ],
            texts=[item.raw for item, _ in kept],
        )

    def _items(self) -> Iterator[_Item]:
        number = 0
        for value, raw in self._text.values():
            for found, text in self._records_of(value, raw):
                number += 1
                fields = _flat(found) if isinstance(found, dict) else None
                yield _Item(number, sound(text[:RAW_LIMIT]), len(text), fields)

    def _records_of(self, value: Any, raw: str) -> Iterator[tuple[Any, str]]:
        """A value itself, or the records an envelope holds."""
        inner = value
        while isinstance(inner, dict):
            key = next((k for k in self._lists if isinstance(inner.get(k), dict | list)), None)
            if key is None:
                break
            inner = inner[key]
        if not isinstance(inner, list):
            yield value, raw
            return
        for item in inner:
            yield item, json.dumps(item, ensure_ascii=False)


class _Text:
    """A stream's JSON values, one after the other; an array at the top is taken apart."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._json = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
        self._buffer = ""
        self._at = 0
        self._is_at_end = False
        self._is_array = False

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._is_at_end:
                return ""
            self._more()

    def values(self) -> Iterator[tuple[Any, str]]:
        """Values and their texts."""
        count = 0
        is_array = self._is_array = self.peek() == "["
        self._at += is_array
        while True:
            found = self.peek()
            if is_array and found == "]":
                self._at += 1
                if self.peek():
                    raise self._refused(count, "text behind the end of the array")
                return
            if not found:
                if is_array:
                    raise self._refused(count, "no end of the array: the file is cut")
                return
            if is_array and count:
                if found != ",":
                    raise self._refused(count, "no comma between two items")
                self._at += 1
                self.peek()
            count += 1
            yield self._value(count)

    def _value(self, number: int) -> tuple[Any, str]:
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self._at)
            except RecursionError as e:
                raise self._refused(number, "JSON nested too deeply") from e
            except ValueError as e:
                # The value may go on in what was not read yet.
                if self._is_at_end or len(self._buffer) - self._at > MAX_VALUE_BYTES:
                    if (line := self._broken_line()) is not None:
                        return None, line
                    raise self._refused(number, str(e)) from e
                self._more()
                continue
            text = self._buffer[self._at : end]
            self._at = end
            return value, text

    def _broken_line(self) -> str | None:
        """Take one line, where another record follows it as in JSON lines."""
        line, _, rest = self._buffer[self._at :].partition("\n")
        if self._is_array or not rest.lstrip(_SPACE).startswith("{"):
            return None
        self._at += len(line)
        return line

    def _more(self) -> None:
        """Read as much again as is held, so that a long value costs few attempts."""
        held = len(self._buffer) - self._at
        data = self._stream.read(max(_READ_BYTES, held))
        self._is_at_end = not data
        try:
            text = self._decode(data, self._is_at_end)
        except UnicodeDecodeError as e:
            raise InputRefused(f"{self._name}: expected UTF-8 text, found {e}") from e
        self._buffer = self._buffer[self._at :] + text
        self._at = 0

    def _refused(self, number: int, what: str) -> InputRefused:
        return InputRefused(f"{self._name} record {number}: expected whole JSON, found {what}")


def _some(items: Iterator[_Item]) -> list[_Item]:
    """The first records, as many as it takes to know the keys and memory holds easily."""
    first: list[_Item] = []
    size = 0
    for item in items:
        first.append(item)
        size += item.size
        if len(first) == _LOOKED_AT or size >= _LOOKED_AT_BYTES:
            break
    return first


def _flat(found: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """An object without objects in it: their keys stand behind a dot."""
    flat: dict[str, Any] = {}
    for key, value in found.items():
        if isinstance(value, dict) and value and depth < _MAX_DEPTH:
            flat |= _flat(value, f"{prefix}{sound(key)}.", depth + 1)
        else:
            flat[prefix + sound(key)] = value
    return flat
