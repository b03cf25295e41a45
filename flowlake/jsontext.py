"""Results as JSON that loses nothing and harms nobody.

Integers of any size are JSON integers, decimals are strings with all their digits, floats are
numbers that read back the same (``nan`` and infinities, which JSON has no numbers for, strings),
instants are ISO 8601, bytes are hex. The text is ASCII: every other character is escaped, so it
survives any terminal, locale and lone surrogate of a file's name unchanged.
"""

import json
import math
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any


def json_text(result: Mapping[str, Any]) -> str:
    """One JSON object on one line."""
    return json.dumps(_exact(result), ensure_ascii=True, allow_nan=False)


def text(value: Any) -> str:
    """One value for a person: as in JSON, but without quotes, and nothing for null."""
    exact = _exact(value)
    if exact is None:
        return ""
    return exact if isinstance(exact, str) else json.dumps(exact, ensure_ascii=False)


def _exact(value: Any) -> Any:
    exact: Any
    match value:
        case None | bool() | int() | str():
            exact = value
        case float():
            exact = value if math.isfinite(value) else str(value)
        case Mapping():
            exact = {k if isinstance(k, str) else text(k): _exact(v) for k, v in value.items()}
        case list() | tuple():
            exact = [_exact(v) for v in value]
        case Decimal():
            exact = format(value, "f")
        case date() | time():  # a datetime is a date
            exact = value.isoformat()
        case bytes():
            exact = value.hex()
        case _:  # UUIDs, paths, intervals
            exact = str(value)
    return exact
