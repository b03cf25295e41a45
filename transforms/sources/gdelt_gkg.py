"""GDELT's Global Knowledge Graph 2.1: what was reported where, one zip every 15 minutes.

In: ``YYYYMMDDHHMMSS[.translation].gkg.csv.zip``, one batch per slot. Out: articles (metadata
only: GDELT supplies no text) and the names its extractor found. Format:
http://data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf

Oddities: TAB-separated without quoting or header; ``DATE`` is the slot, one value for all rows,
and never a publication time; the only publication time is PAGE_PRECISEPUBTIMESTAMP inside
``Extras``, in half of the rows and sometimes later than the slot. Titles carry HTML entities.
Names are claims: the V1 columns are lower-case and without offsets, AllNames is Title Case with
offsets into GDELT's own text. The V2 person and organisation columns repeat V1 with offsets and
are not read. Each item of the three columns becomes one row (an item repeated with the same
offset once), so that their counts can be compared with GDELT's.
"""

import html
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from transforms.clean.urls import canonical, is_official
from transforms.errors import InputRefused
from transforms.readers import gdelt
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="gdelt_gkg",
    family=Family.ARTICLES,
    publisher="The GDELT Project",
    page="https://www.gdeltproject.org/data.html",
    urls=("http://data.gdeltproject.org/gdeltv2/lastupdate.txt",),
    hosts=("data.gdeltproject.org",),
    format="zip of tab-separated text",
    licence="free for any use with attribution to the GDELT Project",
    cadence="*/15 * * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.STEM,
    suffixes=(".gkg.csv.zip",),
    sidecars=("*.gkg.csv.md5", "*.gkg.csv.zip.md5", "lastupdate*.txt", "masterfilelist*.txt"),
    options=("md5",),
)

_COLUMNS = 27
_RECORD, _DATE, _COLLECTION, _PUBLISHER, _DOCUMENT = 0, 1, 2, 3, 4
_PERSONS, _ORGANIZATIONS, _ALL_NAMES, _TRANSLATION, _EXTRAS = 11, 13, 23, 25, 26
_WEB = "1"  # collection whose document identifiers are URLs
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)
_PUBLISHED = re.compile(r"<PAGE_PRECISEPUBTIMESTAMP>\s*(\d+)\s*</PAGE_PRECISEPUBTIMESTAMP>")
_LANGUAGE = re.compile(r"srclc:([a-z]{2,3})")
# GDELT 2 begins in 2015; a date before 1990 is a page's default, not a publication.
_FIRST_YEAR = 1990


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one slot; refused where the zip is not whole or not the one promised."""
    file = _slot_file(raw)
    if not gdelt.check(raw, file):
        batch.warn("no md5 given for the zip")
    slot = gdelt.slot_of(file.name)
    batch.dated(slot.date() if slot else None)
    seen: dict[str, int] = {}
    for number, line in gdelt.lines(raw, file, ".gkg.csv"):
        batch.read()
        text = _decoded(line, batch)
        fields = text.split("\t")
        reason = _refusal(fields) or _repeats(fields, seen, number)
        if reason:
            batch.reject(reason, file=file.name, line=number, record_id=fields[0], raw=text)
            continue
        _stage(batch, fields, slot)
    if not batch.rows_read:
        raise InputRefused(f"{raw.source} {file.name}: expected records, found an empty member")


def _slot_file(raw: RawSet) -> RawFile:
    zips = [f for f in raw.files if f.name.lower().endswith(".zip")]
    if len(zips) != 1:
        names = ", ".join(f.name for f in raw.files)
        raise InputRefused(f"{raw.source} {names}: expected one *.gkg.csv.zip, found {len(zips)}")
    return zips[0]


def _decoded(line: bytes, batch: Batch) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        batch.warn("invalid UTF-8 replaced")
        return line.decode("utf-8", errors="replace")


def _refusal(fields: list[str]) -> str | None:
    if len(fields) != _COLUMNS:
        return f"expected {_COLUMNS} columns, found {len(fields)}"
    if not fields[_RECORD]:
        return "expected a GKGRECORDID, found none"
    if gdelt.timestamp(fields[_DATE]) is None:
        return f"expected DATE as YYYYMMDDHHMMSS, found {fields[_DATE][:40]!r}"
    if not fields[_DOCUMENT]:
        return "expected a document identifier, found none"
    return None


def _repeats(fields: list[str], seen: dict[str, int], number: int) -> str | None:
    """An article stands once per slot; the first row of an address is kept."""
    first = seen.setdefault(_article_id(fields), number)
    return None if first == number else f"same article as line {first}"


def _address(fields: list[str]) -> str | None:
    return canonical(fields[_DOCUMENT]) if fields[_COLLECTION] == _WEB else None


def _article_id(fields: list[str]) -> str:
    return sha256((_address(fields) or fields[_DOCUMENT]).encode()).hexdigest()[:16]


def _stage(batch: Batch, fields: list[str], slot: datetime | None) -> None:
    address, article_id = _address(fields), _article_id(fields)
    seen_at = gdelt.timestamp(fields[_DATE])
    batch.dated(seen_at.date() if seen_at else None)
    if slot and seen_at != slot:
        batch.warn("DATE differs from the slot in the file's name")
    stated = _PUBLISHED.search(fields[_EXTRAS])
    published_at = gdelt.timestamp(stated[1]) if stated else None
    if stated and published_at is None:
        batch.warn("unreadable PAGE_PRECISEPUBTIMESTAMP")
    title = _TITLE.search(fields[_EXTRAS])
    language = _LANGUAGE.search(fields[_TRANSLATION])
    batch.add(
        "staged.articles",
        {
            "article_id": article_id,
            "url": fields[_DOCUMENT] if fields[_COLLECTION] == _WEB else None,
            "url_canonical": address,
            "title": (html.unescape(title[1]).strip() or None) if title else None,
            "published_at": published_at,
            "published_precision": "second" if published_at else "none",
            "published_basis": "feed" if published_at else "none",
            "seen_at": seen_at,
            "seen_date": seen_at.date() if seen_at else None,
            "language": language[1] if language else None,
            "publisher": fields[_PUBLISHER] or None,
            "text_completeness": "metadata",
            "document_kind": "official_notice" if is_official(address) else "news",
            "is_date_anomalous": _is_anomalous(published_at, seen_at),
            "record_id": fields[_RECORD],
        },
    )
    for kind, column in (("person", _PERSONS), ("organization", _ORGANIZATIONS)):
        for name in dict.fromkeys(n.strip() for n in fields[column].split(";")):
            _add_name(batch, fields[_RECORD], article_id, name=name, kind=kind)
    for item in dict.fromkeys(fields[_ALL_NAMES].split(";")):
        name, comma, offset = item.rpartition(",")
        if not (comma and offset.isascii() and offset.isdigit()):
            name, offset = item, ""
        at = int(offset) if offset else None
        _add_name(batch, fields[_RECORD], article_id, name=name.strip(), kind="any", offset=at)


def _add_name(
    batch: Batch, record: str, article_id: str, *, name: str, kind: str, offset: int | None = None
) -> None:
    if name:
        batch.add(
            "staged.article_names",
            {
                "article_id": article_id,
                "name": name,
                "name_kind": kind,
                "gdelt_offset": offset,
                "record_id": record,
            },
        )


def _is_anomalous(published_at: datetime | None, seen_at: datetime | None) -> bool:
    if published_at is None:
        return False
    if published_at < datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC):
        return True
    return seen_at is not None and published_at > seen_at + timedelta(days=1)
