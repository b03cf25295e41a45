"""Ingest files of any source: each is recognised, then taken as its source takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flowlake.ingest import Ingested, ingest
from flowlake.recognise import recognise
from flowlake.settings import Settings
from transforms.errors import InputRefused
from transforms.sources import registry


@dataclass(frozen=True, slots=True)
class IngestedTogether:
    """What became of the files of each source, and of those that are no source's."""

    runs: Sequence[Ingested]
    problems: Sequence[str]

    @property
    def exit_status(self) -> int:
        """3 where a file was refused or not recognised, 4 where a gate failed, else 0."""
        found = {r.exit_status for r in self.runs}
        return 3 if self.problems or 3 in found else 4 if 4 in found else 0


def ingest_auto(
    settings: Settings,
    paths: Sequence[str],
    *,
    day: date | None = None,
    options: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> IngestedTogether:
    """Take every file that can be told; an option goes to the sources that understand it."""
    found = recognise(paths)
    problems = list(found.problems)
    runs = []
    for source in sorted(found.files):
        known = registry.source(source).options
        taken = {k: v for k, v in (options or {}).items() if k in known}
        name = f"{source}__{run_id}" if run_id else None
        try:
            runs.append(
                ingest(settings, source, found.files[source], day=day, options=taken, run_id=name)
            )
        except InputRefused as e:
            problems.append(str(e))
    return IngestedTogether(runs, problems)
