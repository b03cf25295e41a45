"""What the beginning of a file says of its format: names of columns, keys, or a root element.

In: a received file, plain, compressed or an archive. Out: one ``Head`` per file in it. Nothing is
judged here; a file that says nothing has a head without names. At most the first records are read.
"""

import codecs
import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from transforms.errors import InputRefused
from transforms.readers.documents import JsonDocuments
from transforms.readers.parquet import MAGIC, ParquetRecords
from transforms.readers.signs import LISTS
from transforms.readers.unpack import contents

_BYTES: Final = 1 << 16
# An archive holds versions of one list or shards of one export; more of them say nothing new.
_MEMBERS: Final = 20
# The UK's lists have a line or two above their header.
_LINES: Final = 3
_DELIMITERS: Final = (",", "\t", ";", "|")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]").search
_PROLOGUE = re.compile(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>", re.DOTALL)
_IS_YAML = re.compile(r"\.ya?ml(?:\.(?:gz|bz2|xz))?$").search
_YAML_KEY = re.compile(r"^([A-Za-z_][\w-]*):(?:\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """What one file is written in, and the names that may tell its format; see ``heads``.

    ``names`` has more than one tuple where it is not sure which line is the header. ``name`` is the
    file's, behind that of the archive it lies in.
    """

    kind: str
    names: tuple[tuple[str, ...], ...] = ()
    name: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file has no bytes, no column with a name, or no records."""
        return self.kind == "empty"


def heads(path: Path, name: str) -> Iterator[Head]:
    """The head of a file, or of the first members of an archive.

    Names are a CSV's columns, keys of JSON records or at the top of YAML, and of XML the root
    element's as ``<name>``.
    """
    with closing(contents(path, name)) as opened:
        for member, stream in islice(opened, _MEMBERS):
            yield replace(_head(stream, member), name=member)


def _head(stream: io.BufferedReader, name: str) -> Head:
    start = stream.peek(_BYTES)
    if not start:
        return Head("empty")
    if start.startswith(MAGIC):
        return Head("parquet", (ParquetRecords(stream, name).header,))
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first in (b"{", b"["):
        keys = _keys(stream, name)
        # An answer without records may be any source's.
        return Head("empty") if keys == () else Head("json", (keys or _keys_of_a_line(start),))
    data = stream.read(_BYTES)
    if first == b"<":
        root = _ROOT(_PROLOGUE.sub(b"", data))
        return Head("xml", ((f"<{root[1].decode()}>",),) if root else ())
    text = _text(data)
    if _IS_YAML(name.lower()):
        return Head("yaml", (tuple(dict.fromkeys(_YAML_KEY.findall(text))),))
    # What writes an empty table with its index, writes the name of the index: none.
    return Head("empty") if text.strip() in ("", '""') else Head("csv", tuple(_columns(text)))


def _keys(stream: io.BufferedReader, name: str) -> tuple[str, ...] | None:
    try:
        return JsonDocuments(stream, name, LISTS).header
    except InputRefused:  # whoever reads it will say why
        return None


def _keys_of_a_line(data: bytes) -> tuple[str, ...]:
    """Keys of the first line that is an object, where others are broken."""
    for line in data.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(found := json.loads(line), dict):
                return tuple(found)
    return ()


def _text(data: bytes) -> str:
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _columns(text: str) -> Iterator[tuple[str, ...]]:
    for line in text.splitlines()[:_LINES]:
        delimiter = max(_DELIMITERS, key=line.count)
        try:
            fields = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(fields) > 1:
            yield tuple(f.strip() for f in fields)
