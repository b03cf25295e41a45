"""Fields of bitcoin-etl's records: text, number or nothing → a value, or ``ValueError`` why not.

Numbers come as text with every digit kept (see ``jsonl``). What is missing is null.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from transforms.clean.bounds import END_OF_TIME, FIRST_TIME

MAX_PLACE: Final = 10**9
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch
_ISO_FORMATS: Final = ("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S%z")


def is_coinbase(found: Mapping[str, Any]) -> bool:
    """Whether a transaction is the one that creates its block's reward."""
    said = found.get("is_coinbase")
    if isinstance(said, bool):
        return said
    if said in ("true", "false"):
        return bool(said == "true")
    raise ValueError("is_coinbase: expected true or false")


def entries(found: Mapping[str, Any], side: str) -> list[Mapping[str, Any]]:
    """Inputs or outputs of a transaction."""
    given = found.get(side)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(e, dict) for e in given):
        raise ValueError(f"{side}: expected a list of objects")
    return given


def amount(entry: Mapping[str, Any], side: str) -> str | None:
    """Value of an input or output in base units."""
    value = entry.get("value")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_number(value):
        raise ValueError(f"{side}: expected a value in base units, found {str(value)[:60]!r}")
    return value


def whole(found: Mapping[str, Any], key: str, at_most: int) -> int | None:
    """A whole number."""
    value = found.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_number(value) or int(value) > at_most:
        shown = str(value)[:60]
        raise ValueError(f"{key}: expected a number up to {at_most}, found {shown!r}")
    return int(value)


def is_number(text: str) -> bool:
    """Whether a text is decimal digits, and not more than an amount can have."""
    # 78 digits hold every amount there is; longer ones would only cost time.
    return text.isascii() and text.isdigit() and len(text) <= 78


def txid(found: Mapping[str, Any], key: str) -> str | None:
    """A hash of 64 hex digits."""
    value = found.get(key)
    if value is None or value == "":
        return None
    text = value.lower() if isinstance(value, str) else ""
    if not _HASH(text):
        raise ValueError(f"{key}: expected 64 hex digits, found {str(value)[:80]!r}")
    return text


def block_time(value: Any) -> datetime | None:
    """Unix seconds, or the text of a warehouse's export; null where there is none."""
    if value is None or value == "":
        return None
    text = str(value)
    at = None
    if is_number(text) and len(text) <= 11:
        at = datetime.fromtimestamp(int(text), UTC)
    else:
        for form in _ISO_FORMATS:
            try:
                at = datetime.strptime(text, form)  # noqa: DTZ007 the forms without a zone are UTC
            except ValueError:
                continue
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
            break
    if at is None or not FIRST_TIME <= at < END_OF_TIME:
        raise ValueError(f"block_timestamp: expected seconds since 1970, found {text[:40]!r}")
    return at
