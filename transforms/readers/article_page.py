"""One article's file → its text, and what a web page says of itself.

In: running text (UTF-8), or HTML of which trafilatura takes the main text; each also compressed.
What cannot be read as an article is ``Unreadable``, with the reason.
"""

import re
from dataclasses import dataclass
from datetime import date
from io import BufferedReader

from transforms.clean.urls import canonical
from transforms.errors import InputRefused
from transforms.readers.records import RAW_LIMIT
from transforms.readers.unpack import plain
from transforms.sources.base import RawFile

PAGES = (".html", ".htm")
# The longest article page at hand unpacks to 3 MB; trafilatura's own bound is 20 MB as well.
_MAX_BYTES = 20_000_000
# What servers say instead of an article; longer texts may well begin with "Not found".
_ERROR_PAGE = re.compile(
    r"\W*(?:(?:error|http|status)\W{0,3})?(?:[45]\d\d\b\W*|page |file |url )?"
    r"(?:forbidden|not found|gone|access (?:is )?denied|bad (?:gateway|request)"
    r"|internal server error|unauthori[sz]ed|(?:service|temporarily) unavailable"
    r"|gateway time-?out|too many requests|just a moment)",
    re.IGNORECASE,
)
_ERROR_PAGE_LETTERS = 500


class Unreadable(Exception):
    """Why one article cannot be taken; the others still can."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a file itself says."""

    body: str
    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_on: date | None = None


def read_page(file: RawFile, latest: date) -> Page:
    """What a file says; ``latest`` is the last day on which a page can have been published."""
    data = _bytes(file)
    if not data.strip():
        raise Unreadable(f"expected an article, found {len(data)} bytes without text")
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(PAGES):
        return _extracted(data, latest)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise Unreadable(
            f"expected UTF-8, found byte 0x{data[e.start]:02x} at offset {e.start}"
        ) from None
    if "\0" in text:
        raise Unreadable(f"expected text, found a NUL at offset {text.index(chr(0))}")
    if text.lstrip()[:14].lower().startswith(("<!doctype html", "<html")):
        raise Unreadable("expected running text, found a web page; name it .html")
    return Page(text)


def _bytes(file: RawFile) -> bytes:
    """The file's bytes, unpacked and bounded."""
    try:
        with file.path.open("rb") as raw, BufferedReader(plain(raw, file.name)) as stream:
            data = stream.read(_MAX_BYTES + 1)
    except InputRefused as e:
        raise Unreadable(str(e)) from None
    if len(data) > _MAX_BYTES:
        raise Unreadable(f"expected at most {_MAX_BYTES} bytes, found more")
    return data


def beginning(file: RawFile) -> str:
    """As much of a file as a reject keeps of it; nothing where it cannot be unpacked."""
    try:
        with file.path.open("rb") as raw, BufferedReader(plain(raw, file.name)) as stream:
            return stream.read(4 * RAW_LIMIT).decode("utf-8", "replace")
    except InputRefused:
        return ""


def _extracted(data: bytes, latest: date) -> Page:
    from trafilatura import bare_extraction  # half a second, and only pages need it
    from trafilatura.settings import Document

    try:
        found = bare_extraction(
            data,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={
                "original_date": True,
                "extensive_search": False,  # the extensive search takes dates from scripts
                "max_date": latest.isoformat(),
            },
        )
    except Exception as e:  # noqa: BLE001 it raises whatever its parsers do; the page is refused
        raise Unreadable(f"expected a web page, found: {type(e).__name__}: {e}") from None
    body = found.text if isinstance(found, Document) else None
    if not isinstance(found, Document) or not body or not body.strip():
        raise Unreadable("expected a web page with an article, found no running text")
    if len(body) < _ERROR_PAGE_LETTERS and any(
        _ERROR_PAGE.match(t) for t in (body, found.title or "")
    ):
        raise Unreadable(f"expected an article, found a server's message: {body[:60]!r}")
    return Page(
        body=body,
        title=found.title or None,
        url=found.url if found.url and canonical(found.url) else None,
        publisher=found.sitename or None,
        language=_language(data),
        published_on=date.fromisoformat(found.date) if found.date else None,
    )


def _language(data: bytes) -> str | None:
    """Language the page says it is in; some say it wrongly, so it decides nothing."""
    from lxml import etree, html

    try:
        root = html.document_fromstring(data)
    except (etree.LxmlError, ValueError):
        return None
    tag = str(root.get("lang") or "").strip().lower().replace("_", "-").partition("-")[0]
    return tag if tag.isascii() and tag.isalpha() and len(tag) in (2, 3) else None
