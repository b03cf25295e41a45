"""JSON lines: one object per line, its values as text with every digit kept.

Numbers become text before anything can round them: streamed exports write amounts as JSON numbers
beyond 2^53. A list of plain values becomes what CSV exports write, its items joined by commas;
null becomes an empty text. A line that is no object is malformed by itself.

What is far behind a file's beginning is read by compiled code (see ``json_scan``), which leaves all
that is not plain to Python: both find the same.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from transforms.errors import InputRefused
from transforms.readers.records import Lines, Malformed, Records, Slice, texts_of_lines

_PLAIN = (str, int, bool)
# Python takes as long for so many as numba takes to begin.
FEW_BYTES: Final = 16 << 20

# An object with its line in the file and its text as received.
Found: TypeAlias = tuple[int, str, Mapping[str, Any]]


class JsonLines:
    """An open file of JSON lines; its ``header`` are the keys of its first object."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.name = name
        self._lines = Lines(stream, name)
        self.is_empty = self._lines.is_empty
        self.header = () if self.is_empty else tuple(map(sound, self._first()))

    def slices(self) -> Iterator[Slice]:
        """The whole file, in order."""
        return iter(self._lines)

    def objects(self, part: Slice) -> tuple[list[Found], list[Malformed]]:
        """A slice's objects, each with its line and text, and the lines that are none."""
        kept, malformed = _parsed(enumerate(part.data.split(b"\n"), part.line))
        return kept, [*part.malformed, *malformed]

    def records(self, part: Slice, columns: Sequence[str]) -> Records:
        """The named keys of a slice's objects; a key that is absent is an empty text."""
        if part.at >= FEW_BYTES:
            return self._scanned(part, columns)
        kept, malformed = self.objects(part)
        table = pa.table(
            [pa.array([text_of(k[2].get(c)) for k in kept], pa.string()) for c in columns],
            list(columns),
        )
        return Records(
            file=self.name,
            columns=table,
            lines=pa.array([k[0] for k in kept], pa.int64()),
            malformed=malformed,
            texts=[k[1] for k in kept],
        )

    def _scanned(self, part: Slice, columns: Sequence[str]) -> Records:
        """As ``records``, by compiled code."""
        from transforms.readers import json_scan  # numba takes its time: for long files alone

        found = json_scan.Scanned(part.data, part.count, columns)
        malformed: list[Malformed] = []
        left = np.flatnonzero(found.states == json_scan.LEFT)
        if len(left):
            lines = part.data.split(b"\n")
            kept, malformed = _parsed((part.line + n, lines[n]) for n in left.tolist())
            found.put([(k[0] - part.line, [text_of(k[2].get(c)) for c in columns]) for k in kept])
        places = np.flatnonzero(found.states == json_scan.READ)
        return Records(
            file=self.name,
            columns=pa.table(found.columns(), list(columns)),
            lines=pa.array(part.line + places),
            malformed=[*part.malformed, *malformed],
            texts=texts_of_lines(part.data, places, without=""),
        )

    def _first(self) -> Mapping[str, Any]:
        try:
            return _object(self._lines.peek())
        except ValueError as e:
            raise InputRefused(f"{self.name} line 1: expected JSON lines, found {e}") from e


def _parsed(lines: Iterable[tuple[int, bytes]]) -> tuple[list[Found], list[Malformed]]:
    malformed: list[Malformed] = []
    kept: list[Found] = []
    for number, line in lines:
        if not line.strip():
            continue
        try:
            kept.append((number, line.decode(), _object(line)))
        except ValueError as e:
            malformed.append(Malformed(number, str(e), line.decode("utf-8", "replace")))
    return kept, malformed


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as e:
        raise ValueError("JSON nested too deeply") from e
    except ValueError as e:
        raise ValueError(f"no JSON: {e}") from e
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 the caller counts it like any bad line
    return found


def sound(text: str) -> str:
    """Text without halves of characters: JSON can escape them, nothing else can hold them."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text_of(value: Any) -> str:
    """A value as a CSV export would write it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(v, _PLAIN) for v in value):
        return sound(",".join(map(str, value)))
    return sound(json.dumps(value, ensure_ascii=False))
