"""Status: what each source holds, from the ledger alone; works before the first build."""

from collections import defaultdict
from typing import Any

from flowlake import accepted
from flowlake.publish import JUDGEMENTS
from flowlake.settings import Settings
from transforms.lake.storage import Storage
from transforms.lake.tables import read
from transforms.sources import registry

_RANK = {"critical": "failed", "warning": "warned", "info": "warned"}


def status(settings: Settings) -> dict[str, Any]:
    """Per source: batches, rows, rejects, newest date, last judgement, last refusal."""
    storage = settings.storage
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in accepted.rows(storage):
        if row["status"] not in ("rolled_back", "compacted"):
            by_source[row["source"]].append(row)
    verdicts = _verdicts(storage)
    return {
        "lake": settings.lake,
        "sources": [
            _one(source, found, verdicts.get(source, "none"))
            for source, found in sorted(by_source.items())
        ],
    }


def _one(source: str, found: list[dict[str, Any]], verdict: str) -> dict[str, Any]:
    served = {r["batch"]: r for r in found if r["published"]}.values()
    dates = [r["received_date"] for r in served if r["received_date"]]
    refused = [r for r in found if r["status"] in ("refused", "failed_gate")]
    return {
        "source": source,
        "licence": registry.source(source).licence if source in registry.names() else None,
        "snapshots": len(served),
        "newest": max(dates).isoformat() if dates else None,
        "rows_staged": sum(r["rows_staged"] or 0 for r in served),
        "rows_rejected": sum(r["rows_rejected"] or 0 for r in served),
        "last_ingest": max(r["recorded_at"] for r in found).isoformat(),
        "last_judgement": verdict,
        "last_refusal": refused[-1]["reason"] if refused else None,
        # Batches that a person let pass, and those that took the place of other bytes.
        "overrides": [
            {"batch": r["batch"], "by": r["override_by"], "reason": r["override_reason"]}
            for r in served
            if r.get("override_by")
        ],
        "replaced": [
            {"batch": r["batch"], "what": r["reason"]}
            for r in served
            if (r["reason"] or "").startswith("replaces ")
        ],
    }


def _verdicts(storage: Storage) -> dict[str, str]:
    """Per source: passed, warned or failed, by the expectations of its newest judgement."""
    rows = read(storage, JUDGEMENTS).to_pylist()
    newest: dict[str, Any] = {}
    for r in rows:
        newest[r["source"]] = max(newest.get(r["source"], r["recorded_at"]), r["recorded_at"])
    found: dict[str, str] = {}
    for r in rows:
        if r["recorded_at"] != newest[r["source"]]:
            continue
        verdict = "passed" if r["is_success"] else _RANK[r["severity"]]
        worst = {found.get(r["source"], "passed"), verdict}
        found[r["source"]] = next(v for v in ("failed", "warned", "passed") if v in worst)
    return found
