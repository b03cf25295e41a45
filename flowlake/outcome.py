"""What a command comes to: an exit status, one JSON object, and lines for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DONE, FAILED, REFUSED, GATE_FAILED = 0, 1, 3, 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to: for programs, and lines for people that belong on stdout."""

    status: int
    result: Mapping[str, Any]
    lines: Iterable[str] = ()
    # For people, too, but about the answer: stderr.
    remarks: Iterable[str] = ()
