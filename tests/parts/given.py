"""A lake of a few staged transfers, and its core.transfers built part by part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.models.given import MODELS
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.models import models
from transforms.lake.candidate import CandidateFile, TableCommit, sha256_of
from transforms.lake.cut import publish_batch
from transforms.lake.ledger import LEDGER, Record, read_ledger
from transforms.lake.storage import Storage
from transforms.lake.tables import files
from transforms.parts.chunks import STAGED
from transforms.parts.days import PATTERNS, Days
from transforms.parts.degrees import COUNTERPARTIES, DEGREES, Degrees
from transforms.parts.extend import Extension, Limits, models_of_parts
from transforms.parts.graph import ADDRESSES, EDGES, Graph
from transforms.parts.moved import MOVED, Moved
from transforms.parts.stretches import Stretch
from transforms.schemas import table, tables_of

Row = dict[str, Any]
PARTS = models_of_parts(models())
SMALL = Limits(part_rows=12, chunk_rows=40, held_rows=1_000_000)


@dataclass
class Lake:
    """A lake in a folder; batches come, are replaced, and go."""

    folder: Path
    limits: Limits = SMALL
    count: int = 0
    # Of the addresses of the last build that was checked.
    numbers: Mapping[tuple[str, str], int] = field(default_factory=dict)
    published: "Build | None" = None
    bucket: Storage | None = None

    @property
    def storage(self) -> Storage:
        return self.bucket or Storage(str(self.folder / "lake"))

    def stage(self, name: str, batch: str, rows: Sequence[Row]) -> None:
        """Publish a batch of a table; no rows take it away."""
        schema = table(name)
        self.count += 1
        path = self.folder / f"{self.count}.parquet"
        own = {"source": "s", "batch": batch, "raw_sha256": f"{batch}", "is_effective": True}
        given = [
            {**dict.fromkeys(schema.arrow.names), **own, "record_id": f"f.csv:{n}", **row}
            for n, row in enumerate(rows, 1)
        ]
        given = [{k: v for k, v in r.items() if k in schema.arrow.names} for r in given]
        pq.write_table(pa.Table.from_pylist(given, schema.arrow), path)
        partition = {"source": "s", "batch": batch}
        file = CandidateFile(path, len(given), sha256_of(path), partition)
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=self.count)
        record = {
            "run_id": f"r{self.count}",
            "source": "s",
            "batch": batch,
            "status": "published",
            "published": True,
            "recorded_at": at,
        }
        publish_batch(
            self.storage,
            [TableCommit(name, [file], schema.arrow, schema.partition_by, [partition])],
            Record(f"s/{batch}", f"{self.count:064}", [record]),
        )

    def extend(self, *, is_forced: bool = False) -> "Build":
        """Build core.transfers aside, from what there is or from nothing."""
        ledger = read_ledger(self.storage)
        versions: Mapping[str, int | None] = {**ledger.versions, LEDGER: ledger.version}
        db = DuckDBEngine(connect(), self.storage.delta_options)
        db.prepare()
        for t in tables_of(("staged", "meta")):
            at = versions.get(t.name)
            db.attach(t.name, [] if at is None else files(self.storage, t.name, at))
        aside = self.folder / f"aside-{self.count}-{is_forced}"
        aside.mkdir(exist_ok=True)
        staged = versions.get(STAGED)
        given = (self.storage, db)
        moved = Moved(*given, MODELS[MOVED], staged, is_forced=is_forced)
        moved.run()
        db.create("core.assets", MODELS["core.assets"].sql or "")
        made = Extension(
            self.storage,
            db,
            staged,
            aside,
            models=PARTS,
            limits=self.limits,
            is_forced=is_forced,
        )
        made.run()
        days = Days(*given, MODELS[PATTERNS], is_forced=is_forced)
        days.run(made.files())
        held = {} if is_forced else self.carry(db)
        graph = Graph(
            *given, aside, MODELS[ADDRESSES], MODELS[EDGES], held=held, is_forced=is_forced
        )
        graph.run(made.files())
        degrees = Degrees(*given, MODELS[COUNTERPARTIES], MODELS[DEGREES], is_forced=is_forced)
        degrees.run(graph.files(EDGES), graph.uri)
        return Build(made, moved, degrees, days, graph)

    def carry(self, db: DuckDBEngine) -> dict[str, list[str]]:
        """Begin with the graph of the build that was published last; the files that it holds."""
        if self.published is None:
            return {}
        for name in (ADDRESSES, EDGES):
            rows = self.published.db.fetch(f"select * from {name}")
            db.con.register("carried", rows)
            db.con.execute(f"create table {name} as from carried")
            db.con.unregister("carried")
        return {name: list(self.published.graph.files(name)) for name in (ADDRESSES, EDGES)}

    def publish(self, made: "Build") -> None:
        """Publish what was built of this lake."""
        made.publish("b")
        self.published = made

    def rows(self, made: "Build", name: str = "core.transfers") -> list[tuple[Any, ...]]:
        return made.db.con.execute(f"select * from {name} order by all").fetchall()


@dataclass(frozen=True)
class Build:
    """What was built of a lake, aside: core.transfers, and the steps that are extended, too."""

    transfers: Extension
    moved: Moved
    degrees: Degrees
    days: Days
    graph: Graph

    @property
    def db(self) -> DuckDBEngine:
        return self.transfers.db

    @property
    def built(self) -> set[Stretch]:
        return self.transfers.built

    def publish(self, name: str) -> None:
        self.transfers.publish(name)
        self.graph.publish(name)
        for step in (self.moved, self.degrees, self.days):
            step.remember()


def transfer(block: int | None, tx: str | None, position: int, **more: Any) -> Row:
    """A token transfer; ``more`` says what is different about it."""
    value = str(more.pop("value", 5))
    seconds = 0 if block is None else block
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return {
        "chain": "ethereum",
        "asset": "ethereum:0xt",
        "contract": "0xt",
        "kind": "token",
        "block_number": block,
        "block_timestamp": at,
        "block_date": at.date(),
        "transaction_hash": tx,
        "position": position,
        "position_basis": "log",
        "from_address": "0xaaaa",
        "to_address": "0xbbbb",
        "value": value,
        "value_d38": int(value),
        "has_wide_value": False,
        "is_status_known": True,
        "is_exact": True,
        **more,
    }


def lakes(root: Path) -> Iterator[Lake]:
    """As many lakes as are asked for."""
    for number in range(10_000):
        folder = root / str(number)
        folder.mkdir()
        yield Lake(folder)
