"""What a DAG's tasks call: names and dates in, names out, never data.

Parameters of a run are typed by people in a form and therefore hostile: sources are looked up in
the registry, dates are parsed, and paths lead nowhere but into the drop folder.

What our errors mean to Airflow is said once, in ``answering``: nothing new is a skip, a refused
input fails at once (the same bytes would be refused again), all else is worth another try.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from flowlake.ingest import Ingested
from flowlake.runs import Run
from flowlake.settings import Settings
from transforms.clean.display import one_line
from transforms.errors import GateFailed, InputRefused, NothingNew

logger = logging.getLogger(__name__)

# Names in a message: enough to find the slip of the pen, not a listing.
_SHOWN = 8


@contextmanager
def answering() -> Iterator[None]:
    """Turn our errors into Airflow's; without a traceback, which would bury the message."""
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    try:
        yield
    except NothingNew as e:
        raise AirflowSkipException(str(e)) from None
    except (InputRefused, GateFailed) as e:
        raise AirflowFailException(one_line(str(e))) from None


def dropped(drop: Path, name: str) -> Path:
    """A file or folder inside the drop folder; ``InputRefused`` where the name leads out of it."""
    try:
        path = (drop / name).resolve()
        exists = path.exists()
    except (OSError, RuntimeError, ValueError) as e:  # too long, a link to itself, a NUL
        raise InputRefused(f"{name!r} is no name in the drop folder {drop}") from e
    if not path.is_relative_to(drop.resolve()):
        raise InputRefused(f"{name!r} lies outside the drop folder {drop}")
    if not exists:
        raise InputRefused(
            f"{name!r}: no such file or folder in the drop folder {drop}, {_held(drop)}"
        )
    return path


def _held(folder: Path) -> str:
    """What a folder holds, in a few words."""
    if not folder.is_dir():
        return "which does not exist; FLOWLAKE_DROP names another"
    found = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"which holds {', '.join(found[:_SHOWN])}{more}" if found else "which is empty"


@answering()
def fetch(source: str, run_id: str, params: Mapping[str, Any]) -> str:
    """Receive what the run names; returns the run's id. Skips where a server has nothing new."""
    from airflow.sdk.exceptions import AirflowException

    from flowlake import fetch as fetching
    from flowlake.override import Override

    settings = Settings.from_env()
    paths = [str(dropped(settings.drop, p)) for p in params["paths"] or ()]
    override = Override.of(params.get("accepted_by"), params.get("accept"))
    try:
        run = fetching.fetch(
            settings,
            source,
            paths,
            run_id=f"{source}__{run_id}",
            day=date.fromisoformat(params["date"]) if params["date"] else None,
            options=options(settings, source, params),
        )
        if override is not None:
            override.write(run)
    except InputRefused as e:
        if paths:
            raise
        # A server may answer in some minutes what it did not now.
        raise AirflowException(str(e)) from None
    return run.id


@answering()
def stage(run_id: str) -> str:
    """Stage the run's batches, but those that are published already."""
    from flowlake.stage import stage as staging

    settings, run = _going_on(run_id)
    staging(settings, run)
    return run.id


@answering()
def judge(run_id: str) -> str:
    """Judge the run's candidates."""
    from flowlake.judge import judge as judging

    settings, run = _going_on(run_id)
    judging(settings, run)
    return run.id


@answering()
def publish(run_id: str) -> int:
    """Publish what passed; skips where nothing did, so that nothing is built from it."""
    from flowlake.ingest import outcome
    from flowlake.publish import publish as publishing

    settings, run = _going_on(run_id)
    publishing(settings, run)
    return _published(outcome(run))


@answering()
def sum_up(run_id: str | None) -> dict[str, int]:
    """Say what became of each batch; fails where one was refused or failed its gate.

    A task of its own, after publishing: a refused file must not keep the others from the build.
    """
    from flowlake.ingest import finish, finished

    if run_id is None:  # skipped while fetching
        raise NothingNew("the server offers what is published already")
    done = finished(Run.of(Settings.from_env().storage, run_id))
    if done is None:
        _, run = _going_on(run_id)
        done = finish(run, is_remembered=True)
    return counted(done)


