"""Kinds of files that an export consists of, told apart by their columns.

In: received files, plain, compressed or in archives: CSV, TSV, JSON lines or Parquet. Out: ``Part``
s, each a file (or a member) and the ``Form`` whose columns it has, whose records come as text
columns under our names. File names say nothing: people rename, split and merge exports.

A form knows what its publisher calls each of our columns; spellings are tried in order, letter case
is ignored, and a name ending in ``*`` stands for any that begins so (Etherscan writes the day's
price into a column's name).
"""

import codecs
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from transforms.errors import FileRefused, InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.documents import JsonDocuments
from transforms.readers.jsonl import JsonLines
from transforms.readers.parquet import MAGIC, ParquetRecords
from transforms.readers.records import Records, in_order
from transforms.readers.streams import Kind, kinds_in
from transforms.readers.unpack import contents
from transforms.sources.base import RawFile, RawSet

if TYPE_CHECKING:
    from transforms.readers.sieve import Sifted
    from transforms.sources.batch import Batch

Sheet = CsvFile | JsonLines | JsonDocuments | ParquetRecords


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: columns it must have, may have and are read, and are known but not read.

    ``required`` and ``optional`` are our names, ``unread`` the publisher's; ``theirs`` says what
    the publisher calls ours where that differs.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    theirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # What its records call themselves in a stream of several kinds.
    type: str = ""

    def called(self, ours: str) -> tuple[str, ...]:
        """What the publisher calls a column of ours."""
        return self.theirs.get(ours, (ours,))

    @property
    def read(self) -> tuple[str, ...]:
        """Columns that are read where a file has them."""
        return self.required + self.optional

    def columns(self, header: Sequence[str]) -> dict[str, str]:
        """Columns to read: ours → as this file spells it."""
        found = {}
        for ours in self.read:
            spelled = (c for name in self.called(ours) for c in header if is_called(name, c))
            if (column := next(spelled, None)) is not None:
                found[ours] = column
        return found

    def missing(self, header: Sequence[str]) -> list[str]:
        """Required columns that a header lacks, as the publisher calls them."""
        have = self.columns(header)
        return [" or ".join(self.called(c)) for c in self.required if c not in have]

    def unknown(self, header: Sequence[str]) -> list[str]:
        """Columns the form has no word for."""
        known = [n for c in self.read for n in self.called(c)]
        known += self.unread
        return sorted(c for c in header if not any(is_called(n, c) for n in known))


@contextmanager
def of_file(file: RawFile) -> Iterator[None]:
    """Say of which file a refusal is: the others may go on without it."""
    try:
        yield
    except InputRefused as e:
        raise FileRefused(file.name, str(e)) from e


def is_called(name: str, column: str) -> bool:
    """Whether a column has a name; one that ends in * is a beginning."""
    name, column = name.lower(), column.strip().lower()
    return column.startswith(name[:-1]) if name.endswith("*") else column == name


