"""core.transfers and core.transfer_conflicts: what is staged → their parts, the changed ones anew.

A part is built again where it would not come out as it is: other staged files reach into it, an
asset or price that it uses is another, a transaction leads from it into a part that changed, or a
payment elsewhere makes some of its transfers bait. All others are taken over, file by file. What
is built this way equals what a build from nothing makes, byte for byte.

Exports that disagree on a transaction's block are brought together within 256 blocks.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyarrow as pa

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import STEPS, Model
from transforms.lake import log
from transforms.lake.storage import Storage
from transforms.lake.tables import active, open_table
from transforms.parts import bait
from transforms.parts.chunks import STAGED, Builder
from transforms.parts.facts import asset_facts, changed, files_with, par_names, price_facts
from transforms.parts.payments import Payments
from transforms.parts.plan import Plan, StagedFile, arrivals, code_digest, spans_of
from transforms.parts.shelf import CONFLICTS, TRANSFERS, Shelf
from transforms.parts.state import Part, State, read_state, write_state
from transforms.parts.stretches import MAX_ROWS, Stretch

logger = logging.getLogger(__name__)

# Rows built at once: what their windows sort and joins hold stays well within a gigabyte, where a
# million and a half did not once a tenth of them was bait.
_CHUNK_ROWS: Final = 600_000
# Up to here the warehouse holds the rows themselves, beyond it a view over the lake.
_MOST_ROWS_HELD: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes; tests make them small."""

    part_rows: int = MAX_ROWS
    chunk_rows: int = _CHUNK_ROWS
    held_rows: int = _MOST_ROWS_HELD


