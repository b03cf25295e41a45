"""Publish: judged candidates → staged tables, all batches of a run in one acknowledged step.

What was judged is what is published: the same files, linked into place. A batch that was refused
or failed its gate is recorded with its reason and kept under ``quarantine/``; the others go on.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flowlake.accepted import accepted
from flowlake.accepted import rows as ledger_rows
from flowlake.judged import Judged, ledger_row, left_out, left_out_rows, read_judged, replaced, span
from flowlake.overlap import MovedOn, OverlapGuard
from flowlake.packed import files_alone
from flowlake.runs import Run
from flowlake.settings import Settings
from transforms.lake.candidate import CandidateFile, TableCommit, sha256_of
from transforms.lake.cut import publish_batch
from transforms.lake.durable import naming_full_disk
from transforms.lake.ledger import Record
from transforms.lake.storage import Storage
from transforms.schemas import table as schema_table
from transforms.sources import registry
from transforms.sources.base import Source
from transforms.sources.candidate import Candidate, states

logger = logging.getLogger(__name__)

JUDGEMENTS = "meta.judgements"


def publish(settings: Settings, run: Run) -> None:
    """Publish what passed; write down what did not. Safe to repeat."""
    with naming_full_disk(f"publishing {run.source}", settings.storage.root):
        _publish(settings, run)


def _publish(settings: Settings, run: Run) -> None:
    source = registry.source(run.source)
    storage = settings.storage
    judged = [read_judged(run, planned) for planned in run.batches()]
    todo = [j for j in judged if j.status != "nothing_new"]
    if not todo:
        return
    guard = OverlapGuard(settings, source, run.folder / "spill")
    while True:
        # Refused files stay refused; what came into the lake meanwhile is looked at again.
        todo = _without_overlap(run, guard, todo)
        try:
            _publish_all(run, source, storage, todo, guard.check)
        except MovedOn:
            continue
        return


def _publish_all(
    run: Run,
    source: Source,
    storage: Storage,
    todo: Sequence[Judged],
    before_commit: Callable[[Mapping[str, int]], None],
) -> None:
    passed = _last_of_each([j for j in todo if j.status == "published"])
    for j in todo:
        if j.status in ("refused", "failed_gate"):
            _quarantine(storage, run, j)
        for file, reason in left_out(j):
            note = {"status": "refused", "reason": reason, "files": [asdict(file)]}
            _write_note(storage, run, file.sha256, note)
    commits = _commits(source, passed) if passed else []
    commits += _judgement_commit(run, todo)
    served = accepted(storage, source).batches
    moments = _moments(storage)
    identity = "\n".join(f"{j.planned.sha256} {j.planned.dated} {j.status}" for j in todo)
    record = Record(
        app_id=f"{source.name}/{span(todo)}",
        raw_sha256=sha256(identity.encode()).hexdigest(),
        rows=[
            row
            for j in todo
            for row in (
                ledger_row(run, source, j, next(moments), served, is_published=j in passed),
                *left_out_rows(run, source, j, next(moments)),
            )
        ],
    )
    done = publish_batch(storage, commits, record, before_commit=before_commit)
    main = done.tables.get(source.family.main_table)
    for j in todo:
        status = "superseded" if j.status == "published" and j not in passed else j.status
        run.write(
            f"{j.planned.number}/published.json",
            {
                "status": status,
                "delta_version": main.version if main and status == "published" else None,
                "event": replaced(source, j, served) if status == "published" else None,
            },
        )
    if passed and main:
        logger.info("published %s: %d batches, version %d", source.name, len(passed), main.version)


def _without_overlap(run: Run, guard: OverlapGuard, todo: Sequence[Judged]) -> list[Judged]:
    """The batches; those that repeat rows without an index of another are refused."""
    passed = [j.candidate for j in _last_of_each([j for j in todo if j.status == "published"])]
    reasons = guard.refused([c for c in passed if c])
    found = []
    for j in todo:
        reason = reasons.get(j.candidate.batch) if j.candidate and j.candidate in passed else None
        if reason:
            logger.warning("refused %s", reason)
            run.write(f"{j.planned.number}/refused.json", {"reason": reason})
        found.append(replace(j, status="refused", reason=reason) if reason else j)
    return found


def _moments(storage: Storage) -> Iterator[datetime]:
    """Times of the ledger's next rows, rising even where the clock went back.

    Which of two blocks arrived last is told by them.
    """
    last = max((r["recorded_at"] for r in ledger_rows(storage)), default=None)
    now = datetime.now(UTC)
    at = max(now, last + timedelta(microseconds=1)) if last else now
    while True:
        yield at
        at += timedelta(microseconds=1)


def _last_of_each(passed: Sequence[Judged]) -> list[Judged]:
    """The version of each batch that readers will see."""
    found = [(j, j.candidate) for j in passed if j.candidate]
    return [j for j, _ in states(found, lambda pair: pair[1]).values()]


def _commits(source: Source, passed: Sequence[Judged]) -> list[TableCommit]:
    """One commit per table of the family; each batch's old rows give way in every table."""
    commits = []
    for name in source.family.tables:
        schema = schema_table(name)
        candidates = [j.candidate for j in passed if j.candidate]
        files: dict[str, CandidateFile] = {}
        for c in candidates:
            for t in c.tables:
                if t.table == name:  # a pack's file is named by each of its snapshots
                    rows = t.rows + (files[t.path].rows if t.path in files else 0)
                    partition = _values(c, schema.partition_by)
                    files[t.path] = CandidateFile(Path(t.path), rows, t.sha256, partition)
        columns = [*schema.partition_by, *filter(None, [schema.packed_by])]
        replace_rows = [_values(c, columns) for c in candidates]
        commits.append(
            TableCommit(
                name,
                list(files.values()),
                schema.arrow,
                schema.partition_by,
                replace_rows,
                schema.packed_by,
            )
        )
    return commits