def form_of(forms: Sequence[Form], header: Sequence[str], name: str) -> Form:
    """The form a header belongs to; refused where it is none of them or lacks a column."""
    missing = {f.name: f.missing(header) for f in forms}
    fitting = [f for f in forms if not missing[f.name]]
    # Traces have all columns of receipts: the form that asks for most is meant.
    fitting = [f for f in fitting if len(f.required) == max(len(g.required) for g in fitting)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputRefused(
            f"{name} line 1: the header fits {' and '.join(f.name for f in fitting)}; expected one"
        )
    nearest = min(forms, key=lambda f: len(missing[f.name]) / len(f.required))
    lacking = missing[nearest.name]
    if len(lacking) * 2 <= len(nearest.required):
        raise InputRefused(
            f"{name} line 1: column {', '.join(lacking)} is missing; the header looks like "
            f"{nearest.name} and has {', '.join(header)[:1_000]}"
        )
    known = "; ".join(f"{f.name} ({', '.join(f.missing(()))})" for f in forms)
    raise InputRefused(
        f"{name} line 1: expected the header of one of {known}; found {', '.join(header)[:300]}"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the export, or a member of an archive, and what it is."""

    file: RawFile
    member: int
    name: str
    form: Form
    header: tuple[str, ...]
    lists: tuple[str, ...] | None = None
    kind: Kind | None = None

    def sifted(self, work: Callable[[Records], "Sifted"]) -> Iterator["Sifted"]:
        """Slices, worked on in threads, in the file's order; ``FileRefused`` where it breaks."""
        reading = self.records()
        with of_file(self.file):
            yield from in_order(lambda piece: work(reading.read(piece)), reading)

    def records(self) -> "Reading":
        """The part's slices and how each is read."""
        return Reading(self)

    def unknown(self) -> list[str]:
        """Columns nobody knows, for a warning each."""
        return self.form.unknown(self.header)


class Reading:
    """Iterates a part's slices; ``read`` turns each into records, in any thread."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._names = part.form.columns(part.header)
        self._sheet: Sheet | None = None

    def __iter__(self) -> Iterator[Any]:
        member = self.part.member
        with closing(contents(self.part.file.path, self.part.file.name)) as opened:
            for name, stream in islice(opened, member, member + 1):
                self._sheet = sheet(stream, name, self.part.lists)
                if isinstance(self._sheet, ParquetRecords):
                    yield from self._sheet.slices(self._columns)
                elif self.part.kind and isinstance(self._sheet, JsonLines):
                    yield from map(self.part.kind.narrowed, self._sheet.slices())
                else:
                    yield from self._sheet.slices()

    @property
    def _columns(self) -> list[str]:
        # A column that is two of ours is read once.
        return list(dict.fromkeys(self._names.values()))

    def read(self, piece: Any) -> Records:
        """Records of a slice, their columns under our names."""
        if self._sheet is None:
            raise RuntimeError("a slice is read while its file is open")
        found = self._sheet.records(piece, self._columns)
        columns = found.columns.select(list(self._names.values())).rename_columns(list(self._names))
        return replace(found, columns=columns, names=self._names)


def parts_of(
    file: RawFile, forms: Sequence[Form], *, lists: tuple[str, ...] | None = None
) -> Iterator[Part | str]:
    """What a received file consists of; the name alone where there are no bytes.

    An interface's answer without records is nothing.
    With ``lists`` (see ``documents``) JSON need not be one object per line.
    """
    with closing(contents(file.path, file.name)) as opened:
        for member, (name, stream) in enumerate(opened):
            found = sheet(stream, name, lists)
            if found.is_empty:
                yield name
            elif mixed := _kinds(found, forms):
                for form, header, kind in mixed:
                    yield Part(file, member, name, form, header, lists, kind)
            elif found.header or not isinstance(found, JsonDocuments):
                form = form_of(forms, found.header, name)
                yield Part(file, member, name, form, found.header, lists)


def _kinds(found: Sheet, forms: Sequence[Form]) -> list[tuple[Form, tuple[str, ...], Kind]]:
    """Form, columns and kind of each kind of records that stand in one file, if there are more."""
    if not isinstance(found, JsonLines):
        return []
    headers = kinds_in(found, {f.type for f in forms if f.type})
    if len(headers) < 2:
        return []
    mixed = [f for f in forms if f.type in headers]
    return [
        (
            form_of([form], headers[form.type], f"{found.name} ({form.type})"),
            headers[form.type],
            Kind(form.type, frozenset(headers) - {form.type}, has_rest=form is mixed[0]),
        )
        for form in mixed
    ]


def readable_parts(
    raw: RawSet, batch: "Batch", forms: Sequence[Form], lists: tuple[str, ...] | None
) -> tuple[list[Part], list[RawFile]]:
    """What the files are, by name, and files without a byte; what cannot be read is left out."""
    parts: list[Part] = []
    empty: list[RawFile] = []
    for file in raw.files:
        try:
            found = list(parts_of(file, forms, lists=lists))
        except InputRefused as e:
            if len(raw.files) == 1:
                raise
            batch.refuse(str(e), file=file.name)
            continue
        if not found:
            what = "expected records, found an answer without any"
            if len(raw.files) == 1:
                raise InputRefused(f"{file.name}: {what}")
            batch.warn("answer without records")
        for part in found:
            if isinstance(part, str):
                empty.append(file)
                continue
            parts.append(part)
            for column in part.unknown():
                batch.warn(f"{part.form.name}: unknown column {column[:80]}")
    return sorted(parts, key=lambda p: (p.name, p.member)), empty


def sheet(stream: io.BufferedReader, name: str, lists: tuple[str, ...] | None = None) -> Sheet:
    """A file's table, whatever it is written in; the first bytes tell."""
    start = stream.peek(64)
    if start.startswith(MAGIC):
        return ParquetRecords(stream, name)
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if lists is not None and start in (b"{", b"["):
        return JsonDocuments(stream, name, lists)
    if start == b"{":
        return JsonLines(stream, name)
    if start == b"[":
        raise InputRefused(f"{name}: expected JSON lines, one object per line, found a JSON array")
    if start == b"<":
        raise InputRefused(f"{name}: expected a CSV or JSON lines export, found a web page or XML")
    first = stream.peek(1 << 16).partition(b"\n")[0]
    if first.count(b"\t") > first.count(b","):
        # Dumps quote nothing, and a token may call itself `"x`; who quotes, quotes the header, too.
        is_quoted = first.lstrip(codecs.BOM_UTF8).startswith(b'"')
        return CsvFile(stream, name, delimiter="\t", is_quoted=is_quoted)
    return CsvFile(stream, name)
