"""Build: what is staged → core, traces, marts, the warehouse, Parquet and the report.

Everything is built aside, judged, and exchanged at the end. A build is named by what it read (the
lake's cut) and by the code that read it; the same name again is nothing new.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.parts import Parts
from flowlake.decisions import decision_bytes, read_decisions
from flowlake.increments import PUBLISHED_IN_PARTS, Increments
from flowlake.settings import Settings
from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.macros import create_macros
from transforms.engine.models import LAYERS, models
from transforms.errors import GateFailed, NoSpace
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, sha256_of
from transforms.lake.carry import remember
from transforms.lake.delta import publish as publish_table
from transforms.lake.janitor import sweep
from transforms.lake.ledger import LEDGER, Ledger, read_ledger
from transforms.lake.lock import lock
from transforms.lake.maintain import upkeep
from transforms.lake.space import need_space
from transforms.lake.storage import Storage
from transforms.lake.tables import files, read
from transforms.lake.warehouse import (
    WAREHOUSE,
    Aside,
    build_aside,
    publish_export,
    publish_warehouse,
    stray_wal,
)
from transforms.parts.shelf import CONFLICTS, TRANSFERS
from transforms.schemas import table as schema_table
from transforms.schemas import tables_of

logger = logging.getLogger(__name__)

# Names the build that the published warehouse is.
BUILT = "_flowlake/build.json"
JUDGEMENTS = "meta.judgements"


def build(settings: Settings, *, engine: str = "duckdb", is_forced: bool = False) -> dict[str, Any]:
    """Build the warehouse and all around it; ``GateFailed`` leaves what was served untouched."""
    storage = settings.storage
    sweep(storage)
    upkeep(storage)
    if not is_forced and (built := _built(settings, read_ledger(storage))):
        return {**built, "engine": engine}
    need_space(storage, sum(e.size for e in storage.list("staged")))
    with build_aside(
        storage,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        is_carried=not is_forced,
    ) as aside:
        # Read once nobody else builds: a build that waited for another must not publish what that
        # one published, nor what was read before it.
        ledger = read_ledger(storage)
        if not is_forced and (built := _built(settings, ledger)):
            return {**built, "engine": engine}
        built = _build(settings, aside, ledger, is_forced=is_forced)
        storage.write_bytes(BUILT, json.dumps(built, sort_keys=True).encode())
    return {**built, "status": "built", "engine": engine}


def _build(settings: Settings, aside: Aside, ledger: Ledger, *, is_forced: bool) -> dict[str, Any]:
    storage = settings.storage
    name = _name(settings, ledger)
    with _exports(storage, name) as folder:
        db = DuckDBEngine(aside.con, storage.delta_options)
        db.prepare()
        db.rank_labellers(settings.label_priority)
        db.declare_par(settings.par)
        _attach(storage, db, ledger)
        extended = Increments(storage, db, ledger, folder, held=aside.held, is_forced=is_forced)
        rows = _run_models(db, extended)
        create_macros(db.con)
        _judge(settings, db, name, extended.parts())
        unpriced = extended.unpriced()
        exported = {
            t: (folder / f"{t}.parquet", db.export(t, str(folder / f"{t}.parquet")))
            for t in rows
            if t not in PUBLISHED_IN_PARTS
        }
        report = folder / "index.html"
        _report(aside, report, name)
        if not storage.is_local:
            _drop_views(aside)
        extended.publish(name)
        held = extended.held()
        shown = {t: log.head(storage, t) for t in (TRANSFERS, CONFLICTS)}
        published = publish_warehouse(storage, aside)
        remember(storage, published.sha256, held)
        try:
            _publish_exports(storage, name, exported)
            publish_export(storage, report, "report/index.html")
        except NoSpace as error:
            raise NoSpace(
                f"{published.uri} is published, but not all of its exports and its report: "
                f"{str(error).partition(';')[0]}; free some space and build again"
            ) from error
    return {
        "name": name,
        "warehouse": published.uri,
        "tables": rows,
        "unpriced": unpriced,
        # Versions behind the warehouse's views: no vacuum takes their files.
        "cut": ledger.versions,
        "shown": shown,
    }


def _built(settings: Settings, ledger: Ledger) -> dict[str, Any] | None:
    """The published build, where it is the one that would be made now."""
    storage = settings.storage
    try:
        found: dict[str, Any] = json.loads(storage.read_bytes(BUILT))
    except (FileNotFoundError, ValueError):
        return None
    if found.get("name") != _name(settings, ledger) or not storage.exists(WAREHOUSE):
        return None
    if storage.root and stray_wal(storage.root / WAREHOUSE):
        return None  # to exchange the warehouse is what removes it
    logger.info("nothing new: %s holds this build", storage.uri(WAREHOUSE))
    return {**found, "status": "nothing new"}


def _name(settings: Settings, ledger: Ledger) -> str:
    """Hash of the cut, the ledger's length and every file that decides what is made of them.

    ``meta.judgements`` is left out: it says how data were judged, not what they are.
    """
    storage = settings.storage
    rows = read(storage, LEDGER, ledger.version).num_rows
    # The address, too: views over staged files hold it, and a lake may be moved.
    read_from = {**ledger.versions, JUDGEMENTS: None, LEDGER: rows, "lake": storage.uri()}
    if settings.label_priority:
        read_from["labels"] = settings.label_priority
    if settings.par:
        read_from["par"] = settings.par
    read_from["decisions"] = sha256(decision_bytes(storage)).hexdigest()
    digest = sha256(json.dumps(read_from, sort_keys=True).encode())
    for package in ("transforms", "expectations", "flowlake"):
        for path, content in _code(package_files(package), package):
            digest.update(path.encode() + b"\0" + sha256(content).digest())
    return digest.hexdigest()[:16]


def _code(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _code(entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".sql", ".csv", ".html", ".css", ".j2")):
            yield f"{path}/{entry.name}", entry.read_bytes()


def _attach(storage: Storage, db: DuckDBEngine, ledger: Ledger) -> None:
    """Staged tables as views at the cut; the ledger itself and the judgements as tables."""
    versions: dict[str, int | None] = {**ledger.versions, LEDGER: ledger.version}
    for t in tables_of(("staged",)):
        found = files(storage, t.name, versions[t.name]) if t.name in versions else []
        db.attach(t.name, found)
    for t in tables_of(("meta",)):
        at = versions.get(t.name)
        db.attach(t.name, [] if at is None else files(storage, t.name, at))
        db.con.execute(f"create temp table meta_rows as select * from {t.name}")
        db.con.execute(f"drop view {t.name}")
        db.create(t.name, "select * from meta_rows")
        db.con.execute("drop table meta_rows")
    db.register("meta.entity_decisions", read_decisions(decision_bytes(storage)))


def _run_models(db: DuckDBEngine, extended: Increments) -> dict[str, int]:
    """Run every model in order; table → rows, of those that are published."""
    rows: dict[str, int] = {}
    for model in models():
        if model.table in extended.runs:
            rows |= extended.runs[model.table]()
        elif model.is_step or model.table == CONFLICTS:
            continue  # made with the transfers, part by part
        elif model.sql is None:
            rows[model.table] = _run(model.build, db)
        else:
            rows[model.table] = db.create(model.table, model.sql)
    db.forget_steps()
    return rows


def _run(build_model: Any, db: DuckDBEngine) -> int:
    rows: int = build_model(db)
    return rows


def _judge(settings: Settings, db: DuckDBEngine, name: str, parts: Sequence[Parts]) -> None:
    """Judge core and marts inside the build; their judgements stand in the warehouse, too."""
    from expectations.docs import write_docs
    from expectations.gate import judge
    from expectations.suites import suite_of

    now = datetime.now(UTC)
    found = [
        judge(None, suite, connection=db.con, run_id=f"build-{name}", recorded_at=now, parts=parts)
        for suite in map(suite_of, LAYERS)
    ]
    schema = schema_table(JUDGEMENTS)
    earlier = db.fetch(f"select * from {JUDGEMENTS}").cast(schema.arrow)
    results = [r for j in found for r in j.results]
    db.register(
        JUDGEMENTS, pa.concat_tables([earlier, pa.Table.from_pylist(results, schema.arrow)])
    )
    storage = settings.storage
    if storage.root is not None:
        with lock(storage, "docs"):
            write_docs(storage.root / "docs", found)
    failures = [line for j in found for line in j.failures]
    if failures:
        raise GateFailed("build: " + "; ".join(failures))


def _report(aside: Aside, path: Path, name: str) -> None:
    from flowlake.report import write_report

    write_report(aside.con, path, generated_from=name)


def _drop_views(aside: Aside) -> None:
    """Views over a bucket would fail in every reader that has no key to it."""
    for t in tables_of(("staged",)):
        aside.con.execute(f"drop view {t.name}")


@contextmanager
def _exports(storage: Storage, name: str) -> Iterator[Path]:
    folder = storage.scratch() / f"build-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish_exports(storage: Storage, name: str, exported: Mapping[str, tuple[Path, int]]) -> None:
    """Core as Delta tables, marts as one Parquet file each; unchanged content is left alone."""
    for table, (path, rows) in exported.items():
        layer, _, short = table.partition(".")
        if layer == "marts":
            publish_export(storage, path, f"marts/{short}.parquet")
            continue
        digest = sha256_of(path)
        publish_table(
            storage,
            table,
            [CandidateFile(path, rows, digest, {})],
            schema=schema_table(table).arrow,
            partition_by=(),
            replace=({},),
            app_id=f"build/{table}",
            raw_sha256=digest,
            metadata={"build": name},
        )
