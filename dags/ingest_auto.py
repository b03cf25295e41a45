"""Ingest dropped files of any source: each is told by its columns, keys or root element.

Name files or folders of the drop folder (`FLOWLAKE_DROP`). Every file that can be told is staged,
judged and published as its own source would do it, and then built, once. A file that fits several
sources, or none, fails the run and says why; the others are published nevertheless. Such a file
goes to `ingest_<source>`, where the source is named. After mending a file, clear the run.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Asset, AssetAlias, Param, task

from flowlake.declared import NAME, OPTIONS, TASK
from transforms.sources.registry import names

RECOGNISED = AssetAlias("recognised", group="flowlake")
STAGED = {n: Asset(f"staged_{n}", f"flowlake://staged/{n}", group="flowlake") for n in names()}


@task
def ingest_files(run_id=None, params=None):
    from flowlake import tasks

    return tasks.ingest_dropped(run_id, params)


@task(outlets=[RECOGNISED])
def announce(run_id=None, outlet_events=None):
    from flowlake import tasks

    [outlet_events[RECOGNISED].add(STAGED[s]) for s in tasks.announce_dropped(run_id)]


with DAG(
    "ingest_auto",
    description="Dropped files of any source, told by what they hold",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={**TASK, "execution_timeout": timedelta(hours=5)},
    params={
        "paths": Param(
            default=[],
            type="array",
            minItems=1,
            items=NAME,
            title="Files and folders",
            description="One per line, by their names inside the drop folder.",
        ),
        "date": Param(
            default=None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="The day the files are of. Only where neither their names nor "
            "they themselves say it.",
        ),
        "chain": Param(**OPTIONS["chain"]),
    },
    tags=["ingest"],
    doc_md=__doc__,
):
    # A teardown runs whatever became of the files, and the run still fails where one of them did.
    ingest_files() >> announce().as_teardown()
