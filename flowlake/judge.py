"""Judge: candidates → judgements, before anybody sees them.

A list is compared with the last snapshot that was accepted, be it in the lake or earlier in the
same run. Nothing is published here; a failed batch stops itself and no other. Snapshots that were
staged into one pack are judged in one go; where one of them fails, or gives way to a later one of
its day, the pack is made again without it, and what will be published is judged once more.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from expectations.docs import write_docs
from expectations.gate import judge as judge_tables
from expectations.judgement import Judgement
from expectations.packs import Connect, PackGate
from expectations.suites import suite_of
from expectations.vocabulary import Suite
from flowlake.earlier import History, files_of
from flowlake.override import Override, failures, set_aside
from flowlake.runs import PlannedBatch, Run
from flowlake.settings import Settings
from transforms.engine.duckdb import connect
from transforms.errors import LakeError
from transforms.lake.candidate import sha256_of
from transforms.lake.durable import naming_full_disk
from transforms.lake.lock import lock
from transforms.lake.pack import pick
from transforms.schemas import table as schema_table
from transforms.sources import registry
from transforms.sources.base import BatchName, Source, base_of
from transforms.sources.candidate import Candidate, CandidateTable, states

logger = logging.getLogger(__name__)

# Pages of a pack's run: the newest snapshot and the first that failed. A page costs half a second.
_PAGES = 5


def judge(settings: Settings, run: Run) -> None:
    """Judge every staged batch of a run and write its judgement beside it."""
    with naming_full_disk(f"judging {run.source}", settings.storage.root):
        _judge(settings, run)


def _judge(settings: Settings, run: Run) -> None:
    source = registry.source(run.source)
    storage = settings.storage
    opened = partial(
        connect,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        spill=run.folder / "spill",
    )
    judging = _Judging(
        run,
        source,
        suite_of(source.name),
        opened,
        History(storage, source),
        Override.read(run),
    )
    staged = [
        (planned, Candidate.load(run.batch_folder(planned.number) / "candidate.json"))
        for planned in run.batches()
        if (run.batch_folder(planned.number) / "candidate.json").exists()
    ]
    if any(c.pack for _, c in staged):
        judged = judging.packed(staged)
    else:
        judged = [judging.alone(planned, candidate) for planned, candidate in staged]
    if storage.root is not None and judged:
        with lock(storage, "docs"):
            write_docs(storage.root / "docs", judged)


@dataclass(slots=True)
class _Judging:
    """What judging the batches of one run needs."""

    run: Run
    source: Source
    suite: Suite
    connect: Connect
    history: History
    override: Override | None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    # By a batch's number: why it stops although nothing is wrong with it.
    unfounded: dict[int, list[str]] = field(default_factory=dict)

    def alone(self, planned: PlannedBatch, candidate: Candidate) -> Judgement:
        """Judge one batch by its own files."""
        previous = None
        if self.source.batch_name is BatchName.DATE:
            previous = self.history.before(candidate, self.suite, self.connect)
        judgement = self._judgement(candidate, previous)
        self._keep(planned, candidate, judgement)
        return judgement

    def _judgement(
        self, candidate: Candidate, previous: Mapping[str, Any] | None, day: str | None = None
    ) -> Judgement:
        with self.connect() as con:
            return judge_tables(
                files_of(candidate),
                self.suite,
                connection=con,
                run_id=self.run.id,
                recorded_at=self.now,
                source=self.source.name,
                batch=candidate.batch,
                previous=previous,
                books=_books(candidate),
                day=day,
            )

    def _keep(self, planned: PlannedBatch, candidate: Candidate, judgement: Judgement) -> None:
        if not self._failures(judgement) and not candidate.is_part:
            self.history.passed[candidate.batch] = files_of(candidate)
        self._write(planned, judgement)

    def _failures(self, judgement: Judgement) -> list[str]:
        return failures(judgement, self.override)

    def _stops(self, planned: PlannedBatch, judgement: Judgement) -> list[str]:
        return [*self._failures(judgement), *self.unfounded.get(planned.number, ())]

    def _find_unfounded(
        self, staged: Sequence[tuple[PlannedBatch, Candidate]], verdicts: Mapping[int, Judgement]
    ) -> None:
        """Snapshots made of changes to one of this run that will not be published."""
        of_day: dict[str, PlannedBatch] = {}
        for planned, candidate in staged:
            base = of_day.get(base_of(candidate.warnings) or "")
            if base is not None and self._stops(base, verdicts[base.number]):
                reason = f"made of changes to {base.label}, which is not published"
                self.unfounded[planned.number] = [reason]
            if not candidate.is_part:
                of_day[candidate.batch] = planned

    def _write(self, planned: PlannedBatch, judgement: Judgement) -> None:
        aside = set_aside(judgement, self.override)
        content = {
            "failures": self._stops(planned, judgement),
            "set_aside": aside,
            "override": asdict(self.override) if self.override and aside else None,
            "warnings": dict.fromkeys([*judgement.warnings, *aside], 1),
            "results": [
                {**r, "recorded_at": r["recorded_at"].isoformat()} for r in judgement.results
            ],
            "summary": judgement.summary,
        }
        self.run.write(f"{planned.number}/judgement.json", content)

    # ── packs ───────────────────────────────────────────────────────────────────────────────

    def packed(self, staged: Sequence[tuple[PlannedBatch, Candidate]]) -> list[Judgement]:
        """Judge packs, make those again that hold what will not be published; pages' judgements."""
        verdicts = self._judge_packs(staged)
        self._find_unfounded(staged, verdicts)
        passed = [(p, c) for p, c in staged if not self._stops(p, verdicts[p.number])]
        last = states(passed, lambda pair: pair[1])
        remade = self._without(staged, {p.number for p, _ in last.values()})
        if remade:
            self.history.passed.clear()
            self.history.measured.clear()
            again = self._judge_packs(remade)
            for p, c in remade:
                if found := self._failures(again[p.number]):
                    reasons = "; ".join(found)
                    raise LakeError(
                        f"{self.source.name} {c.batch}: passed beside snapshots that will not be "
                        f"published and failed without them ({reasons}); ingest it by itself"
                    )
                c.save(self.run.batch_folder(p.number))
            verdicts |= again
        for p, _ in staged:
            self._write(p, verdicts[p.number])
        failed = [p.number for p, _ in staged if self._stops(p, verdicts[p.number])]
        newest = staged[-1][0].number
        pages = [n for n in failed if n != newest][: _PAGES - 1]
        current = {p.number: c for p, c in (*staged, *remade)}
        return [self._page(current[n], verdicts[n]) for n in (*pages, newest)]

    def _judge_packs(
        self, staged: Sequence[tuple[PlannedBatch, Candidate]]
    ) -> dict[int, Judgement]:
        """Judge each snapshot, in order, against the last accepted before it."""
        gates: dict[str, PackGate] = {}
        verdicts: dict[int, Judgement] = {}
        try:
            for planned, candidate in staged:
                name = candidate.pack or ""
                if name not in gates:
                    together = [c for _, c in staged if c.pack == name]
                    gates[name] = PackGate(
                        _files_of_pack(together),
                        self.suite,
                        {c.batch: _books(c) for c in together},
                        connect=self.connect,
                    )
                previous = self.history.before(candidate, self.suite, self.connect)
                verdicts[planned.number] = judgement = gates[name].judge(
                    candidate.batch,
                    run_id=self.run.id,
                    recorded_at=self.now,
                    source=self.source.name,
                    previous=previous,
                )
                if not self._failures(judgement) and not candidate.is_part:
                    self.history.measured[candidate.batch] = gates[name]
        finally:
            for gate in gates.values():
                gate.close()
        return verdicts

    def _without(
        self, staged: Sequence[tuple[PlannedBatch, Candidate]], chosen: set[int]
    ) -> list[tuple[PlannedBatch, Candidate]]:
        """Chosen snapshots whose pack holds others too, in new packs without those."""
        made = []
        for pack in sorted({c.pack or "" for _, c in staged}):
            members = [(p, c) for p, c in staged if c.pack == pack]
            kept = [(p, c) for p, c in members if p.number in chosen]
            if len(kept) in {0, len(members)}:
                continue
            folder = self.run.folder / f"pack-{pack}-chosen"
            folder.mkdir(exist_ok=True)
            days = {c.batch for _, c in kept}
            new: dict[str, CandidateTable] = {}
            for name, paths in _files_of_pack([c for _, c in kept]).items():
                schema = schema_table(name)
                if schema.packed_by:
                    path = folder / f"{schema.short}.parquet"
                    pick(Path(paths[0]), schema.arrow, days, path)
                    new[name] = CandidateTable(name, str(path), 0, sha256_of(path))
            made += [(p, _moved(c, new, f"{pack}-chosen")) for p, c in kept]
        return sorted(made, key=lambda m: m[0].number)

    def _page(self, candidate: Candidate, verdict: Judgement) -> Judgement:
        """A snapshot's judgement with what a page of Data Docs shows: its own rows' results."""
        before = self.history.used.get(candidate.raw_sha256)
        page = self._judgement(candidate, before, candidate.batch)
        if page.verdict != verdict.verdict:
            logger.warning(
                "%s %s: %s in its pack, %s by itself",
                self.source.name, candidate.batch, verdict.verdict, page.verdict,
            )  # fmt: skip
        return page


def _files_of_pack(candidates: Sequence[Candidate]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for c in candidates:
        for t in c.tables:
            found.setdefault(t.table, {})[t.path] = None
    return {table: list(paths) for table, paths in found.items()}


def _moved(candidate: Candidate, new: Mapping[str, CandidateTable], pack: str) -> Candidate:
    tables = [replace(new[t.table], rows=t.rows) if t.table in new else t for t in candidate.tables]
    return replace(candidate, tables=tuple(tables), pack=pack)


def _books(candidate: Candidate) -> dict[str, int]:
    return {
        "rows_read": candidate.rows_read,
        "rows_staged": candidate.rows_staged,
        "rows_rejected": candidate.rows_rejected,
        "warnings": sum(candidate.warnings.values()),
    }
