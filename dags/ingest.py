"""Fetch, stage, judge and publish one source.

Name files or folders of the drop folder (`FLOWLAKE_DROP`), or leave `paths` empty where the source
is published live. What was published before is skipped. A file that cannot be read is refused and
a batch that fails a critical expectation is kept aside: the run fails and says why, what was
served before stays served, and the other files of the run are published. A fresh batch triggers
the build. After mending a file, clear the run from `fetch` on, or trigger another.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, Param, task

from flowlake import declared
from flowlake.settings import Settings
from transforms.sources.registry import sources_of

SETTINGS = Settings.from_env()


@task
def fetch(source, run_id=None, params=None):
    from flowlake import tasks

    return tasks.fetch(source, run_id, params)


@task
def stage(run):
    from flowlake import tasks

    return tasks.stage(run)


@task
def judge(run):
    from flowlake import tasks

    return tasks.judge(run)


@task
def publish(run):
    from flowlake import tasks

    return tasks.publish(run)


@task(trigger_rule="none_failed")
def sum_up(run):
    from flowlake import tasks

    return tasks.sum_up(run)


for source in sources_of():
    staged = Asset(f"staged_{source.name}", f"flowlake://staged/{source.name}", group="flowlake")
    with DAG(
        f"ingest_{source.name}",
        description=f"{source.publisher}: {source.format}",
        schedule=declared.schedule(source, SETTINGS),
        start_date=datetime(2025, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        # Airflow's own backfill would fetch today's list once for every day; ours takes files.
        allowed_run_types=["manual", "scheduled", "operator_triggered", "asset_materialization"],
        dagrun_timeout=timedelta(hours=6),
        default_args=declared.TASK,
        params={name: Param(**field) for name, field in declared.fields(source).items()},
        tags=["ingest", source.family.name.lower()],
        doc_md=f"{__doc__}\n{declared.documentation(source)}",
    ):
        run = fetch(source.name)
        publish.override(outlets=[staged])(judge(stage(run))) >> sum_up(run)
