"""Ingest: fetch, stage, judge and publish in one go, and what a run came to."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from flowlake.download import Limits
from flowlake.fetch import fetch
from flowlake.override import Override
from flowlake.runs import Run
from flowlake.settings import Settings
from transforms.clean.display import one_line
from transforms.errors import GateFailed, InputRefused

_FINISHED = "finished.json"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of each batch of a run, and what a person must act upon."""

    source: str
    snapshots: list[dict[str, Any]]
    problems: list[str]

    @property
    def exit_status(self) -> int:
        """3 where a file was refused, 4 where a critical expectation failed, else 0."""
        found = {s["status"] for s in self.snapshots}
        is_refused = "refused" in found or any(s["refused"] for s in self.snapshots)
        return 3 if is_refused else 4 if "failed_gate" in found else 0

    def lines(self) -> Iterator[str]:
        """What became of each batch, and what was odd about it, for people."""
        for s in self.snapshots:
            yield (
                f"{self.source} {one_line(s['batch'])}: {s['rows_read']} read, {s['rows_staged']} "
                f"staged, {s['rows_rejected']} rejected: {s['status'].replace('_', ' ')}"
            )
            for warning, records in s["warnings"].items():
                yield f"  {records} × {one_line(warning)}"
            if s.get("event"):
                yield f"  {one_line(s['event'])}"
            if s.get("override"):
                yield one_line(f"  accepted by {s['override']['by']}: {s['override']['reason']}")
        yield from map(one_line, self.problems)

    def raise_for_problems(self) -> None:
        """Raise what ``exit_status`` says, with all problems in the message."""
        text = "; ".join(self.problems)
        if self.exit_status == 3:
            raise InputRefused(text)
        if self.exit_status == 4:
            raise GateFailed(text)


def ingest(
    settings: Settings,
    source: str,
    paths: Sequence[str],
    *,
    day: date | None = None,
    options: Mapping[str, str] | None = None,
    run_id: str | None = None,
    limits: Limits | None = None,
    override: Override | None = None,
) -> Ingested:
    """Take files, or what the source offers, all the way into the staged tables."""
    # Imported here: a run that is refused while fetching need not load what judges or publishes.
    from flowlake.judge import judge
    from flowlake.publish import publish
    from flowlake.stage import stage

    # A folder for every try: one that is taken for dead may still be at work in its own.
    name = f"{run_id or f'{source}__{datetime.now(UTC):%Y%m%dT%H%M%S}'}_{uuid.uuid4().hex[:6]}"
    run = fetch(settings, source, paths, run_id=name, day=day, options=options, limits=limits)
    try:
        if override is not None:
            override.write(run)
        stage(settings, run)
        if not is_nothing_new(run):
            judge(settings, run)
            publish(settings, run)
        return finish(run)
    except BaseException:
        run.end()  # nobody can take it up; on a full disk its room is needed
        raise


def is_nothing_new(run: Run) -> bool:
    """Whether every batch of the run was published before."""
    return all(
        (run.read(f"{b.number}/published.json") or {}).get("status") == "nothing_new"
        for b in run.batches()
    )


def finish(run: Run, *, is_remembered: bool = False) -> Ingested:
    """Sum up a run and remove its folder; ``is_remembered`` leaves the sum there (see `finished`).

    Airflow runs a task again whose success it never heard of.
    """
    done = outcome(run)
    if is_remembered:
        run.write(_FINISHED, asdict(done))
    run.end(keep=_FINISHED if is_remembered else None)
    return done


def finished(run: Run) -> Ingested | None:
    """What a run came to that was finished before."""
    done = run.read(_FINISHED)
    return Ingested(**done) if done else None


def outcome(run: Run) -> Ingested:
    """What a run has come to so far."""
    snapshots, problems = [], []
    for b in run.batches():
        candidate = run.read(f"{b.number}/candidate.json") or {}
        refused = run.read(f"{b.number}/refused.json")
        judgement = run.read(f"{b.number}/judgement.json") or {}
        published = run.read(f"{b.number}/published.json") or {}
        left_out = candidate.get("refused") or published.get("refused") or {}
        status = published.get("status") or ("refused" if refused else "failed_gate")
        if refused:
            problems.append(refused["reason"])
        elif status == "failed_gate":
            problems += [f"{run.source} {b.label}: {line}" for line in judgement["failures"]]
        problems += [f"{run.source} {reason}; left out" for reason in left_out.values()]
        snapshots.append(
            {
                "date": candidate.get("date", b.dated),
                "batch": candidate.get("batch", b.label),
                "sha256": b.sha256,
                "rows_read": candidate.get("rows_read", 0),
                "rows_staged": candidate.get("rows_staged", 0),
                "rows_rejected": candidate.get("rows_rejected", 0),
                "published": status == "published",
                "delta_version": published.get("delta_version"),
                "status": status,
                "refused": sorted(left_out),
                "event": published.get("event"),
                "override": judgement.get("override"),
                "warnings": candidate.get("warnings", {}) | judgement.get("warnings", {}),
            }
        )
    return Ingested(run.source, snapshots, problems)
