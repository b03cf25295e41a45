"""Streams in which each record says its kind: what ``ethereumetl stream`` writes to its console.

In: an open file of JSON lines. Out: the kinds that stand in it, mixed, each with its columns; and
``Kind``, by which slices are narrowed to one of them, as if it had a file of its own. What a line
says first as its ``type`` counts, so that lines are told apart without being parsed. Lines of no
kind are rejected with one of the kinds: none is lost.
"""

import io
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from transforms.errors import InputRefused
from transforms.readers.jsonl import JsonLines
from transforms.readers.records import Malformed, Slice

_KEY: Final = "type"
_TYPE = re.compile(rb'"type"\s*:\s*"([^"\\]{1,40})"')


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of a mixed file's records; ``has_rest`` where it rejects lines of no kind."""

    name: str
    others: frozenset[str]
    has_rest: bool

    def narrowed(self, part: Slice) -> Slice:
        """A slice in which all lines of other kinds are blank, which are no records."""
        lines = part.data.split(b"\n")
        malformed = list(part.malformed) if self.has_rest else []
        for place, line in enumerate(lines):
            said = _said(line)
            if said == self.name or not line.strip():
                continue
            if self.has_rest and said not in self.others:
                text = line.decode("utf-8", "replace")
                malformed.append(Malformed(part.line + place, self._why_not(said), text))
            lines[place] = b""
        return replace(part, data=b"\n".join(lines), malformed=tuple(malformed))

    def _why_not(self, said: str) -> str:
        known = ", ".join(sorted({self.name, *self.others}))
        return f"type: expected one of {known}, found {said!r}"


def kinds_in(lines: JsonLines, known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Kinds of a file's records and the keys of the first of each; reads the file to its end."""
    found: dict[str, tuple[str, ...]] = {}
    if _KEY not in lines.header:
        return found
    for part in lines.slices():
        for match in _TYPE.finditer(part.data):
            kind = match[1].decode("utf-8", "replace")
            if kind in found or kind not in known:
                continue
            start = part.data.rfind(b"\n", 0, match.start()) + 1
            line = part.data[start : part.data.find(b"\n", match.end())]
            if header := _keys(line, lines.name):
                found[kind] = header
    return found


def _said(line: bytes) -> str:
    found = _TYPE.search(line)
    return found[1].decode("utf-8", "replace") if found else ""


def _keys(line: bytes, name: str) -> tuple[str, ...]:
    try:
        return JsonLines(io.BytesIO(line), name).header
    except InputRefused:  # it is rejected where it is read
        return ()
