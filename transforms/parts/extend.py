"""core.transfers and core.transfer_conflicts: what is staged → their parts, the changed ones anew.

A part is built again where it would not come out as it is: other staged files reach into it, an
asset or price that it uses is another, a transaction leads from it into a part that changed, or a
payment elsewhere makes some of its transfers bait. All others are taken over, file by file. What
is built this way equals what a build from nothing makes, byte for byte.

Exports that disagree on a transaction's block are brought together within ``_REACH`` blocks.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import pyarrow as pa

from transforms.engine.duckdb import A_VIEW, DuckDBEngine
from transforms.engine.models import Model
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, path_in_table, sha256_of
from transforms.lake.delta import publish
from transforms.lake.storage import Storage
from transforms.lake.tables import active, open_table
from transforms.parts import bait
from transforms.parts.facts import asset_facts, changed, files_with, price_facts
from transforms.parts.plan import Plan, StagedFile, Wanted, arrivals, code_digest, spans_of
from transforms.parts.state import Part, State, read_state, write_state
from transforms.parts.stretches import MAX_ROWS, Stretch
from transforms.schemas import table as schema_table

logger = logging.getLogger(__name__)

STAGED: Final = "staged.transfers"
TRANSFERS: Final = "core.transfers"
CONFLICTS: Final = "core.transfer_conflicts"
# Deeper than any reorganisation that exports are known to straddle.
_REACH: Final = 256
# Rows built at once: what their windows sort stays near a gigabyte.
_CHUNK_ROWS: Final = 1_500_000
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
        self._folder = folder
        self._limits = limits or Limits()
        self._models = models
        self._staged = _staged_files(storage, db, staged_version)
        self._before = State() if is_forced else read_state(storage)
        self._live = {t: set(active(open_table(storage, t))) for t in (TRANSFERS, CONFLICTS)}
        self._new: dict[str, dict[str, CandidateFile]] = {TRANSFERS: {}, CONFLICTS: {}}
        self._after = self._before

        self.built: set[Stretch] = set()
        self._is_view = False

    # ── what a build calls, in this order ───────────────────────────────────────────────────

    def run(self) -> dict[str, int]:
        """Build what has to be; both tables can then be read. Their rows."""
        con, before = self.db.con, self._before
        spans = spans_of(con, self._staged, before.spans)
        code = code_digest([m for m in self._models if m.sql])
        plan = Plan(self._staged, spans, code, self._limits.part_rows)
        assets, prices = asset_facts(con), price_facts(con)
        known = _known(before.assets, changed(con, before.assets, assets))
        con.register("assets_changed", known)
        days = changed(con, before.prices, prices)
        parts = self._usable(plan)
        uris = {self._uri(TRANSFERS, p.transfers): p.stretch for p in parts.values() if p.transfers}
        affected = files_with(con, list(uris), known, by_day=False)
        affected |= files_with(con, list(uris), days, by_day=True)
        for uri in affected:
            del parts[uris[uri]]
        self._part_joined(parts)
        self._build(plan, parts)
        for stretch in self._baited(parts):
            del parts[stretch]
        self._build(plan, parts)
        con.unregister("assets_changed")
        ordered = [parts[w.stretch] for w in plan.wanted]
        self._after = State(spans, assets, prices, ordered)
        self.db.attach(STAGED, [f.uri for f in self._staged])
        logger.info("core.transfers: %d of %d parts built", len(self.built), len(ordered))
        return self._attach()

    def publish(self, build: str) -> None:
        """Make the parts the tables' content, in the lake and for readers of views."""
        for table in (CONFLICTS, TRANSFERS):
            wanted = set(self.paths(table))
            schema = schema_table(table)
            publish(
                self._storage,
                table,
                [self._new[table][p] for p in sorted(wanted - self._live[table])],
                schema=schema.arrow,
                partition_by=schema.partition_by,
                replace=(),
                removes=frozenset(self._live[table] - wanted),
                app_id=f"build/{table}",
                raw_sha256=sha256("\n".join(sorted(wanted)).encode()).hexdigest(),
                metadata={"build": build},
            )
            self._new[table].clear()
        write_state(self._storage, self._after)
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
            and (p.transfers is None or p.transfers in self._live[TRANSFERS])
            and (p.conflicts is None or p.conflicts in self._live[CONFLICTS])
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
            self._uri(TRANSFERS, parts[s].transfers or ""): s
            for s in stayed
            if parts[s].transfers and s.chain in first and s.order > first[s.chain]
        }
        if not later:
            return set()
        if any(p.transfers and p.transfers not in self._live[TRANSFERS] for p in gone):
            return set(later.values())  # what they paid is not known any more
        con = self.db.con
        before = [self._uri(TRANSFERS, p.transfers) for p in gone if p.transfers]
        now = [self._uri(TRANSFERS, p) for s in self.built if (p := parts[s].transfers)]
        among = "assets.asset in (select name from assets_changed)"
        bait.payments(con, "payments_before", before, f"not is_counterfeit or {among}")
        bait.payments(con, "payments_now", now, f"not is_counterfeit and not ({among})")
        return {later[uri] for uri in bait.files_baited(con, sorted(later))}

    # ── building ────────────────────────────────────────────────────────────────────────────

    def _build(self, plan: Plan, parts: dict[Stretch, Part]) -> None:
        """Build every part that is wanted and missing, in the chain's order."""
        for _, wanted in groupby(plan.wanted, key=lambda w: w.stretch.chain):
            of_chain = list(wanted)
            begin = 0
            while begin < len(of_chain):
                if of_chain[begin].stretch in parts:
                    begin += 1
                    continue
                begin, end = self._chunk(plan, of_chain, parts, begin)
                self._build_chunk(plan, of_chain[begin:end], parts)
                begin = end

    def _chunk(
        self,
        plan: Plan,
        wanted: Sequence[Wanted],
        parts: Mapping[Stretch, Part],
        begin: int,
    ) -> tuple[int, int]:
        """Parts to build together: neighbours that are missing, or that share a transaction."""
        end, rows = begin + 1, wanted[begin].rows
        while begin > 0 and self._is_crossed(plan, wanted[begin - 1], wanted[begin]):
            begin -= 1
        while end < len(wanted):
            is_missing = wanted[end].stretch not in parts
            fits = rows + wanted[end].rows <= self._limits.chunk_rows
            if not (is_missing and fits) and not self._is_crossed(
                plan, wanted[end - 1], wanted[end]
            ):
                break
            rows += wanted[end].rows
            end += 1
        return begin, end

    def _is_crossed(self, plan: Plan, one: Wanted, two: Wanted) -> bool:
        """Whether exports put a transaction on both sides of where a part ends."""
        edge = two.stretch.first
        if edge < 0 or edge - one.stretch.last > 2 * _REACH:
            return False
        around = Stretch(one.stretch.chain, max(edge - _REACH, 0), edge + _REACH - 1)
        found = self.db.con.execute(
            "select 1 from read_parquet($files, hive_partitioning = false)"
            f" where {around.where} and transaction_hash is not null group by transaction_hash"
            " having min(block_number) < $edge and max(block_number) >= $edge limit 1",
            {"files": plan.uris(around), "edge": edge},
        ).fetchall()
        return bool(found)

    def _build_chunk(
        self, plan: Plan, wanted: Sequence[Wanted], parts: dict[Stretch, Part]
    ) -> None:
        db = self.db
        stretch = wanted[0].stretch.to(wanted[-1].stretch)
        db.attach(STAGED, plan.uris(stretch), stretch.where)
        rows = {}
        for model in self._models:
            if model.table == "work.earlier_transfers":
                self._show_earlier(model, stretch, parts)
            elif model.is_step:
                db.step(model.table, model.sql or "")
            else:
                rows[model.table] = db.create(model.table, model.sql or "")
        joined = self._joined(wanted)
        for w in wanted:
            transfers, transfer_rows = self._export(TRANSFERS, w.stretch, rows[TRANSFERS])
            conflicts, conflict_rows = self._export(CONFLICTS, w.stretch, rows[CONFLICTS])
            parts[w.stretch] = Part(
                w.stretch, w.fingerprint, w.stretch in joined, transfers, transfer_rows,
                conflicts, conflict_rows,
            )  # fmt: skip
            self.built.add(w.stretch)

    def _show_earlier(self, model: Model, stretch: Stretch, parts: Mapping[Stretch, Part]) -> None:
        """What the chain moved before a chunk: payments that its transfers may imitate."""
        earlier = [
            self._uri(TRANSFERS, p.transfers)
            for s, p in sorted(parts.items(), key=lambda item: item[0].order)
            if p.transfers and s.chain == stretch.chain and s.order < stretch.order
        ]
        if not earlier:
            self.db.step(model.table, model.sql or "")
            return
        reading = self.db.reading(TRANSFERS, earlier, is_uniform=True)
        self.db.step(
            model.table,
            f"{A_VIEW}…\nselect seq, chain, asset, from_address, to_address, value"
            f" from ({reading})",
        )

    def _joined(self, wanted: Sequence[Wanted]) -> set[Stretch]:
        """Parts of a chunk with a transaction that stands in the next one, too."""
        if len(wanted) == 1:
            return set()
        spread = self.db.con.execute(
            "select min(block_number), max(block_number) from work.rival_transfers"
            " where transaction_hash is not null and block_number is not null"
            " group by transaction_hash having min(block_number) <> max(block_number)"
        ).fetchall()
        return {
            w.stretch
            for w in wanted
            for low, high in spread
            if low <= w.stretch.last < high and high >= w.stretch.first
        }

    def _export(self, table: str, stretch: Stretch, rows: int) -> tuple[str | None, int]:
        """Write a part's rows aside; its path in the table, None where it has none."""
        if not rows:
            return None, 0
        path = self._folder / f"{table}-{stretch.chain}-{stretch.first}.parquet"
        count = self.db.export(table, str(path), stretch.where)
        if not count:
            path.unlink()
            return None, 0
        digest = sha256_of(path)
        file = CandidateFile(path, count, digest, {"chain": stretch.chain})
        rel = path_in_table(file, schema_table(table).partition_by)
        own = path.with_name(f"{digest}.parquet")
        path.replace(own)
        self._new[table][rel] = replace(file, path=own)
        return rel, count

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def _attach(self) -> dict[str, int]:
        parts, con = self._after.parts, self.db.con
        con.execute(f"drop table if exists {TRANSFERS}")
        con.execute(f"drop table if exists {CONFLICTS}")
        rows = {
            TRANSFERS: sum(p.transfer_rows for p in parts),
            CONFLICTS: sum(p.conflict_rows for p in parts),
        }
        conflicts = [self._uri(CONFLICTS, p.conflicts) for p in parts if p.conflicts]
        self.db.create(CONFLICTS, self.db.reading(CONFLICTS, conflicts, is_uniform=True))
        self._is_view = self._storage.is_local and rows[TRANSFERS] > self._limits.held_rows
        if self._is_view:
            self._show(parts)
        else:
            files = [self._uri(TRANSFERS, p.transfers) for p in parts if p.transfers]
            self.db.create(TRANSFERS, self.db.reading(TRANSFERS, files, is_uniform=True))
        return rows

    def _show(self, parts: Sequence[Part]) -> None:
        files = [self._uri(TRANSFERS, p.transfers) for p in parts if p.transfers]
        self.db.show(TRANSFERS, self.db.reading(TRANSFERS, files, is_uniform=True))

    def paths(self, table: str) -> list[str]:
        found = (p.transfers if table == TRANSFERS else p.conflicts for p in self._after.parts)
        return [path for path in found if path]

    def _uri(self, table: str, path: str) -> str:
        """Where a part can be read: aside while it is new, else in its table."""
        new = self._new[table].get(path)
        return str(new.path) if new else self._storage.uri(f"{log.folder(table)}/{path}")


def models_of_parts(models: Sequence[Model]) -> list[Model]:
    """The steps and the two tables, in their order."""
    return [m for m in models if m.is_step or m.table in (TRANSFERS, CONFLICTS)]


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