class Extension:
    """One build's core.transfers: made aside, attached for the other models, published at last."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        staged_version: int | None,
        folder: Path,
        *,
        models: Sequence[Model],
        limits: Limits | None = None,
        is_forced: bool = False,
    ) -> None:
        self._storage = storage
        self.db = db
        self._limits = limits or Limits()
        self._models = models
        self._folder = folder
        # What the models read and do not make.
        own = {STAGED, *(m.table for m in models)}
        reads = {r for m in models for r in m.reads} - own
        self._read = sorted(r for r in reads if not r.startswith("seeds."))
        self._staged = _staged_files(storage, db, staged_version)
        self._before = State() if is_forced else read_state(storage)
        self._after = self._before
        self._shelf = Shelf(storage, folder, (TRANSFERS, CONFLICTS))
        self._payments = Payments(storage, db.con, folder)
        self._builder = Builder(db, self._shelf, self._payments, models, self._limits.chunk_rows)
        self.built: set[Stretch] = set()
        self._is_view = False

    # ── what a build calls, in this order ───────────────────────────────────────────────────

    def run(self) -> dict[str, int]:
        """Build what has to be; both tables can then be read. Their rows."""
        con, before = self.db.con, self._before
        spans = spans_of(con, self._staged, before.spans)
        code = code_digest(self._models, par_names(con))
        plan = Plan(self._staged, spans, code, self._limits.part_rows)
        assets, prices = asset_facts(con), price_facts(con)
        known = _known(before.assets, changed(con, before.assets, assets))
        days = changed(con, before.prices, prices)
        parts = self._usable(plan)
        with self.db.apart(self._read):
            self._renew(plan, parts, known, days)
        ordered = [parts[w.stretch] for w in plan.wanted]
        self._after = State(spans, assets, prices, ordered)
        logger.info("core.transfers: %d of %d parts built", len(self.built), len(ordered))
        return self._attach()

    def _renew(
        self, plan: Plan, parts: dict[Stretch, Part], assets: pa.Table, days: pa.Table
    ) -> None:
        """Drop the parts that would not come out as they are, and build those that lack."""
        con = self.db.con
        con.register("assets_changed", assets)
        uris = {
            self._shelf.uri(TRANSFERS, p.transfers): p.stretch
            for p in parts.values()
            if p.transfers
        }
        affected = files_with(con, list(uris), assets, by_day=False)
        affected |= files_with(con, list(uris), days, by_day=True)
        for uri in affected:
            del parts[uris[uri]]
        self._part_joined(parts)
        self.built = self._builder.build(plan, parts)
        for stretch in self._baited(parts):
            del parts[stretch]
        self.built |= self._builder.build(plan, parts)
        con.unregister("assets_changed")

    def publish(self, build: str) -> None:
        """Make the parts the tables' content, in the lake and for readers of views."""
        for table in (CONFLICTS, TRANSFERS):
            self._shelf.publish(table, self.paths(table), build)
        write_state(self._storage, self._after)
        self._payments.remember(self.paths(TRANSFERS))
        if self._is_view:
            self._show(self._after.parts)

    # ── which parts can stay ────────────────────────────────────────────────────────────────

    def _usable(self, plan: Plan) -> dict[Stretch, Part]:
        """Parts of the last build that are made of the same files, and are still there."""
        wanted = {w.stretch: w.fingerprint for w in plan.wanted}
        return {
            p.stretch: p
            for p in self._before.parts
            if wanted.get(p.stretch) == p.fingerprint
            and self._shelf.has(TRANSFERS, p.transfers)
            and self._shelf.has(CONFLICTS, p.conflicts)
        }

    def _part_joined(self, parts: dict[Stretch, Part]) -> None:
        """Parts that share a transaction stay together or not at all."""
        pairs = [
            (one.stretch, two.stretch)
            for one, two in pairwise(sorted(self._before.parts, key=lambda p: p.stretch.order))
            if one.is_joined
        ]
        for one, two in [*pairs, *reversed(pairs)]:
            if not (one in parts and two in parts):
                parts.pop(one, None)
                parts.pop(two, None)

    def _baited(self, parts: Mapping[Stretch, Part]) -> set[Stretch]:
        """Parts that stayed, whose transfers are bait by what changed before them."""
        stayed = parts.keys() - self.built
        gone = [p for p in self._before.parts if p.stretch not in stayed]
        first: dict[str, tuple[str, bool, int]] = {}
        for stretch in [*self.built, *(p.stretch for p in gone)]:
            first[stretch.chain] = min(first.get(stretch.chain, stretch.order), stretch.order)
        later = {
            self._shelf.uri(TRANSFERS, parts[s].transfers or ""): s
            for s in stayed
            if parts[s].transfers and s.chain in first and s.order > first[s.chain]
        }
        if not later:
            return set()
        if not all(self._shelf.has(TRANSFERS, p.transfers) for p in gone):
            return set(later.values())  # what they paid is not known any more
        con = self.db.con
        before = [self._shelf.uri(TRANSFERS, p.transfers) for p in gone if p.transfers]
        now = [self._shelf.uri(TRANSFERS, p) for s in self.built if (p := parts[s].transfers)]
        among = "assets.asset in (select name from assets_changed)"
        bait.payments(con, "payments_before", before, f"not is_counterfeit or {among}")
        bait.payments(con, "payments_now", now, f"not is_counterfeit and not ({among})")
        return {later[uri] for uri in bait.files_baited(con, sorted(later))}

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def _attach(self) -> dict[str, int]:
        parts, con = self._after.parts, self.db.con
        con.execute(f"drop table if exists {TRANSFERS}")
        con.execute(f"drop table if exists {CONFLICTS}")
        rows = {
            TRANSFERS: sum(p.transfer_rows for p in parts),
            CONFLICTS: sum(p.conflict_rows for p in parts),
        }
        conflicts = [self._shelf.uri(CONFLICTS, p.conflicts) for p in parts if p.conflicts]
        self.db.create(CONFLICTS, self.db.reading(CONFLICTS, conflicts, is_uniform=True))
        self._is_view = self._storage.is_local and rows[TRANSFERS] > self._limits.held_rows
        if self._is_view:
            self._show(parts)
        else:
            files = [self._shelf.uri(TRANSFERS, p.transfers) for p in parts if p.transfers]
            self.db.create(TRANSFERS, self.db.reading(TRANSFERS, files, is_uniform=True))
        return rows

    def _show(self, parts: Sequence[Part]) -> None:
        files = [self._shelf.uri(TRANSFERS, p.transfers) for p in parts if p.transfers]
        self.db.show(TRANSFERS, self.db.reading(TRANSFERS, files, is_uniform=True))

    def files(self) -> dict[str, str]:
        """Files of core.transfers by their names, which their content gives them, and addresses."""
        return {path: self._shelf.uri(TRANSFERS, path) for path in self.paths(TRANSFERS)}

    def paths(self, table: str) -> list[str]:
        """Files that a table consists of, inside its folder."""
        found = (p.transfers if table == TRANSFERS else p.conflicts for p in self._after.parts)
        return [path for path in found if path]


def models_of_parts(models: Sequence[Model]) -> list[Model]:
    """The two tables and the steps on the way to them, in their order."""
    wanted = {TRANSFERS, CONFLICTS}
    for model in reversed(models):
        if model.table in wanted:
            wanted |= {r for r in model.reads if r.startswith(f"{STEPS}.")}
    return [m for m in models if m.table in wanted]


def _known(before: pa.Table, facts: pa.Table) -> pa.Table:
    """Facts of names that were known: a new one was used by no part."""
    names = set(before["name"].to_pylist())
    return facts.filter(pa.array([n in names for n in facts["name"].to_pylist()], pa.bool_()))


def _staged_files(storage: Storage, db: DuckDBEngine, version: int | None) -> list[StagedFile]:
    if version is None:
        return []
    arrived = arrivals(db.con)
    return [
        StagedFile(
            path,
            storage.uri(f"{log.folder(STAGED)}/{path}"),
            arrived.get((file.partition["source"] or "", file.partition["batch"] or ""), ""),
        )
        for path, file in sorted(active(open_table(storage, STAGED, version)).items())
    ]
