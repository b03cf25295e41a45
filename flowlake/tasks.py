"""What a DAG's tasks call: names and dates in, names out, never data.

Parameters of a run are typed by people in a form and therefore hostile: sources are looked up in
the registry, dates are parsed, and paths lead nowhere but into the drop folder.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from flowlake.ingest import Ingested
from flowlake.settings import Settings
from transforms.errors import GateFailed, InputRefused, NothingNew


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
        raise InputRefused(f"{name!r}: no such file or folder in the drop folder {drop}")
    return path


def fetch(
    source: str,
    run_id: str,
    paths: Sequence[str],
    day: str | None,
    mapping: str | None,
) -> str:
    """Receive what the run names; returns the run's id. Skips where a server has nothing new."""
    from flowlake import fetch as fetching

    settings = Settings.from_env()
    options = {"mapping": str(dropped(settings.drop, mapping))} if mapping else {}
    try:
        run = fetching.fetch(
            settings,
            source,
            [str(dropped(settings.drop, p)) for p in paths],
            run_id=f"{source}__{run_id}",
            day=date.fromisoformat(day) if day else None,
            options=options,
        )
    except NothingNew as e:
        raise _skip(str(e)) from e
    return run.id


def stage(run_id: str) -> str:
    """Stage the run's batches; skips the rest of the run where all of them are published."""
    from flowlake.ingest import is_nothing_new
    from flowlake.runs import Run
    from flowlake.stage import stage as staging

    settings = Settings.from_env()
    run = Run.of(settings.storage, run_id)
    staging(settings, run)
    if is_nothing_new(run):
        raise _skip("the same bytes were published before")
    return run.id


def judge(run_id: str) -> str:
    """Judge the run's candidates."""
    from flowlake.judge import judge as judging
    from flowlake.runs import Run

    settings = Settings.from_env()
    run = Run.of(settings.storage, run_id)
    judging(settings, run)
    return run.id


def publish(run_id: str) -> dict[str, int]:
    """Publish what passed; fails the task where a batch was refused or failed its gate."""
    from flowlake.ingest import finish, finished
    from flowlake.publish import publish as publishing
    from flowlake.runs import Run

    settings = Settings.from_env()
    run = Run.of(settings.storage, run_id)
    done = finished(run)
    if done is None:
        publishing(settings, run)
        done = finish(run, is_remembered=True)
    return _counted(done)


def build() -> dict[str, str]:
    """Build the warehouse and all around it."""
    from flowlake.build import build as building

    result = building(Settings.from_env())
    return {"status": result["status"], "warehouse": result["warehouse"]}


def plan_days(source: str, folder: str, first: str, last: str) -> list[str]:
    """Days between two dates of which the folder holds a file, in order."""
    from flowlake.dating import date_in_name
    from flowlake.planning import files_in
    from transforms.sources import registry

    settings = Settings.from_env()
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    found = files_in(registry.source(source), dropped(settings.drop, folder))
    days = {dated[0] for f in found if (dated := date_in_name(f.name))}
    return [d.isoformat() for d in sorted(days) if start <= d <= end]


def ingest_day(source: str, folder: str, day: str, run_id: str) -> dict[str, int]:
    """Ingest the folder's files of one day."""
    from flowlake.dating import date_in_name
    from flowlake.ingest import ingest
    from flowlake.planning import files_in
    from transforms.sources import registry

    settings = Settings.from_env()
    wanted = date.fromisoformat(day)
    paths = [
        str(f.path)
        for f in files_in(registry.source(source), dropped(settings.drop, folder))
        if (dated := date_in_name(f.name)) and dated[0] == wanted
    ]
    return _counted(ingest(settings, source, paths, run_id=f"{source}__{run_id}__{day}"))


def _counted(result: Ingested) -> dict[str, int]:
    """Number of published batches; a refused one fails the task for good, retries cannot help."""
    from airflow.sdk.exceptions import AirflowFailException

    try:
        result.raise_for_problems()
    except (InputRefused, GateFailed) as e:
        raise AirflowFailException(str(e)) from e
    return {"published": sum(bool(s["published"]) for s in result.snapshots)}


def _skip(reason: str) -> Exception:
    """Airflow's way to say that a task has nothing to do; what follows is skipped, too."""
    from airflow.sdk.exceptions import AirflowSkipException

    skip: Exception = AirflowSkipException(reason)
    return skip
