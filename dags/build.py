"""Build core, traces, marts, the warehouse and the report from what is staged.

Runs whenever a source has published a fresh batch; the only task that writes the warehouse.
Nothing is built where nothing changed.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, AssetAny, task

from flowlake.declared import TASK
from transforms.sources.registry import names

STAGED = [Asset(f"staged_{n}", f"flowlake://staged/{n}", group="flowlake") for n in names()]
WAREHOUSE = Asset("warehouse", "flowlake://warehouse", group="flowlake")


@task(outlets=[WAREHOUSE])
def build():
    from flowlake import tasks

    return tasks.build()


with DAG(
    "build",
    description="Staged tables to core, traces, marts, warehouse and report",
    schedule=AssetAny(*STAGED),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={**TASK, "execution_timeout": timedelta(hours=4)},
    tags=["build"],
    doc_md=__doc__,
):
    build()
