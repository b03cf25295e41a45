"""Which family of chains a table is of, told by its first rows where its columns tell nothing.

tronetl writes its files like ethereum-etl's, so that headers fit both. Accounts differ: Tron's are
``T…`` or ``41…``, an EVM chain's ``0x…``. Where no account stands in the rows, hashes do: tronetl
writes them bare, and times of its blocks may be milliseconds. A row or two prove nothing against
the others (Tron's own logs know the bare 20 bytes), so the more frequent sign counts.
"""

import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

from transforms.errors import InputRefused
from transforms.readers.documents import JsonDocuments
from transforms.readers.forms import Sheet, sheet
from transforms.readers.parquet import ParquetRecords
from transforms.readers.records import Records
from transforms.readers.unpack import contents

# Keys under which interfaces put their records; a record itself has none of them as a list.
LISTS: Final = ("result", "rows", "data", "token_transfers", "transfers")
# Enough rows to meet an account, few enough to cost nothing.
_ROWS: Final = 200
_MEMBERS: Final = 20

_IS_ACCOUNT: Final = re.compile(r"(?:.*_)?address|miner|witness|from|to").fullmatch
_IS_HASH: Final = re.compile(r"(?:.*_)?hash").fullmatch
_IS_TIME: Final = re.compile(r"(?:.*_)?timestamp").fullmatch
_SIGNS: Final = (
    (
        _IS_ACCOUNT,
        {
            "tron": re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}|(?:0[xX]|\\x)?41[0-9a-fA-F]{40}"),
            "evm": re.compile(r"(?:0[xX]|\\x)(?:0{24})?[0-9a-fA-F]{40}"),
        },
    ),
    (
        _IS_HASH,
        {
            "tron": re.compile(r"[0-9a-fA-F]{64}"),
            "evm": re.compile(r"(?:0[xX]|\\x)[0-9a-fA-F]{64}"),
        },
    ),
    (_IS_TIME, {"tron": re.compile(r"[0-9]{13}")}),
)


def family_shown(path: Path, name: str) -> str | None:
    """``evm`` or ``tron``; None where the rows show neither, or both alike."""
    try:
        with closing(_values(path, name)) as values:
            seen = _counted(values)
    except (InputRefused, OSError):  # whoever reads it will say why
        return None
    told = next((found for found in seen if found), None)
    if told is None:
        return None
    most = max(told.values())
    families = [f for f, count in told.items() if count == most]
    return families[0] if len(families) == 1 else None


def _counted(values: Iterator[tuple[str, str]]) -> list[Counter[str]]:
    """How often each family shows, sign by sign."""
    seen: list[Counter[str]] = [Counter() for _ in _SIGNS]
    for column, value in values:
        for found, (is_meant, shapes) in zip(seen, _SIGNS, strict=True):
            if is_meant(column):
                found.update(_shown(value, shapes))
    return seen


def _shown(value: str, shapes: Mapping[str, re.Pattern[str]]) -> Iterator[str]:
    return (family for family, shape in shapes.items() if shape.fullmatch(value))


def _values(path: Path, name: str) -> Generator[tuple[str, str], None, None]:
    """Column and value of what stands in the first rows of each file."""
    with closing(contents(path, name)) as opened:
        for member, stream in islice(opened, _MEMBERS):
            table = sheet(stream, member, LISTS)
            names = [c for c in table.header if any(sign(c.lower()) for sign, _ in _SIGNS)]
            if table.is_empty or not names:
                continue
            for records in islice(_slices(table, names), 1):
                found = records.columns.slice(0, _ROWS)
                for column in found.column_names:
                    for value in found[column].to_pylist():
                        yield column.strip().lower(), (value or "").strip()


def _slices(table: Sheet, names: list[str]) -> Iterator[Records]:
    if isinstance(table, ParquetRecords):
        for batch in table.slices(names):
            yield table.records(batch, names)
    elif isinstance(table, JsonDocuments):
        for items in table.slices():
            yield table.records(items, names)
    else:
        for piece in table.slices():
            yield table.records(piece, names)
