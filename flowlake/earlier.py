"""Accepted snapshots that a list is compared with: in the lake, and earlier in the same run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations.gate import measure_before
from expectations.packs import Connect, PackGate
from expectations.vocabulary import Suite
from flowlake.accepted import accepted, files_served
from transforms.lake.storage import Storage
from transforms.sources.base import Source
from transforms.sources.candidate import Candidate

Files = Mapping[str, list[str]]


def files_of(candidate: Candidate) -> Files:
    """Table → Parquet files of a candidate."""
    found: dict[str, list[str]] = {}
    for t in candidate.tables:
        found.setdefault(t.table, []).append(t.path)
    return found


@dataclass(slots=True)
class History:
    """Accepted snapshots of a list: in the lake, and earlier in this run."""

    storage: Storage
    source: Source
    passed: dict[str, Files] = field(default_factory=dict)
    measured: dict[str, PackGate] = field(default_factory=dict)
    # What each snapshot of the run was compared with, by its raw sha256.
    used: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _known: list[str] | None = None

    def before(
        self, candidate: Candidate, suite: Suite, opened: Connect
    ) -> Mapping[str, Any] | None:
        """What the suite compares with: the newest whole snapshot not after the candidate.

        Nothing where the candidate is a part of the list.
        """
        if candidate.is_part:
            return None
        if self._known is None:
            served = accepted(self.storage, self.source)
            self._known = [b for b in served.batches if not served.is_part(b)]
        known = {*self._known, *self.passed, *self.measured}
        earlier = max((b for b in known if b <= candidate.batch), default=None)
        if earlier is None:
            return None
        days = (date.fromisoformat(candidate.batch) - date.fromisoformat(earlier)).days
        if candidate.date_basis == "received":
            days = 0  # nothing says how old it is: it must not pass for the list of years later
        if gate := self.measured.get(earlier):
            found = gate.measures(earlier, days)
        else:
            files = self.passed.get(earlier) or files_served(self.storage, self.source, earlier)
            with opened() as con:
                found = measure_before(files, suite, connection=con, days=days)
        self.used[candidate.raw_sha256] = found
        return found
