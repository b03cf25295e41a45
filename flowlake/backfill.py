"""What the backfill's tasks call: the dated files of one dropped folder, day by day."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flowlake.runs import Run
from flowlake.settings import Settings
from flowlake.tasks import answering, counted, dropped, options
from transforms.clean.display import one_line
from transforms.errors import GateFailed, InputRefused, NothingNew

logger = logging.getLogger(__name__)

# Days in a message: enough to know what is wrong, the log has them all.
_SHOWN = 8


@answering()
def plan_days(params: Mapping[str, Any]) -> list[str]:
    """Days between two dates of which the folder holds a file, in order."""
    source, folder = params["source"], params["folder"]
    start, end = (date.fromisoformat(params[k]) for k in ("first", "last"))
    days = sorted(_files_by_day(Settings.from_env(), source, folder))
    wanted = [d for d in days if start <= d <= end]
    if not wanted:
        found = f"those there run from {days[0]} to {days[-1]}" if days else "none carries a date"
        raise InputRefused(
            f"{source} {folder}: no file whose name carries a day from {start} to {end}; {found}"
        )
    logger.info("%s: %d days from %s to %s", source, len(wanted), wanted[0], wanted[-1])
    return [d.isoformat() for d in wanted]


@answering()
def ingest_days(days: Sequence[str], run_id: str, params: Mapping[str, Any]) -> dict[str, int]:
    """Ingest the folder's files of each day, in the order given; counts over all of them.

    A refused day is final and the next one goes on; after any other failure nothing does, so that
    the next try begins where this one ended. Raises at the end what a person must act upon.
    """
    total: Counter[str] = Counter()
    failed = {}
    for number, day in enumerate(days, 1):
        logger.info("day %s, %d of %d", day, number, len(days))
        try:
            total.update(_ingest_day(day, run_id, params))
        except (InputRefused, GateFailed) as e:
            failed[day] = str(e)
            logger.error("day %s: %s", day, one_line(str(e)))  # noqa: TRY400 the message says all
    logger.info("%d of %d days went through: %s", len(days) - len(failed), len(days), dict(total))
    if failed:
        shown = [f"{day}: {reason}" for day, reason in failed.items()][:_SHOWN]
        raise InputRefused(f"{len(failed)} of {len(days)} days failed; {'; '.join(shown)}")
    return dict(total)


def _ingest_day(day: str, run_id: str, params: Mapping[str, Any]) -> dict[str, int]:
    from flowlake.ingest import ingest

    settings = Settings.from_env()
    source, folder = params["source"], params["folder"]
    paths = _files_by_day(settings, source, folder).get(date.fromisoformat(day))
    if not paths:
        raise InputRefused(f"{source} {folder}: the files of {day} are gone since the run began")
    given = options(settings, source, params)
    name = f"{_backfill(source, run_id)}__{day}"
    return counted(ingest(settings, source, paths, options=given, run_id=name))


@answering()
def announce(run_id: str, params: Mapping[str, Any]) -> int:
    """Batches that the days of a backfill published, by the ledger; skips where there are none.

    The ledger also knows of days before one that ended the task.
    """
    from flowlake.accepted import rows

    storage = Settings.from_env().storage
    began = Run.of(storage, _backfill(params["source"], run_id)).id
    fresh: int = sum(bool(r["published"]) and r["run_id"].startswith(began) for r in rows(storage))
    if not fresh:
        raise NothingNew("no day brought anything new")
    return fresh


def _backfill(source: str, run_id: str) -> str:
    return f"{source}__{run_id}"


def _files_by_day(settings: Settings, source: str, folder: str) -> dict[date, list[str]]:
    from flowlake.dating import date_in_name
    from flowlake.planning import files_in
    from transforms.sources import registry

    found: dict[date, list[str]] = {}
    for f in files_in(registry.source(source), dropped(settings.drop, folder)):
        if dated := date_in_name(f.name):
            found.setdefault(dated[0], []).append(str(f.path))
    return found