@answering()
def build() -> dict[str, str]:
    """Build the warehouse and all around it."""
    from flowlake.build import build as building

    result = building(Settings.from_env())
    return {"status": result["status"], "warehouse": result["warehouse"]}


@answering()
def sweep() -> dict[str, int]:
    """Remove what crashes left behind."""
    from flowlake import maintain

    return maintain.sweep(Settings.from_env())


@answering()
def compact() -> dict[str, Any]:
    """Bring small files together."""
    from flowlake import maintain

    return maintain.compact(Settings.from_env())


@answering()
def vacuum(params: Mapping[str, Any]) -> dict[str, int]:
    """Delete files that nobody needs any more."""
    from flowlake import maintain

    return maintain.vacuum(Settings.from_env(), int(params["retention_days"]))


@answering()
def ingest_dropped(run_id: str, params: Mapping[str, Any]) -> dict[str, int]:
    """Ingest files of any source; counts over all of them. What is nobody's fails the run."""
    from flowlake.auto import ingest_auto

    settings = Settings.from_env()
    paths = [str(dropped(settings.drop, p)) for p in params["paths"]]
    day = date.fromisoformat(params["date"]) if params["date"] else None
    given = {"chain": params["chain"]} if params.get("chain") else {}
    done = ingest_auto(settings, paths, day=day, options=given, run_id=_dropped_run(run_id))
    total: Counter[str] = Counter()
    failed = list(done.problems)
    for result in done.runs:
        try:
            total.update(counted(result))
        except (InputRefused, GateFailed) as e:
            failed.append(str(e))
    if failed:
        raise InputRefused("; ".join(failed))
    return dict(total)


@answering()
def announce_dropped(run_id: str) -> list[str]:
    """Sources of which the run published anything, by the ledger; skips where there are none."""
    from flowlake.accepted import rows
    from transforms.sources.registry import names

    storage = Settings.from_env().storage
    published = [r["run_id"] for r in rows(storage) if r["published"]]
    began = {s: Run.of(storage, f"{s}__{_dropped_run(run_id)}").id for s in names()}
    fresh = [s for s in names() if any(r.startswith(began[s]) for r in published)]
    if not fresh:
        raise NothingNew("the dropped files brought nothing new")
    return fresh


def _dropped_run(run_id: str) -> str:
    return f"auto__{run_id}"


def _going_on(run_id: str) -> tuple[Settings, Run]:
    """A run that an earlier task began; its folder is gone once the run was summed up."""
    settings = Settings.from_env()
    run = Run.of(settings.storage, run_id)
    if run.read("plan.json") is None:
        raise InputRefused(f"run {run_id} has ended; clear the whole run, from fetch on")
    return settings, run


def options(settings: Settings, source: str, params: Mapping[str, Any]) -> dict[str, str]:
    """A source's options: each a plain word, such as a chain's, or the name of a dropped file."""
    from transforms.sources import registry

    given = {k: params[k] for k in registry.source(source).options if params.get(k)}
    return {k: v if v.isidentifier() else str(dropped(settings.drop, v)) for k, v in given.items()}


def counted(result: Ingested) -> dict[str, int]:
    """Counts of a run, after a line for each batch; raises what a person must act upon."""
    for line in result.lines():
        logger.info("%s", line)
    result.raise_for_problems()
    rows = ("rows_read", "rows_staged", "rows_rejected")
    counts = {k: sum(s[k] for s in result.snapshots) for k in rows}
    return {"published": sum(bool(s["published"]) for s in result.snapshots), **counts}


def _published(result: Ingested) -> int:
    found = sum(bool(s["published"]) for s in result.snapshots)
    if not found:
        raise NothingNew("nothing of this run was published; sum_up says why")
    return found
