"""Labels of addresses from CSV files: Etherscan's label pages, or a table of one's own.

In: either the CSV that people make of https://etherscan.io/labelcloud, whose columns are an unnamed
index, ``Address``, ``Name Tag``, ``Balance`` and ``Txn Count`` and whose file name is the label
(``binance.csv``, ``bridge.csv``); or a table with the columns ``chain``, ``address`` and ``label``
and, as wanted, ``category``, ``actor``, ``labeller``, ``confidence``, ``labelled_on`` and
``source``. Out: ``staged.address_labels``.

What Etherscan's name of a label means, a kind of service or somebody who runs one, stands in
``seeds/label_files.csv`` and ``seeds/categories.csv``; a name that is in neither gives neither. An
address without a name tag gets the label's name. The site of another chain writes the same form:
give ``--chain``; balances in another coin than the chain's refuse the file. A label page without
entries is a header of one empty column. Balances and counts are of the day somebody looked and are
not kept. A label is a claim, and one that repeats a sanctions list designates nobody.
"""

import csv
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Final

from transforms.chains import CHAINS
from transforms.clean.addresses import Address, canonical, canonical_wallet
from transforms.clean.categories import category_of
from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.forms import Form, form_of, sheet
from transforms.readers.unpack import contents
from transforms.readers.words import report_word
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="label_csv",
    family=Family.LABELS,
    publisher="Etherscan, by whoever copied its labels; or your own",
    page="https://etherscan.io/labelcloud",
    format="csv",
    licence="Etherscan's terms; your own",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.STEM,
    suffixes=(".csv", ".csv.gz"),
    options=("chain",),
    headers=(("Address", "Name Tag", "Balance", "Txn Count"), ("chain", "address", "label")),
)

_TABLE: Final = "staged.address_labels"
_FORMS: Final = (
    Form(
        "Etherscan's labels",
        ("address", "name_tag", "balance"),
        unread=frozenset({"", "Txn Count"}),
        theirs={"name_tag": ("Name Tag", "Nametag", "Name_Tag"), "balance": ("Balance",)},
    ),
    Form(
        "a table of labels",
        ("chain", "address", "label"),
        ("category", "actor", "labeller", "confidence", "labelled_on", "source"),
        theirs={"source": ("source", "label_source"), "category": ("category", "categories")},
    ),
)
# Who keeps the labels of a chain; all of them are written by one company's software.
_EXPLORERS: Final = {
    "ethereum": ("Etherscan", "https://etherscan.io"),
    "bsc": ("BscScan", "https://bscscan.com"),
    "polygon": ("PolygonScan", "https://polygonscan.com"),
    "arbitrum": ("Arbiscan", "https://arbiscan.io"),
    "optimism": ("Optimistic Etherscan", "https://optimistic.etherscan.io"),
    "base": ("BaseScan", "https://basescan.org"),
    "avalanche": ("SnowScan", "https://snowscan.xyz"),
}
# Polygon's coin was called MATIC before 2024, and old pages of Etherscan write Ether for ETH.
_COINS: Final = {"matic": "pol", "ether": "eth"}
_UNIT: Final = re.compile(r"[0-9][0-9,.]* ([A-Za-z]{2,10})").fullmatch
# What browsers and people add to a page's name when they save it again: (1), a day.
_AGAIN: Final = re.compile(r"(?:[ _-]?\([0-9]{1,3}\)|[ _-][0-9]{4}-?[0-9]{2}-?[0-9]{2})+$")
_STOLEN: Final = re.compile(r".+-(hack|hacker|exploit|exploiter|heist)").fullmatch
Row = Mapping[str, str]


def parse(raw: RawSet, batch: Batch) -> None:
    """One label per record."""
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            found = sheet(stream, name)
            if not isinstance(found, CsvFile) or found.is_empty:
                what = "0 bytes" if found.is_empty else "JSON or Parquet"
                raise InputRefused(f"{raw.source} {name}: expected a CSV of labels, found {what}")
            if found.header == ("",):
                _expect_nothing(found, name, batch)
                continue
            form = form_of(_FORMS, found.header, name)
            read = _own if form is _FORMS[1] else _Page(raw, name).label
            for column in form.unknown(found.header):
                report_word(batch, "column", column)
            _stage(found, form, read, batch)


def _expect_nothing(found: CsvFile, name: str, batch: Batch) -> None:
    """A label page without entries; columns nobody named must not hold any."""
    if any(found.records(part, []).count for part in found.slices()):
        raise InputRefused(f"{name} line 1: expected column names, found one without a name")
    batch.warn("label page without entries")


