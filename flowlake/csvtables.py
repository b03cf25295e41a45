"""CSV files that a person hands over to have columns added: read row by row, written whole.

In: UTF-8 text with a header (a byte order mark is allowed). Out: each row as a dictionary, and a
file that appears only when it is complete. A row that has not the header's fields stops the work
with its line: guessing would put an answer beside another row's question. Cells that a spreadsheet
would run are written with an apostrophe before them.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from transforms.clean.display import cell
from transforms.errors import InputRefused
from transforms.lake.durable import sync_file, temporary_beside

# A name has 384 letters at most; a cell of a megabyte is a broken quote.
_LONGEST_CELL = 1 << 20


def read_rows(path: Path, needed: Sequence[str]) -> tuple[list[str], Iterator[dict[str, str]]]:
    """Header and rows of a CSV that has the ``needed`` columns."""
    rows = _rows(path)
    header = [name.strip() for name in next(rows, [])]
    missing = [name for name in needed if name not in header]
    if missing:
        raise InputRefused(
            f"{path} line 1: expected the columns {', '.join(needed)}; {missing[0]} is missing"
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputRefused(f"{path} line 1: column {twice[0]!r} stands there twice")
    return header, (
        dict(zip(header, row, strict=True)) for row in _checked(rows, len(header), path)
    )


def _checked(rows: Iterable[list[str]], width: int, path: Path) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 1):
        if row and len(row) != width:
            raise InputRefused(f"{path} record {number}: expected {width} cells, found {len(row)}")
        if row:
            yield row


def _rows(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as f:
            yield from csv.reader(f)
    except UnicodeDecodeError as e:
        raise InputRefused(
            f"{path}: expected UTF-8 text, found the byte {e.object[e.start]:#x}"
        ) from e
    except csv.Error as e:
        raise InputRefused(f"{path}: expected a CSV file, found {e}") from e


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """Write a CSV in one step; rows written. What stood there before is replaced."""
    if not path.parent.is_dir():
        raise InputRefused(f"{path}: no such folder: {path.parent}")
    count = 0
    temporary = temporary_beside(path)
    try:
        with temporary.open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow([cell(name) for name in header])
            for row in rows:
                writer.writerow([cell(row[name]) for name in header])
                count += 1
        sync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count
