"""Articles as files: running text or saved web pages, with what is known of them beside them.

In: ``NAME.txt``, ``NAME.html`` (or ``.htm``; each also ``.gz``) and optionally ``NAME.json`` with
``url``, ``title``, ``published_at``, ``publisher``, ``language``, ``seen_at``. Out: one article
per file. The body of a text file is the file's text unchanged (UTF-8; only a byte order mark is
left out), that of a page is what trafilatura takes for its main text; spans of mentions count
code points of that body.

``published_at`` comes from the sidecar, else from the date given for the run, else from the page
itself (htmldate, a day). A date in a file's or folder's name is no publication date. A file that
cannot be read is a reject and refused by name, the others are taken; an article given twice is a
reject. A run of which nothing can be read is refused.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from transforms.clean.urls import canonical, is_official
from transforms.errors import InputRefused
from transforms.readers.article_page import PAGES, Page, Unreadable, beginning, read_page
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="articles",
    family=Family.ARTICLES,
    publisher="whoever wrote the article",
    page="https://trafilatura.readthedocs.io/",
    format="text or HTML, JSON sidecars",
    licence="the publisher's copyright; for use inside the organisation that dropped the files",
    cadence=None,
    grouping=Grouping.RUN,
    batch_name=BatchName.CONTENT,
    suffixes=(".txt", ".html", ".htm", ".json"),
)

# htmldate refuses dates after this day; without it, it asks the clock and a re-run may differ.
_NO_LATER_THAN = date(2100, 1, 1)
_SIDECAR_KEYS = frozenset(("url", "title", "published_at", "publisher", "language", "seen_at"))
_SECONDS = re.compile(r"\d\d:\d\d:\d\d")


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage each article of the run; refused where not one of them can be read."""
    sidecars = {_stem(f.name): f for f in raw.files if f.name.lower().endswith(".json")}
    articles = [f for f in raw.files if not f.name.lower().endswith(".json")]
    if not articles:
        raise InputRefused(f"{raw.source}: expected .txt or .html files, found {_names(raw.files)}")
    seen: dict[str, str] = {}
    for file in articles:
        batch.read()
        try:
            stated = _sidecar(sidecars.pop(_stem(file.name), None), batch)
            row = _row(file, stated, raw)
        except Unreadable as e:
            batch.refuse(str(e), file=file.name, raw=beginning(file), is_record=True)
            continue
        if row["article_id"] in seen:
            batch.reject(
                f"same article as {seen[row['article_id']]}",
                file=file.name,
                record_id=PurePosixPath(file.name).name,
                raw=beginning(file),
            )
            continue
        seen[row["article_id"]] = file.name
        batch.add("staged.articles", row)
    if sidecars:
        batch.warn("sidecar without an article", len(sidecars))
    if not seen:
        reasons = "; ".join(list(batch.refused.values())[:3])
        raise InputRefused(f"{raw.source} {reasons}; nothing to publish")


def _names(files: tuple[RawFile, ...]) -> str:
    return ", ".join(f.name for f in files[:3]) or "none"


def _stem(name: str) -> str:
    """Name that an article and its sidecar share: ``a.json`` goes with ``a.txt`` and ``a.html.gz``.

    ``a.txt.json`` is taken for the sidecar of ``a.txt`` too.
    """
    stem = name
    for suffix in (".json", ".gz", ".txt", *PAGES):
        if stem.lower().endswith(suffix):
            stem = stem[: -len(suffix)]
    return stem


def _row(file: RawFile, stated: Mapping[str, Any], raw: RawSet) -> dict[str, Any]:
    seen_at, _ = _instant(stated.get("seen_at"))
    page = read_page(file, _latest_day(raw, seen_at))
    published_at, precision, basis = _publication(stated, raw, page)
    url = stated.get("url") or page.url
    address = canonical(url) if url else None
    if url and address is None:
        raise Unreadable(f"expected an http(s) address as url, found {url[:200]!r}")
    host = urlsplit(address).hostname if address else None
    return {
        "article_id": sha256((address or page.body).encode()).hexdigest()[:16],
        "url": url,
        "url_canonical": address,
        "title": stated.get("title") or page.title,
        "body": page.body,
        "published_at": published_at,
        "published_precision": precision,
        "published_basis": basis,
        "seen_at": seen_at,
        "seen_date": seen_at.date() if seen_at else None,
        "language": stated.get("language") or page.language,
        "publisher": stated.get("publisher") or page.publisher or host,
        "text_completeness": "full",
        "text_sha256": sha256(page.body.encode()).hexdigest(),
        "document_kind": "official_notice" if is_official(address) else "news",
        "is_date_anomalous": _is_anomalous(published_at, seen_at),
        "record_id": PurePosixPath(file.name).name,
    }


# ── what is said of it ──────────────────────────────────────────────────────────────────────


def _sidecar(file: RawFile | None, batch: Batch) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        stated = json.loads(file.path.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as e:
        raise Unreadable(f"sidecar {file.name}: expected JSON, found: {e}") from None
    if not isinstance(stated, dict):
        raise Unreadable(f"sidecar {file.name}: expected an object, found {type(stated).__name__}")
    for key in sorted(stated.keys() - _SIDECAR_KEYS):
        batch.warn(f"sidecar key not understood: {key[:40]}")
    for key in sorted(stated.keys() & _SIDECAR_KEYS):
        if not isinstance(stated[key], str | None):
            raise Unreadable(f"sidecar {file.name}: expected text as {key}, found {stated[key]!r}")
    return stated


def _publication(
    stated: Mapping[str, Any], raw: RawSet, page: Page
) -> tuple[datetime | None, str, str]:
    """Time of publication, its precision and where it comes from."""
    if stated.get("published_at"):
        return *_instant(stated["published_at"]), "sidecar"
    if raw.date is not None and raw.date_basis == "option":
        return _midnight(raw.date), "day", "option"
    if page.published_on is not None:
        return _midnight(page.published_on), "day", "page"
    return None, "none", "none"


def _instant(text: str | None) -> tuple[datetime | None, str]:
    """ISO 8601 as an instant and its precision; a time without a zone is taken as UTC."""
    if not text:
        return None, "none"
    try:
        if len(text) <= len("2025-08-27"):
            return _midnight(date.fromisoformat(text)), "day"
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"expected an ISO 8601 date or time, found {text[:60]!r}") from None
    precision = "second" if _SECONDS.search(text) else "minute"
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), precision


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _latest_day(raw: RawSet, seen_at: datetime | None) -> date:
    """No page tells of a day after it was fetched."""
    if seen_at is not None:
        return seen_at.date() + timedelta(days=1)
    if raw.date is not None and raw.date_basis in ("received", "http"):
        return raw.date + timedelta(days=1)
    return _NO_LATER_THAN


def _is_anomalous(published_at: datetime | None, seen_at: datetime | None) -> bool:
    if published_at is None:
        return False
    is_before_news = published_at.year < 1990  # a page's default, not a publication
    return is_before_news or (seen_at is not None and published_at > seen_at + timedelta(days=1))
