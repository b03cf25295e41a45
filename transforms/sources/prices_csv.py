"""Daily closing prices in US dollars.

In: a CSV or a Parquet file with the columns ``asset`` (an asset id: ``ethereum:eth``,
``tron:TR7N…``, a mapping's own word; a bare symbol of a token is none), ``price_date`` (UTC day,
YYYY-MM-DD), ``price_usd`` (per whole unit, a decimal number, ``1.2e-05`` included) and optionally
``source``, in any order and letter case; any other column is refused. Out: ``staged.asset_prices``,
exact to 18 decimals. A file is a pack: the next version of the same name replaces it. Only one
price per asset and day can be right, so a second one is rejected, even one that says the same. In
Parquet a price may be a double, which then means the shortest number that is that double, and a day
may be an instant at midnight, as it may in a CSV.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from transforms.chains import CHAINS
from transforms.clean.amounts import price
from transforms.clean.assets import canonical_asset
from transforms.clean.tickers import is_known
from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.forms import sheet
from transforms.readers.parquet import ParquetRecords
from transforms.readers.records import Records
from transforms.readers.unpack import contents
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="prices_csv",
    family=Family.PRICES,
    publisher="Whoever the column source names",
    page="https://en.wikipedia.org/wiki/Comma-separated_values",
    format="csv, parquet",
    licence="the price source's own terms",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.STEM,
    suffixes=(".csv", ".csv.gz", ".parquet"),
    headers=(("asset", "price_date", "price_usd"),),
)

_REQUIRED = ("asset", "price_date", "price_usd")
# Column of the file → ours; the last two are one column under two names.
_COLUMNS = {c: c for c in _REQUIRED} | dict.fromkeys(("source", "price_source"), "price_source")
T = TypeVar("T")
# As ``readers/parquet.py`` writes doubles and instants.
_DOUBLE = re.compile(r"-?[0-9]\.[0-9]{16}e[+-][0-9]{2,3}").fullmatch
_MIDNIGHT = re.compile(r"[0-9]{9,10}").fullmatch
_DAY = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?(?: ?UTC|Z|\+00:?00)?"
).fullmatch
# No coin had a price before Bitcoin's first block.
_FIRST, _LAST = date(2009, 1, 3), date(2100, 1, 1)


def parse(raw: RawSet, batch: Batch) -> None:
    """One price per record."""
    seen: dict[tuple[str, date], str] = {}
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            found = sheet(stream, name)
            if isinstance(found, ParquetRecords):
                columns = _columns(found)
                for rows in found.slices(list(columns)):
                    _stage(found.records(rows, list(columns)), columns, seen, batch)
            elif isinstance(found, CsvFile):
                columns = _columns(found)
                for part in found.slices():
                    _stage(found.records(part, list(columns)), columns, seen, batch)
            else:
                raise InputRefused(f"{SOURCE.name} {name}: expected CSV or Parquet, found JSON")


def _columns(found: CsvFile | ParquetRecords) -> dict[str, str]:
    """Column as the file spells it → ours."""
    where = f"{SOURCE.name} {found.name}"
    if found.is_empty:
        raise InputRefused(f"{where}: expected prices, found 0 bytes")
    named = {name: _COLUMNS.get(name.lower()) for name in found.header}
    missing = [c for c in _REQUIRED if c not in named.values()]
    if missing:
        raise InputRefused(
            f"{where} line 1: column {', '.join(missing)} is missing; found "
            f"{', '.join(found.header)[:300]}"
        )
    columns = {theirs: ours for theirs, ours in named.items() if ours}
    unknown = [name for name in found.header if name not in columns]
    if unknown:
        raise InputRefused(
            f"{where} line 1: expected asset, price_date, price_usd and source, found also "
            f"{', '.join(unknown)[:300]}"
        )
    if len(set(columns.values())) < len(columns):
        raise InputRefused(f"{where} line 1: a column stands there twice: {', '.join(columns)}")
    return columns


def _stage(
    records: Records,
    columns: Mapping[str, str],
    seen: dict[tuple[str, date], str],
    batch: Batch,
) -> None:
    batch.read(records.count)
    for bad in records.malformed:
        _reject(records, bad.line, bad.reason, bad.raw, batch)
    named = records.columns.rename_columns([columns[c] for c in records.columns.column_names])
    lines: list[int] = records.lines.to_pylist()
    for number, row in enumerate(named.to_pylist()):
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
        if _is_bare_symbol(staged["asset"]):
            batch.warn(f"asset {staged['asset'][:40]} is a symbol and no id such as ethereum:eth")
        batch.add("staged.asset_prices", {**staged, "record_id": where})


def _price(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "asset": _value(row, "asset", canonical_asset),
        "price_date": _value(row, "price_date", _day),
        "price_usd": _value(row, "price_usd", _usd),
        "price_source": row.get("price_source", "").strip() or None,
    }


def _value(row: Mapping[str, str], column: str, read: Callable[[str], T]) -> T:
    try:
        return read(row[column])
    except ValueError as e:
        raise ValueError(f"{column}: {e}") from e


def _is_bare_symbol(asset: str) -> bool:
    """Whether an asset is called as coins and tokens are: no transfer is of such a one."""
    return asset.partition(":")[0].lower() not in CHAINS and is_known(asset.partition(":")[0])


def _usd(text: str) -> Decimal:
    if not _DOUBLE(text):
        return price(text)
    # Seventeen digits of a double: the shortest number that is the same one was meant.
    shortest = repr(float(text))
    # A price is a rate and no amount: what lies behind the column's 18 decimals is rounded off.
    return price(f"{Decimal(shortest):.18f}")


def _day(text: str) -> date:
    text = text.strip()
    if _MIDNIGHT(text) and int(text) % 86_400 == 0:
        text = datetime.fromtimestamp(int(text), UTC).date().isoformat()
    if not (found := _DAY(text)):
        raise ValueError(f"expected YYYY-MM-DD, found {text[:40]!r}")
    day = date.fromisoformat(found[1])
    if not _FIRST <= day < _LAST:
        raise ValueError(f"expected a day between 2009 and 2100, found {text}")
    return day


def _reject(records: Records, line: int, reason: str, raw: str, batch: Batch) -> None:
    record_id = f"{records.file}:{line}"
    batch.reject(reason, file=records.file, line=line, record_id=record_id, raw=raw)