def _stage(
    found: CsvFile, form: Form, read: Callable[[Row, Batch, str], dict[str, Any]], batch: Batch
) -> None:
    names = form.columns(found.header)
    for part in found.slices():
        records = found.records(part, list(names.values()))
        batch.read(records.count)
        for bad in records.malformed:
            where = f"{found.name}:{bad.line}"
            batch.reject(bad.reason, file=found.name, line=bad.line, record_id=where, raw=bad.raw)
        rows = records.columns.rename_columns(list(names)).to_pylist()
        for number, (line, row) in enumerate(zip(records.lines.to_pylist(), rows, strict=True)):
            where = f"{found.name}:{line}"
            try:
                label = read({k: v.strip() for k, v in row.items()}, batch, found.name)
            except ValueError as e:
                text = records.raw(number)
                batch.reject(str(e), file=found.name, line=line, record_id=where, raw=text)
                continue
            batch.add(_TABLE, {**label, "record_id": where})


class _Page:
    """One label page of an explorer: what its name means for all of its addresses."""

    def __init__(self, raw: RawSet, name: str) -> None:
        self._chain = raw.options.get("chain", "ethereum")
        if self._chain not in _EXPLORERS:
            raise InputRefused(
                f"{raw.source}: option chain is {self._chain!r}, expected one of "
                f"{', '.join(_EXPLORERS)}"
            )
        self._name = _AGAIN.sub("", _stem(name))
        word = self._name.lower().replace("_", "-").replace(" ", "-")
        self._category, self._actor = _meaning(word)
        self._labeller, site = _EXPLORERS[self._chain]
        self._page = f"{site}/accounts/label/{word}"

    def label(self, row: Row, batch: Batch, name: str) -> dict[str, Any]:
        """A record as a label."""
        unit = found[1].lower() if (found := _UNIT(row["balance"])) else "wei"
        if unit != "wei" and _COINS.get(unit, unit) != CHAINS[self._chain].ticker:
            raise InputRefused(
                f"{name}: balances in {unit.upper()} are not of {self._chain}; say the chain with "
                f"--chain, one of {', '.join(_EXPLORERS)}"
            )
        address = _address(row["address"], self._chain, batch)
        if self._category is None:
            batch.warn("file name that is no known label")
        return {
            "chain": self._chain,
            "address": address,
            "label": row["name_tag"] or self._name,
            "category": self._category,
            "actor": self._actor,
            "labeller": self._labeller,
            "label_source": self._page,
        }


def _own(row: Row, batch: Batch, name: str) -> dict[str, Any]:
    """A record of one's own table as a label."""
    chain: str | None = row["chain"].lower() or None
    if chain is not None and chain not in CHAINS:
        raise ValueError(f"chain: expected one of {', '.join(CHAINS)}, found {chain[:40]!r}")
    if not row["label"]:
        raise ValueError("label: is missing")
    if chain is None:
        wallet = canonical_wallet(row["address"], "")
        if wallet.is_checksum_valid is False and wallet.chain is None:
            raise ValueError(f"address: no chain can have {row['address'][:120]!r}")
        address, chain = wallet.address, wallet.chain
    else:
        address = _address(row["address"], chain, batch)
    category, unknown = category_of(re.split(r"[,;|]", row.get("category", "")))
    for word in unknown:
        report_word(batch, "category", word)
    return {
        "chain": chain,
        "address": address,
        "label": row["label"],
        "category": category,
        "actor": row.get("actor") or None,
        "labeller": row.get("labeller") or _stem(name),
        "confidence": row.get("confidence") or None,
        "labelled_on": _day(row.get("labelled_on", "")),
        "label_source": row.get("source") or None,
    }


def _address(text: str, chain: str, batch: Batch) -> str:
    if not text:
        raise ValueError("address: is missing")
    try:
        found: Address = canonical(text, chain)
    except ValueError as e:
        raise ValueError(f"address: {e}") from e
    if found.is_checksum_valid is False:
        batch.warn("address whose letter case is no checksum")
    return found.address


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"labelled_on: expected YYYY-MM-DD, found {text[:40]!r}") from None


@cache
def _names() -> Mapping[str, tuple[str, str | None]]:
    text = files("transforms").joinpath("seeds/label_files.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: (row["category"], row["actor"] or None) for row in rows}


def _meaning(word: str) -> tuple[str | None, str | None]:
    """(category, actor) of a label's name, as far as it is known."""
    if word in _names():
        return _names()[word]
    if _STOLEN(word):
        return "hack", None
    category, unknown = category_of([word])
    return (None if unknown else category), None


def _stem(name: str) -> str:
    file = PurePath(name).name
    suffix = next((s for s in (".csv.gz", ".csv") if file.lower().endswith(s)), "")
    return file[: len(file) - len(suffix)]
