"""Times of blocks as exports write them: unix seconds or ISO, always as an instant in UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.bounds import END_OF_TIME, FIRST_TIME
from transforms.clean.columns import Cleaned, each, integers

TIMESTAMP: Final = pa.timestamp("us", "UTC")
_SECONDS = re.compile(r"[0-9]{1,18}").fullmatch
# 2023-05-02 12:19:59, with T or blank, fraction, and UTC, Z, an offset or nothing behind it.
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(\.[0-9]{1,9})?"
    r" ?(?:(UTC|Z|z)|([+-])([0-9]{2}):?([0-9]{2})?)?"
).fullmatch


def instants(texts: pa.Array) -> Cleaned:
    """A column of times: unix seconds at once, everything else by ``instant``."""
    if not len(texts):
        return Cleaned(pa.nulls(0, TIMESTAMP), {})
    if pc.all(pc.match_substring_regex(texts, "^[0-9]{9,10}$")).as_py():
        seconds = integers(texts).values
        bounds = pc.min_max(seconds).as_py()
        if FIRST_TIME.timestamp() <= bounds["min"] and bounds["max"] < END_OF_TIME.timestamp():
            return Cleaned(pc.cast(seconds, pa.timestamp("s", "UTC")).cast(TIMESTAMP), {})
    return each(texts, instant, TIMESTAMP)


def instant(text: str) -> datetime | None:
    """The instant a text means; null where it is empty or 0, which is what genesis blocks say.

    A time without a zone is UTC. ``ValueError`` where it is none, or no block can have it.
    """
    text = text.strip()
    if not text or text == "0":
        return None
    if _SECONDS(text):
        if int(text) >= END_OF_TIME.timestamp():
            raise ValueError("expected unix seconds between 2009 and 2040")
        found = datetime.fromtimestamp(int(text), UTC)
    else:
        found = _iso(text)
    if not FIRST_TIME <= found < END_OF_TIME:
        what = "unix seconds" if _SECONDS(text) else "a time"
        raise ValueError(f"expected {what} between 2009 and 2040")
    return found


def _iso(text: str) -> datetime:
    parts = _ISO(text)
    if not parts:
        raise ValueError(
            f"expected unix seconds or a time such as 2023-05-02 12:19:59 UTC, found {text[:40]!r}"
        )
    found = datetime.fromisoformat(f"{parts[1]} {parts[2]}").replace(tzinfo=UTC)
    if parts[5]:
        offset = timedelta(hours=int(parts[6]), minutes=int(parts[7] or 0))
        found = found.replace(tzinfo=timezone(offset if parts[5] == "+" else -offset))
    # Digits behind the microsecond say nothing of a block.
    fraction = int((parts[3] or ".0")[1:7].ljust(6, "0"))
    return found.astimezone(UTC).replace(microsecond=fraction)
