"""A person's word that a batch may pass although it differs much from the one before.

A real mass delisting looks like a broken download. Whoever has made sure says so with a name and a
reason; both are kept in ``meta.ingests`` with what was set aside. Only comparisons with an earlier
batch can be set aside: an empty list, or rows that mean nothing, no reason makes right.
"""

from dataclasses import dataclass
from typing import Self

from expectations.judgement import Judgement, line
from flowlake.runs import Run
from transforms.clean.display import one_line
from transforms.errors import LakeError

_FILE = "override.json"
# A reason is a sentence with a link or two.
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Override:
    """Who sets the watchdog's comparisons aside in a run, and why."""

    by: str
    reason: str

    @classmethod
    def of(cls, by: str | None, reason: str | None) -> Self | None:
        """What was given, or None where nothing was; ``LakeError`` for half of it."""
        by, reason = one_line(by or "").strip(), one_line(reason or "").strip()
        if not by and not reason:
            return None
        if not by or not reason:
            raise LakeError("an override needs both: the reason to accept, and who says so")
        return cls(by[:_LONGEST], reason[:_LONGEST])

    @classmethod
    def read(cls, run: Run) -> Self | None:
        """The run's, where it has one."""
        found = run.read(_FILE)
        return cls(**found) if found else None

    def write(self, run: Run) -> None:
        """Give it to the run's later tasks."""
        run.write(_FILE, {"by": self.by, "reason": self.reason})


def failures(judgement: Judgement, override: Override | None) -> list[str]:
    """What stops a batch: its critical failures but those that were set aside."""
    if override is None:
        return judgement.failures
    return [line(r) for r in judgement.failed_critical if not judgement.is_comparison(r)]


def set_aside(judgement: Judgement, override: Override | None) -> list[str]:
    """Critical comparisons that failed and stop nothing."""
    if override is None:
        return []
    return [line(r) for r in judgement.failed_critical if judgement.is_comparison(r)]
