"""Rows of a workbook's first sheet, as text; nothing of it is ever calculated or followed.

In: an XLSX file, which is a zip with XML inside (ECMA-376 part 1, SpreadsheetML). Out: each row as
a list of texts. Only four kinds of members are read, with the limits of ``unpack`` and the
strictness of ``xml``: the workbook, its relations, the shared texts and one sheet. Formulas give
the value stored with them; links to other files, macros and pictures are never looked at.

A date is a number here and stays one: whoever knows the column says ``day_of`` it.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

from transforms.errors import InputRefused
from transforms.readers.unpack import members
from transforms.readers.xml import Document, Element, child, children, local, text_of

# The whole of OFSI's list has 20 MB of texts; held in memory, therefore bounded.
_MOST_TEXT = 200 << 20
# Excel's own limits.
_MOST_COLUMNS = 16_384
_READ = ("xl/worksheets/", "xl/workbook", "xl/_rels/", "xl/sharedstrings")
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
# Day 0 of the 1900 system, counted so that days since March 1900 come out right.
_EPOCH = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)


class Workbook:
    """An XLSX file; ``rows`` are those of its first sheet."""

    def __init__(self, path: Path, *, source: str, name: str, folder: Path) -> None:
        self._source = source
        self._name = name
        self._where = f"{source} {name}"
        self._parts = _unpacked(path, name, folder)
        self._is_1904 = False
        self._sheet = self._target(self._first_sheet())
        self._texts = self._shared()

    def _first_sheet(self) -> str:
        """Number of the relation that leads to the first sheet; notes the system of dates."""
        number = None
        for path, element in self._part("xl/workbook.xml").records("workbookPr", "sheets"):
            if path == "workbookPr":
                self._is_1904 = element.get("date1904") in ("1", "true")
            elif (sheet := next(children(element, "sheet"), None)) is not None:
                number = next((str(v) for k, v in sheet.items() if str(k).endswith("}id")), None)
        if number is None:
            raise InputRefused(f"{self._where}: expected a workbook with a sheet, found none")
        return number

    def rows(self) -> Iterator[list[str]]:
        """Every row of the sheet, empty ones too where the file has them."""
        for _, element in self._part(self._sheet).records("sheetData/row"):
            yield self._row(element)

    def day_of(self, number: str) -> date | None:
        """The day a date cell's number stands for; None for what is no such number."""
        if not re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]+)?", number):
            return None
        days = int(number.partition(".")[0])
        try:
            return (_EPOCH_1904 if self._is_1904 else _EPOCH) + timedelta(days=days)
        except OverflowError:
            return None

    def _row(self, element: Element) -> list[str]:
        cells: list[str] = []
        for cell in children(element, "c"):
            reference = _REFERENCE.fullmatch(cell.get("r", ""))
            column = _column(reference[1]) if reference else len(cells)
            if column >= _MOST_COLUMNS:
                raise InputRefused(f"{self._where}: cell {cell.get('r')} lies outside any sheet")
            cells += [""] * (column + 1 - len(cells))
            cells[column] = self._value(cell)
        return cells

    def _value(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = child(cell, "is")
            return "" if inline is None else _runs(inline)
        value = text_of(child(cell, "v")) or ""
        if kind == "s":
            try:
                return self._texts[int(value)]
            except (ValueError, IndexError):
                raise InputRefused(
                    f"{self._where}: cell {cell.get('r')} names shared text {value[:20]!r}, "
                    f"which is none of {len(self._texts)}"
                ) from None
        if kind == "e":
            return ""  # #N/A and the like say that nothing is known
        return value.removesuffix(".0") if kind == "n" else value

    def _shared(self) -> list[str]:
        if "xl/sharedstrings.xml" not in self._parts:
            return []
        texts: list[str] = []
        size = 0
        for _, element in self._part("xl/sharedStrings.xml").records("si"):
            texts.append(_runs(element))
            size += len(texts[-1])
            if size > _MOST_TEXT:
                raise InputRefused(
                    f"{self._where}: more than {_MOST_TEXT >> 20} MB of shared texts; no list "
                    "comes near"
                )
        return texts

    def _target(self, number: str) -> str:
        for _, element in self._part("xl/_rels/workbook.xml.rels").records("Relationship"):
            if element.get("Id") == number and element.get("TargetMode") != "External":
                target = element.get("Target", "")
                return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        raise InputRefused(f"{self._where}: expected sheet {number} in the workbook, found none")

    def _part(self, member: str) -> Document:
        path = self._parts.get(str(PurePosixPath(member)).lower())
        if path is None:
            raise InputRefused(f"{self._where}: expected {member} in the workbook, found none")
        return Document(path, source=self._source, name=f"{self._name}/{member}")


def is_workbook(path: Path) -> bool:
    """Whether a file is a zip with a workbook in it."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(n.lower() == "xl/workbook.xml" for n in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _unpacked(path: Path, name: str, folder: Path) -> dict[str, Path]:
    """The members that are read, under names of our own, by their names in lower case."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Path] = {}
    for member, stream in members(path, name):
        key = member.lower()
        if key.endswith((".xml", ".rels")) and key.startswith(_READ):
            found[key] = folder / f"{len(found)}.xml"
            with found[key].open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
    return found


def _runs(element: Element) -> str:
    """Text of a shared or inline string: one ``t``, or several in runs; not its pronunciation."""
    parts = []
    for e in element:
        if local(e) == "t":
            parts.append(e.text or "")
        elif local(e) == "r":
            parts += [t.text or "" for t in children(e, "t")]
    return "".join(parts)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
