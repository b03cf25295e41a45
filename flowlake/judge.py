"""Judge: candidates → judgements, before anybody sees them.

A list is compared with the last snapshot that was accepted, be it in the lake or earlier in the
same run. Nothing is published here; a failed batch stops itself and no other.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import duckdb

from expectations.docs import write_docs
from expectations.gate import judge as judge_tables
from expectations.gate import measure_before
from expectations.judgement import Judgement
from expectations.suites import suite_of
from expectations.vocabulary import Suite
from flowlake.accepted import accepted, files_served
from flowlake.runs import Run
from flowlake.settings import Settings
from transforms.engine.duckdb import connect
from transforms.lake.durable import naming_full_disk
from transforms.lake.lock import lock
from transforms.lake.storage import Storage
from transforms.sources import registry
from transforms.sources.base import BatchName, Source
from transforms.sources.candidate import Candidate

logger = logging.getLogger(__name__)

Files = Mapping[str, list[str]]


def judge(settings: Settings, run: Run) -> None:
    """Judge every staged batch of a run and write its judgement beside it."""
    with naming_full_disk(f"judging {run.source}", settings.storage.root):
        _judge(settings, run)


def _judge(settings: Settings, run: Run) -> None:
    source = registry.source(run.source)
    storage = settings.storage
    suite = suite_of(source.name)
    history = _History(storage, source)
    now = datetime.now(UTC)
    judged = []
    for planned in run.batches():
        folder = run.batch_folder(planned.number)
        if not (folder / "candidate.json").exists():
            continue
        candidate = Candidate.load(folder / "candidate.json")
        open_one = partial(
            connect,
            memory_limit=settings.memory_limit,
            threads=settings.threads,
            spill=folder / "spill",
        )
        with open_one() as con:
            previous = None
            if source.batch_name is BatchName.DATE:
                previous = history.measures_before(candidate, suite, con)
        with open_one() as con:
            judgement = judge_tables(
                files_of(candidate),
                suite,
                connection=con,
                run_id=run.id,
                recorded_at=now,
                source=source.name,
                batch=candidate.batch,
                previous=previous,
                books={
                    "rows_read": candidate.rows_read,
                    "rows_staged": candidate.rows_staged,
                    "rows_rejected": candidate.rows_rejected,
                    "warnings": sum(candidate.warnings.values()),
                },
            )
        if not judgement.failures:
            history.passed[candidate.batch] = files_of(candidate)
        judged.append(judgement)
        run.write(f"{planned.number}/judgement.json", _as_json(judgement))
    if storage.root is not None and judged:
        with lock(storage, "docs"):
            write_docs(storage.root / "docs", judged)


def files_of(candidate: Candidate) -> Files:
    """Table → Parquet files of a candidate."""
    found: dict[str, list[str]] = {}
    for t in candidate.tables:
        found.setdefault(t.table, []).append(t.path)
    return found


def _as_json(judgement: Judgement) -> dict[str, Any]:
    return {
        "failures": judgement.failures,
        "warnings": dict.fromkeys(judgement.warnings, 1),
        "results": [{**r, "recorded_at": r["recorded_at"].isoformat()} for r in judgement.results],
        "summary": judgement.summary,
    }


@dataclass(slots=True)
class _History:
    """Accepted snapshots of a list: in the lake, and earlier in this run."""

    storage: Storage
    source: Source
    passed: dict[str, Files] = field(default_factory=dict)

    def measures_before(
        self, candidate: Candidate, suite: Suite, con: duckdb.DuckDBPyConnection
    ) -> Mapping[str, Any] | None:
        """What the suite compares with: the newest accepted snapshot not after the candidate."""
        known = {*accepted(self.storage, self.source).batches, *self.passed}
        earlier = max((b for b in known if b <= candidate.batch), default=None)
        if earlier is None:
            return None
        days = (date.fromisoformat(candidate.batch) - date.fromisoformat(earlier)).days
        before = self.passed.get(earlier) or files_served(self.storage, self.source, earlier)
        return measure_before(before, suite, connection=con, days=days)
