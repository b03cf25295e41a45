"""Builds parts, as many neighbours at once as fit: staged rows of a stretch → files aside."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from transforms.engine.duckdb import A_VIEW, DuckDBEngine
from transforms.engine.models import Model
from transforms.parts.payments import Payments
from transforms.parts.plan import Plan, Wanted
from transforms.parts.shelf import CONFLICTS, TRANSFERS, Shelf
from transforms.parts.state import Part
from transforms.parts.stretches import Stretch

STAGED: Final = "staged.transfers"
_EARLIER: Final = "work.earlier_transfers"
# Blocks within which a transaction is looked for on both sides of an edge: deeper than any
# reorganisation that exports are known to straddle.
_REACH: Final = 256


class Builder:
    """Builds what is wanted and missing; ``models`` are the steps and the two tables in order."""

    def __init__(
        self,
        db: DuckDBEngine,
        shelf: Shelf,
        payments: Payments,
        models: Sequence[Model],
        chunk_rows: int,
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._payments = payments
        self._models = models
        self._chunk_rows = chunk_rows

    def build(self, plan: Plan, parts: dict[Stretch, Part]) -> set[Stretch]:
        """Build every part that is wanted and missing, in the chain's order; which they were."""
        built: set[Stretch] = set()
        for _, wanted in groupby(plan.wanted, key=lambda w: w.stretch.chain):
            of_chain = list(wanted)
            begin = 0
            while begin < len(of_chain):
                if of_chain[begin].stretch in parts:
                    begin += 1
                    continue
                begin, end = self._chunk(plan, of_chain, parts, begin)
                self._build_chunk(plan, of_chain[begin:end], parts)
                built |= {w.stretch for w in of_chain[begin:end]}
                begin = end
        return built

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
            # Rows without a block are a part apart: no range of blocks holds both.
            is_missing = wanted[end].stretch not in parts and wanted[end].stretch.first >= 0
            fits = rows + wanted[end].rows <= self._chunk_rows
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
        files = plan.uris(around)
        if not files:
            return False
        found = self._db.con.execute(
            "select 1 from read_parquet($files, hive_partitioning = false)"
            f" where {around.where} and transaction_hash is not null group by transaction_hash"
            " having min(block_number) < $edge and max(block_number) >= $edge limit 1",
            {"files": files, "edge": edge},
        ).fetchall()
        return bool(found)

    def _build_chunk(
        self, plan: Plan, wanted: Sequence[Wanted], parts: dict[Stretch, Part]
    ) -> None:
        db = self._db
        stretch = wanted[0].stretch.to(wanted[-1].stretch)
        db.attach(STAGED, plan.uris(stretch), stretch.where)
        rows = {}
        for model in self._models:
            if model.table == _EARLIER:
                self._show_earlier(model, stretch, parts)
            elif model.is_step:
                db.step(model.table, model.sql or "")
            else:
                rows[model.table] = db.create(model.table, model.sql or "")
        joined = self._joined(wanted)
        for w in wanted:
            where, partition = w.stretch.where, {"chain": w.stretch.chain}
            transfers, transfer_rows = self._shelf.add(db, TRANSFERS, where, partition)
            conflicts, conflict_rows = (
                self._shelf.add(db, CONFLICTS, where, partition) if rows[CONFLICTS] else (None, 0)
            )
            parts[w.stretch] = Part(
                w.stretch, w.fingerprint, w.stretch in joined, transfers, transfer_rows,
                conflicts, conflict_rows,
            )  # fmt: skip

    def _show_earlier(self, model: Model, stretch: Stretch, parts: Mapping[Stretch, Part]) -> None:
        """What the chain moved before a chunk: payments that its transfers may imitate."""
        earlier = {
            p.transfers: self._shelf.uri(TRANSFERS, p.transfers)
            for s, p in parts.items()
            if p.transfers and s.chain == stretch.chain and s.order < stretch.order
        }
        imitated = self._payments.imitated(earlier)
        if not imitated:
            self._db.step(model.table, model.sql or "")
            return
        uris = [earlier[name] for name in imitated]
        reading = self._db.reading(TRANSFERS, uris, self._payments.rows, is_uniform=True)
        self._db.step(
            model.table,
            f"{A_VIEW}…\nselect seq, chain, asset, from_address, to_address, value"
            f" from ({reading})",
        )

    def _joined(self, wanted: Sequence[Wanted]) -> set[Stretch]:
        """Parts of a chunk with a transaction that stands in the next one, too."""
        if len(wanted) == 1:
            return set()
        spread = self._db.con.execute(
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
