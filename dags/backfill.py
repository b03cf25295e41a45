"""Ingest the dropped files of one source whose names carry a day between two dates.

One task takes the days one after the other, oldest first, and does not go past a day that it could
not finish: a list is judged against the day before it. A day that is published already changes
nothing, so the same range may be run again. A day that is refused fails the run, and alone: the
others are published, and then built, once. Clear the task when its file is mended.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, AssetAlias, Param, task

from flowlake.declared import NAME, OPTIONS, TASK
from transforms.sources.registry import names

LONGEST = timedelta(hours=24)
DAY = {"type": "string", "format": "date"}
BACKFILLED = AssetAlias("backfilled", group="flowlake")
STAGED = {n: Asset(f"staged_{n}", f"flowlake://staged/{n}", group="flowlake") for n in names()}


@task
def plan(params=None):
    from flowlake import backfill

    return backfill.plan_days(params)


@task(execution_timeout=LONGEST)
def ingest_days(days, run_id=None, params=None):
    from flowlake import backfill

    return backfill.ingest_days(days, run_id, params)


@task(outlets=[BACKFILLED])
def announce(run_id=None, params=None, outlet_events=None):
    from flowlake import backfill

    backfill.announce(run_id, params)
    outlet_events[BACKFILLED].add(STAGED[params["source"]])


with DAG(
    "backfill",
    description="Dated files of one source, day by day",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LONGEST,
    default_args=TASK,
    params={
        "source": Param(type="string", enum=list(names()), title="Source"),
        "folder": Param(
            **NAME,
            title="Folder",
            description="Its name inside the drop folder; it may hold one folder per day.",
        ),
        "first": Param(**DAY, title="First day", description="Inclusive."),
        "last": Param(**DAY, title="Last day", description="Inclusive."),
        **{name: Param(**field) for name, field in OPTIONS.items()},
    },
    tags=["backfill"],
    doc_md=__doc__,
):
    # A teardown runs whatever became of the days, and the run still fails where one of them did.
    ingest_days(plan()) >> announce().as_teardown()
