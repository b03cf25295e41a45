"""A batch after its judgement: what became of it, and what the ledger ``meta.ingests`` says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flowlake.runs import PlannedBatch, PlannedFile, Run
from transforms.sources.base import BatchName, Source
from transforms.sources.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch with what became of it so far."""

    planned: PlannedBatch
    candidate: Candidate | None
    status: str
    reason: str | None
    judgements: Sequence[Mapping[str, Any]]
    override: Mapping[str, str] | None = None  # who set what aside, and why


def read_judged(run: Run, planned: PlannedBatch) -> Judged:
    """What the run holds of a batch."""
    earlier = run.read(f"{planned.number}/published.json") or {}
    if earlier.get("status") == "nothing_new":
        return Judged(planned, None, "nothing_new", None, ())
    path = run.batch_folder(planned.number) / "candidate.json"
    if refused := run.read(f"{planned.number}/refused.json"):
        candidate = Candidate.load(path) if path.exists() else None
        return Judged(planned, candidate, "refused", refused["reason"], ())
    candidate = Candidate.load(path)
    judgement = run.read(f"{planned.number}/judgement.json")
    failures = judgement["failures"]
    return Judged(
        planned,
        candidate,
        "failed_gate" if failures else "published",
        "; ".join(failures) or None,
        judgement["results"],
        _overridden(judgement),
    )


def _overridden(judgement: Mapping[str, Any]) -> dict[str, str] | None:
    said = judgement.get("override")
    if not said:
        return None
    aside = "; ".join(judgement["set_aside"])
    return {"by": said["by"], "reason": f"{said['reason']} (set aside: {aside})"}


def replaced(source: Source, j: Judged, served: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The event that a batch of other content stands there already."""
    batch = j.candidate.batch if j.candidate else ""
    before = served.get(batch)
    if before is None or before["raw_sha256"] == j.planned.sha256:
        return None
    said = f"replaces other bytes of the same batch, sha256 {before['raw_sha256']}"
    newest = max(served)
    if source.batch_name is BatchName.DATE and batch < newest:
        said += f"; the newest snapshot is of {newest}"
    return said


def ledger_row(
    run: Run,
    source: Source,
    j: Judged,
    now: datetime,
    served: Mapping[str, Mapping[str, Any]],
    *,
    is_published: bool,
) -> dict[str, Any]:
    """The batch itself; ``served`` are the batches that readers have, by name."""
    c = j.candidate
    day = c.date if c else j.planned.dated
    is_superseded = j.status == "published" and not is_published
    override = j.override if is_published else None
    return {
        "run_id": run.id,
        "source": source.name,
        "batch": c.batch if c else _planned_batch(source, j.planned),
        "received_date": date.fromisoformat(day) if day else None,
        "date_basis": c.date_basis if c else j.planned.date_basis,
        "raw_sha256": j.planned.sha256 if j.planned.files else None,
        "rows_read": c.rows_read if c else None,
        "rows_staged": c.rows_staged if c else None,
        "rows_rejected": c.rows_rejected if c else None,
        "published": is_published,
        "status": "superseded" if is_superseded else j.status,
        "reason": j.reason or (replaced(source, j, served) if is_published else None),
        "override_by": override["by"] if override else None,
        "override_reason": override["reason"] if override else None,
        "warnings": json.dumps(c.warnings, sort_keys=True) if c else None,
        "recorded_at": now,
    }


def left_out(j: Judged) -> list[tuple[PlannedFile, str]]:
    """Files that the batch goes on without, and why."""
    refused = j.candidate.refused if j.candidate else {}
    return [(f, refused[f.name]) for f in j.planned.files if f.name in refused]


def left_out_rows(run: Run, source: Source, j: Judged, now: datetime) -> list[dict[str, Any]]:
    """The files that the batch goes on without."""
    day = date.fromisoformat(j.planned.dated) if j.planned.dated else None
    return [
        {
            "run_id": run.id,
            "source": source.name,
            "batch": file.name,
            "received_date": day,
            "date_basis": j.planned.date_basis,
            "raw_sha256": file.sha256,
            "published": False,
            "status": "refused",
            "reason": reason,
            "recorded_at": now,
        }
        for file, reason in left_out(j)
    ]


def _planned_batch(source: Source, planned: PlannedBatch) -> str:
    """Name a refused batch would have had, as far as it can be known."""
    if source.batch_name is BatchName.DATE and planned.dated:
        return planned.dated
    return planned.label


def span(judged: Sequence[Judged]) -> str:
    """What a publish of these batches is called."""
    names = [j.candidate.batch if j.candidate else j.planned.label for j in judged]
    return names[0] if len(names) == 1 else f"{names[0]}…{names[-1]} ({len(names)})"
