"""Fetch, stage, judge and publish one source.

One DAG per source, from its declaration. Without parameters the source's own URLs are fetched;
`paths` names files or folders inside the drop folder (`FLOWLAKE_DROP`) instead, and `date` says
which day a snapshot is of where its name does not. A batch that fails a critical expectation is
kept aside and what was published before stays served. A fresh batch triggers the build.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, Param, task

from transforms.sources.registry import sources_of

PATH = {"type": "string", "pattern": r"^[A-Za-z0-9_.,+=@/ -]{1,200}$"}


@task
def fetch(source, run_id=None, params=None):
    from flowlake import tasks

    return tasks.fetch(source, run_id, params["paths"], params["date"], params["mapping"])


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


for source in sources_of():
    staged = Asset(f"staged_{source.name}", f"flowlake://staged/{source.name}", group="flowlake")
    with DAG(
        f"ingest_{source.name}",
        schedule=source.cadence,
        start_date=datetime(2025, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        default_args={
            "retries": 2,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": True,
            "execution_timeout": timedelta(hours=2),
        },
        params={
            "paths": Param([], type="array", items=PATH, description="inside the drop folder"),
            "date": Param(
                None, type=["null", "string"], format="date", description="of a snapshot"
            ),
            "mapping": Param(None, type=["null", "string"], description="TOML of mapped_csv"),
        },
        tags=["ingest", source.family.name.lower()],
        doc_md=f"{__doc__}\n**{source.publisher}**, {source.page} ({source.licence})",
    ):
        run = fetch.override(outlets=[])(source.name)
        publish.override(outlets=[staged])(judge(stage(run)))