def _values(candidate: Candidate, columns: Sequence[str]) -> dict[str, str | None]:
    values = {
        "source": candidate.source,
        "batch": candidate.batch,
        "snapshot_date": candidate.date,
    }
    return {column: values[column] for column in columns}


def _judgement_commit(run: Run, judged: Sequence[Judged]) -> list[TableCommit]:
    found = [row for j in judged for row in j.judgements]
    if not found:
        return []
    schema = schema_table(JUDGEMENTS).arrow
    path = run.folder / "judgements.parquet"
    typed = [{**r, "recorded_at": datetime.fromisoformat(r["recorded_at"])} for r in found]
    pq.write_table(pa.Table.from_pylist(typed, schema), path, compression="zstd")
    file = CandidateFile(path, len(found), sha256_of(path), {})
    return [TableCommit(JUDGEMENTS, (file,), schema, (), ())]


def _quarantine(storage: Storage, run: Run, j: Judged) -> None:
    """Keep the reason, and the candidate where there is one; the bytes themselves lie in raw."""
    if not j.planned.files:  # a path that led nowhere
        return
    files = [asdict(f) for f in j.planned.files]
    note = {"status": j.status, "reason": j.reason, "files": files}
    folder = _write_note(storage, run, j.planned.sha256, note)
    if j.candidate:
        alone = files_alone(j.candidate, run.batch_folder(j.planned.number))
        paths = [Path(p) for of_table in alone.values() for p in of_table]
        storage.put_all((path, f"{folder}/{path.name}") for path in paths)


def _write_note(storage: Storage, run: Run, digest: str, note: Mapping[str, Any]) -> str:
    """Say beside what is kept why it was not taken; tells the folder."""
    folder = f"quarantine/{run.source}/{digest}"
    text = json.dumps({"run": run.id, **note}, indent=1)
    storage.write_bytes(f"{folder}/reason.json", text.encode())
    return folder
