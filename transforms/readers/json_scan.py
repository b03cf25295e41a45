"""Lines of flat JSON objects, cut into their values at once by compiled code.

In: a slice's bytes and the keys that are asked for. Out: each value's text, as it stands there:
nothing is turned into a number, as libraries that are as fast would (to 64 bits, or a double).
Only what is plain is read, and it is read as Python's ``json`` would: ASCII, texts without escapes,
numbers, true, false and null, lists of texts and numbers. Any other line, a faulty one above all,
is left to Python, which knows what to say of it. A key that comes twice has its last value.

Importing this imports numba.
"""

# ruff: noqa: PLR0911, PLR0917 (numba knows no keyword-only arguments and no exceptions of ours)

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from transforms.jit import kept, part

READ, BLANK, LEFT = 0, 1, 2

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int32]]

_END: Final = ord("\n")
_QUOTE: Final = ord('"')
_COMMA: Final = ord(",")
_COLON: Final = ord(":")
_OPEN, _CLOSE = ord("{"), ord("}")
_FIRST, _LAST = ord("["), ord("]")
_MINUS, _PLUS, _POINT = ord("-"), ord("+"), ord(".")
_ZERO, _NINE = ord("0"), ord("9")
_E, _BIG_E = ord("e"), ord("E")
# Bytes that stand for themselves in a text.
_PLAIN: Final = np.zeros(256, np.bool_)
_PLAIN[0x20:0x80] = True
_PLAIN[[_QUOTE, ord("\\")]] = False
_SPACE: Final = np.zeros(256, np.bool_)
_SPACE[[ord(" "), ord("\t"), ord("\r")]] = True
_WORDS: Final = tuple(np.frombuffer(w, np.uint8) for w in (b"true", b"false", b"null"))


