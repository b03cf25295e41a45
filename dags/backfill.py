"""Ingest the dropped files of one source whose names carry a day between two dates.

Days run one after the other, oldest first; a day that is published already changes nothing, so
the same range may be run again.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param, task

from transforms.sources.registry import names

DAY = {"type": "string", "format": "date"}


@task
def plan(params=None):
    from flowlake import tasks

    return tasks.plan_days(params["source"], params["folder"], params["first"], params["last"])


@task(max_active_tis_per_dagrun=1)
def ingest_day(day, run_id=None, params=None):
    from flowlake import tasks

    return tasks.ingest_day(params["source"], params["folder"], day, run_id)


with DAG(
    "backfill",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=24),
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=2),
    },
    params={
        "source": Param("ofac_sdn", type="string", enum=list(names())),
        "folder": Param(".", type="string", pattern=r"^[A-Za-z0-9_.,+=@/ -]{1,200}$"),
        "first": Param("2025-01-01", **DAY, description="first day, inclusive"),
        "last": Param("2025-12-31", **DAY, description="last day, inclusive"),
    },
    tags=["backfill"],
    doc_md=__doc__,
):
    ingest_day.expand(day=plan())
