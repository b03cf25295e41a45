"""Rows of the United Kingdom's lists: CSV in whatever encoding it was saved, or XLSX.

The first line says of which day the list is (``Last Updated,27/04/2020``, ``Report Date:
13-Feb-2026``), the header stands below it; columns are found by name, since layouts grew over the
years. OFSI wrote Windows-1252 in 2020; a list with names in Cyrillic cannot be, so the bytes
decide: what is not UTF-8 is Windows-1252.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from transforms.clean.dates import read_date
from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.xlsx import Workbook, is_workbook
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

_CHUNK = 1 << 20
_WINDOWS = "cp1252"
_MONTH_NAME = re.compile(r"(\d{1,2})-([A-Za-z]{3,9})-(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list: its line in the file and its filled cells by column in lower case."""

    line: int
    cells: dict[str, str]

    def get(self, *columns: str) -> str | None:
        """Text of the first of these columns that is filled."""
        return next((self.cells[c] for c in columns if c in self.cells), None)


class Sheet:
    """A list as rows; ``header`` are its columns in lower case, ``day`` the day it states."""

    def __init__(self, file: RawFile, batch: Batch) -> None:
        self._file = file
        self._batch = batch
        self._where = f"{batch.source.name} {file.name}"
        self.day: date | None = None
        self.header: tuple[str, ...] = ()
        self._workbook: Workbook | None = None
        if is_workbook(file.path):
            self._workbook = Workbook(
                file.path,
                source=batch.source.name,
                name=file.name,
                folder=batch.folder / "workbook",
            )

    def rows(self) -> Iterator[Row]:
        """Every sound row; others are counted, and rejected."""
        yield from self._of_workbook(self._workbook) if self._workbook else self._of_csv()

    def expect(self, *columns: str) -> None:
        """``InputRefused`` where the header lacks one of these columns (in lower case)."""
        if missing := [c for c in columns if c not in self.header]:
            raise InputRefused(
                f"{self._where} line 2: expected a header with {', '.join(missing)}, found "
                f"{', '.join(self.header)[:300] or 'none'}"
            )

    def day_of(self, text: str) -> str:
        """A date cell's text; a workbook may hold the number of a day instead."""
        found = self._workbook.day_of(text) if self._workbook else None
        return found.strftime("%d/%m/%Y") if found else text

    # ── CSV ─────────────────────────────────────────────────────────────────────────────────

    def _of_csv(self) -> Iterator[Row]:
        encoding = _encoding(self._file.path, self._where)
        with self._file.path.open("rb") as f:
            preamble = f.readline(_CHUNK)
            self._take_day(preamble.decode(encoding, "replace").lstrip("\ufeff").split(","))
            opened = CsvFile(f, self._where, encoding=encoding)
            self._take_header(opened.header)
            for part in opened.slices():
                records = opened.records(part, opened.header)
                for bad in records.malformed:
                    self._batch.read()
                    self._batch.reject(
                        bad.reason, file=self._file.name, line=bad.line + 1, raw=bad.raw
                    )
                columns = [c.to_pylist() for c in records.columns.columns]
                for line, *cells in zip(records.lines.to_pylist(), *columns, strict=True):
                    yield self._row(line + 1, cells)
        if not _ends_with_line(self._file.path):
            self._batch.warn("last line without its end: the file may be cut there")

    # ── XLSX ────────────────────────────────────────────────────────────────────────────────

    def _of_workbook(self, workbook: Workbook) -> Iterator[Row]:
        for number, cells in enumerate(workbook.rows(), 1):
            if not any(c.strip() for c in cells):
                continue
            if not self.header and len([c for c in cells if c.strip()]) <= 2:
                self._take_day([self.day_of(c) for c in cells])
            elif not self.header:
                self._take_header(tuple(cells))
            elif len(cells) > len(self.header):
                self._batch.read()
                self._batch.reject(
                    f"expected {len(self.header)} cells, found {len(cells)}",
                    file=self._file.name,
                    line=number,
                    raw="\t".join(cells),
                )
            else:
                yield self._row(number, cells)

    # ── both ────────────────────────────────────────────────────────────────────────────────

    def _row(self, line: int, cells: list[str]) -> Row:
        texts = zip(self.header, cells, strict=False)  # a workbook leaves out empty cells
        return Row(line, {c: text for c, cell in texts if c and (text := cell.strip())})

    def _take_header(self, header: tuple[str, ...]) -> None:
        self.header = tuple(" ".join(c.split()).lower() for c in header)
        # Before the first row: rejects bear the batch's name, and its name is the day.
        self._batch.dated(self.day)

    def _take_day(self, cells: list[str]) -> None:
        """The day that stands in the first line, behind its label or in a cell of its own."""
        for cell in cells:
            text = cell.strip().strip('"')
            if m := _MONTH_NAME.search(text):
                text = " ".join(m.groups())
            for word in (text, text.rpartition(" ")[2]):
                try:
                    found = read_date(word).day
                except ValueError:
                    continue
                if found:
                    self.day = found
                    return


def _encoding(path: Path, where: str) -> str:
    """UTF-8 where all bytes are, else Windows-1252; a list in UTF-16 is refused by the reader."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as f:
        if not (start := f.read(_CHUNK)).strip():
            raise InputRefused(f"{where}: expected a list, found an empty file")
        f.seek(0)
        try:
            while data := f.read(_CHUNK):
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return (
                "utf-8"
                if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                else (_WINDOWS)
            )
    return "utf-8"


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as f:
        f.seek(-1, 2)
        return f.read(1) == b"\n"
