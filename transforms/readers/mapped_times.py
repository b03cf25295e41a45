"""Local times in the formats and the zone that a mapping names → instants in UTC.

Times that a clock showed twice (end of summer time) are taken as the first.
"""

import re
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pyarrow as pa

from transforms.clean.bounds import END_OF_TIME, FIRST_TIME
from transforms.clean.columns import Cleaned, each
from transforms.clean.instants import TIMESTAMP
from transforms.readers.mapping import Column

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}").fullmatch
_ISO_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def times(column: Column, texts: pa.Array) -> Cleaned:
    """Texts of a column as the instants its mapping says they are."""
    return each(texts, partial(_time, column.formats, ZoneInfo(column.tz)), TIMESTAMP)


def _time(formats: tuple[str, ...], zone: ZoneInfo, text: str) -> datetime | None:
    """A local time of one of the formats as an instant; ``unix`` and ``unix_ms`` are formats."""
    text = text.strip()
    if not text:
        return None
    for form in formats:
        try:
            found = _read_time(form, text)
        except (ValueError, OverflowError):
            continue
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        found = found.astimezone(UTC)
        if not FIRST_TIME <= found < END_OF_TIME:
            raise ValueError(f"expected a time between 2009 and 2040, found {text[:40]!r}")
        return found
    raise ValueError(f"expected a time as {' or '.join(formats)}, found {text[:40]!r}")


def _read_time(form: str, text: str) -> datetime:
    if form in ("unix", "unix_ms"):
        if not (text.isascii() and text.isdigit()):
            raise ValueError(text)
        seconds, milliseconds = divmod(int(text), 1000) if form == "unix_ms" else (int(text), 0)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    if form in _ISO_FORMATS and _ISO(text) and text[10] == form[8]:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 the mapping's zone is put on by the caller
