"""Daily closing prices in US dollars.

In: a CSV with the columns ``asset`` (``ethereum:eth``, ``tron:TR7N…``), ``price_date`` (UTC day,
YYYY-MM-DD), ``price_usd`` (per whole unit, plain decimal) and optionally ``price_source``. Out:
``staged.asset_prices``, exact to 18 decimals. A file is a pack: the next version of the same name
replaces it. Only one price per asset and day can be right, so a second one is rejected, even one
that says the same.
"""

import re
from datetime import date
from typing import Any

from transforms.clean.amounts import price
from transforms.clean.assets import canonical_asset
from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.records import Records
from transforms.readers.unpack import contents
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="prices_csv",
    family=Family.PRICES,
    publisher="Whoever the column price_source names",
    page="https://en.wikipedia.org/wiki/Comma-separated_values",
    format="csv",
    licence="the price source's own terms",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.STEM,
    suffixes=(".csv",),
)

_REQUIRED = ("asset", "price_date", "price_usd")
_OPTIONAL = "price_source"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
# No coin had a price before Bitcoin's first block.
_FIRST, _LAST = date(2009, 1, 3), date(2100, 1, 1)


def parse(raw: RawSet, batch: Batch) -> None:
    """One price per record."""
    seen: dict[tuple[str, date], str] = {}
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            sheet = CsvFile(stream, name)
            columns = _columns(raw, sheet, batch)
            for part in sheet.slices():
                _stage(sheet.records(part, columns), seen, batch)


def _columns(raw: RawSet, sheet: CsvFile, batch: Batch) -> list[str]:
    if sheet.is_empty:
        raise InputRefused(f"{raw.source} {sheet.name}: expected prices, found 0 bytes")
    missing = [c for c in _REQUIRED if c not in sheet.header]
    if missing:
        raise InputRefused(
            f"{raw.source} {sheet.name} line 1: column {', '.join(missing)} is missing; found "
            f"{', '.join(sheet.header)[:300]}"
        )
    known = [*_REQUIRED, _OPTIONAL]
    for column in sheet.header:
        if column not in known:
            batch.warn(f"unknown column {column[:80]}")
    return [c for c in known if c in sheet.header]


def _stage(records: Records, seen: dict[tuple[str, date], str], batch: Batch) -> None:
    batch.read(records.count)
    for bad in records.malformed:
        _reject(records, bad.line, bad.reason, bad.raw, batch)
    lines: list[int] = records.lines.to_pylist()
    for number, row in enumerate(records.columns.to_pylist()):
        where = f"{records.file}:{lines[number]}"
        try:
            staged = _price(row)
        except ValueError as e:
            _reject(records, lines[number], str(e), records.raw(number), batch)
            continue
        key = (staged["asset"], staged["price_date"])
        if key in seen:
            reason = f"second price of {key[0]} on {key[1]}, the first is {seen[key]}"
            _reject(records, lines[number], reason, records.raw(number), batch)
            continue
        seen[key] = where
        batch.add("staged.asset_prices", {**staged, "record_id": where})


def _price(row: dict[str, str]) -> dict[str, Any]:
    day = row["price_date"].strip()
    if not _DAY(day):
        raise ValueError(f"price_date: expected YYYY-MM-DD, found {day[:40]!r}")
    found = date.fromisoformat(day)
    if not _FIRST <= found < _LAST:
        raise ValueError(f"price_date: expected a day between 2009 and 2100, found {day}")
    try:
        usd = price(row["price_usd"])
    except ValueError as e:
        raise ValueError(f"price_usd: {e}") from e
    return {
        "asset": canonical_asset(row["asset"]),
        "price_date": found,
        "price_usd": usd,
        "price_source": row.get(_OPTIONAL, "").strip() or None,
    }


def _reject(records: Records, line: int, reason: str, raw: str, batch: Batch) -> None:
    record_id = f"{records.file}:{line}"
    batch.reject(reason, file=records.file, line=line, record_id=record_id, raw=raw)
