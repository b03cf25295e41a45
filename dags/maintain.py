"""Keep the lake small and quick to open: leftovers of crashes, small files, files of old versions.

Safe beside ingests, builds and readers: what they see stays, rows stay the same, and nothing goes
that the last days' versions or the served warehouse need. A rollback reaches back as many days as
the run keeps. To run it again, or late, or never, changes no answer.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param, task

from flowlake.declared import TASK


@task
def sweep():
    from flowlake import tasks

    return tasks.sweep()


@task
def compact():
    from flowlake import tasks

    return tasks.compact()


@task
def vacuum(params=None):
    from flowlake import tasks

    return tasks.vacuum(params)


with DAG(
    "maintain",
    description="Leftovers removed, small files merged, old versions' files deleted",
    schedule="@weekly",
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={**TASK, "retry_delay": timedelta(minutes=5)},
    params={
        "retention_days": Param(
            default=30,
            type="integer",
            minimum=7,
            maximum=3650,
            title="Days to keep",
            description="Versions of these days can still be read and returned to.",
        ),
    },
    tags=["maintenance"],
    doc_md=__doc__,
):
    sweep() >> compact() >> vacuum()
