"""Build core, traces, marts, the warehouse and the report from what is staged.

Runs whenever a source has published a fresh batch; the only task that writes the warehouse.
Nothing is built where nothing changed.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, AssetAny, task

from transforms.sources.registry import sources_of

STAGED = [Asset(f"staged_{s.name}", f"flowlake://staged/{s.name}") for s in sources_of()]
WAREHOUSE = Asset("warehouse", "flowlake://warehouse", group="flowlake")


@task(outlets=[WAREHOUSE])
def build():
    from flowlake import tasks

    return tasks.build()


with DAG(
    "build",
    schedule=AssetAny(*STAGED),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "execution_timeout": timedelta(hours=4),
    },
    tags=["build"],
    doc_md=__doc__,
):
    build()