class Scanned:
    """Lines of a slice, of which the named keys' values were looked for.

    ``states`` tells what became of each line. The bytes end with a line end, as a slice's do.
    """

    def __init__(self, data: bytes, count: int, keys: Sequence[str]) -> None:
        self._data = data
        names = [k.encode("utf-8", "replace") for k in keys]
        ends = np.cumsum([0, *map(len, names)]).astype(np.int32)
        known = np.frombuffer(b"".join(names) or b" ", np.uint8)
        self.states = np.zeros(count, np.uint8)
        self._starts = np.zeros((len(keys), count), np.int32)
        self._sizes = np.zeros((len(keys), count), np.int32)
        values = np.frombuffer(data, np.uint8)
        scan(values, known, ends, self._starts, self._sizes, self.states)

    def put(self, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Give texts of lines that were left: they are put behind the bytes."""
        parts, end = [self._data], len(self._data)
        for line, texts in rows:
            self.states[line] = READ
            for key, text in enumerate(texts):
                parts.append(text.encode())
                self._starts[key, line], self._sizes[key, line] = end, len(parts[-1])
                end += len(parts[-1])
        self._data = b"".join(parts)

    def columns(self) -> list[pa.Array]:
        """Texts of the lines that were read, key by key."""
        read = self.states == READ
        rows = slice(None) if read.all() else read
        found = zip(self._starts, self._sizes, strict=True)
        return [self._texts(starts[rows], sizes[rows]) for starts, sizes in found]

    def _texts(self, starts: Numbers, sizes: Numbers) -> pa.Array:
        offsets = np.zeros(len(sizes) + 1, np.int32)
        np.cumsum(np.abs(sizes), out=offsets[1:])
        found = np.empty(max(int(offsets[-1]), 1), np.uint8)
        gather(np.frombuffer(self._data, np.uint8), starts, sizes, offsets, found)
        return pa.StringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(found))


@part
def _spaces(data: Bytes, at: int) -> int:
    while _SPACE[data[at]]:
        at += 1
    return at


@part
def _text_end(data: Bytes, at: int) -> int:
    """Behind a text whose opening quote stands at a place; -1 where it is not plain."""
    at += 1
    while _PLAIN[data[at]]:
        at += 1
    return at + 1 if data[at] == _QUOTE else -1


@part
def _digits(data: Bytes, at: int) -> int:
    while _ZERO <= data[at] <= _NINE:
        at += 1
    return at


@part
def _number_end(data: Bytes, at: int) -> int:
    """Behind a number; -1 where there is none."""
    if data[at] == _MINUS:
        at += 1
    begun, at = at, _digits(data, at)
    if at == begun or (data[begun] == _ZERO and at > begun + 1):
        return -1
    if data[at] == _POINT:
        begun, at = at + 1, _digits(data, at + 1)
        if at == begun:
            return -1
    if data[at] in (_E, _BIG_E):
        at += 2 if data[at + 1] in (_PLUS, _MINUS) else 1
        begun, at = at, _digits(data, at)
        if at == begun:
            return -1
    return at


@part
def _word_end(data: Bytes, at: int, word: Bytes) -> int:
    """Behind a word; -1 where another one stands."""
    for n in range(len(word)):
        if data[at + n] != word[n]:  # the line's end is no letter: nothing behind it is read
            return -1
    return at + len(word)


@part
def _list_end(data: Bytes, at: int) -> tuple[int, int]:
    """Behind a list and the size of its joined items; -1 where it is not plain."""
    size = 0
    at = _spaces(data, at + 1)
    if data[at] == _LAST:
        return at + 1, 0
    while True:
        if data[at] == _QUOTE:
            end = _text_end(data, at)
            size += end - at - 2
        else:
            end = _number_end(data, at)
            size += end - at
        if end < 0:
            return -1, 0
        at = _spaces(data, end)
        if data[at] == _LAST:
            return at + 1, size
        if data[at] != _COMMA:
            return -1, 0
        size += 1
        at = _spaces(data, at + 1)


@part
def _value(data: Bytes, at: int) -> tuple[int, int, int]:
    """(behind a value, where its text begins, its size; of a list minus the joined one's)."""
    first = data[at]
    if first == _QUOTE:
        end = _text_end(data, at)
        return end, at + 1, end - at - 2
    if first == _FIRST:
        end, size = _list_end(data, at)
        return end, at, -size
    if first == _WORDS[2][0]:
        return _word_end(data, at, _WORDS[2]), at, 0
    if first in (_WORDS[0][0], _WORDS[1][0]):
        end = _word_end(data, at, _WORDS[0] if first == _WORDS[0][0] else _WORDS[1])
        return end, at, end - at
    end = _number_end(data, at)
    return end, at, end - at


@part
def _key(data: Bytes, start: int, size: int, names: Bytes, ends: Numbers, guess: int) -> int:
    """Number of a key, -1 where nobody asked for it; keys mostly come in the same order."""
    count = len(ends) - 1
    for n in range(count):
        key = guess + n
        if key >= count:
            key -= count
        begin = ends[key]
        if ends[key + 1] - begin != size:
            continue
        same = True
        for i in range(size):
            if data[start + i] != names[begin + i]:
                same = False
                break
        if same:
            return key
    return -1


@part
def _object(
    data: Bytes, at: int, row: int, names: Bytes, ends: Numbers, starts: Numbers, sizes: Numbers
) -> int:
    """Behind the object that begins at a place; -1 where it is not plain."""
    if data[at] != _OPEN:
        return -1
    at = _spaces(data, at + 1)
    guess = 0
    while data[at] == _QUOTE:
        begun, end = at + 1, _text_end(data, at)
        if end < 0:
            return -1
        at = _spaces(data, end)
        if data[at] != _COLON:
            return -1
        key = _key(data, begun, end - 1 - begun, names, ends, guess)
        at, start, size = _value(data, _spaces(data, at + 1))
        if at < 0:
            return -1
        if key >= 0:
            starts[key, row], sizes[key, row] = start, size
            guess = key + 1 if key + 2 < len(ends) else 0
        at = _spaces(data, at)
        if data[at] == _CLOSE:
            return at + 1
        if data[at] != _COMMA:
            return -1
        at = _spaces(data, at + 1)
    return -1  # an object without keys, too


@kept
def scan(
    data: Bytes, names: Bytes, ends: Numbers, starts: Numbers, sizes: Numbers, states: Bytes
) -> None:
    """Read line after line."""
    at = 0
    for row in range(len(states)):
        at = _spaces(data, at)
        if data[at] == _END:
            states[row] = BLANK
        else:
            end = _object(data, at, row, names, ends, starts, sizes)
            at = _spaces(data, max(at, end))
            states[row] = READ if end >= 0 and data[at] == _END else LEFT
        while data[at] != _END:
            at += 1
        at += 1


@kept
def gather(data: Bytes, starts: Numbers, sizes: Numbers, offsets: Numbers, found: Bytes) -> None:
    """Copy texts one behind the other; lists lose their brackets, quotes and blanks."""
    for row in range(len(starts)):
        to, at = offsets[row], starts[row]
        if sizes[row] >= 0:
            found[to : to + sizes[row]] = data[at : at + sizes[row]]
            continue
        inside = False
        while to < offsets[row + 1]:
            byte = data[at]
            at += 1
            if byte == _QUOTE:
                inside = not inside
            elif inside or not (_SPACE[byte] or byte in (_FIRST, _LAST)):
                found[to] = byte
                to += 1
