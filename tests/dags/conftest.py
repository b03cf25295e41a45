"""The DAG folder, parsed and run, each once in a process of its own.

What parsing loads is part of the test, and Airflow's metadata belong to one process.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

PARSE = """
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
started = time.perf_counter()
bag = DagBag(sys.argv[1], safe_mode=False)
seconds = time.perf_counter() - started

def plain(task):
    return {
        "downstream": sorted(task.downstream_task_ids),
        "retries": task.retries,
        "backoff": bool(task.retry_exponential_backoff),
        "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
        "outlets": [o.name for o in task.outlets],
    }

print(json.dumps({
    "errors": {k: str(v) for k, v in bag.import_errors.items()},
    "seconds": seconds,
    "loaded": sorted(set(sys.modules) - before),
    "dags": {
        name: {
            "tasks": {t.task_id: plain(t) for t in dag.tasks},
            "tags": sorted(dag.tags),
            "doc": dag.doc_md,
            "description": dag.description,
            "owner": dag.owner,
            "run_types": sorted(t.value for t in dag.allowed_run_types or ()),
            "params": {k: dag.params.get_param(k).schema for k in dag.params},
            "max_active_runs": dag.max_active_runs,
            "catchup": dag.catchup,
            "timeout": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
            "schedule": str(dag.schedule),
        }
        for name, dag in bag.dags.items()
    },
}))
"""


RUN = """
import json, sys
from airflow.utils.db import upgradedb
upgradedb()
from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session
from flowlake.accepted import rows
from flowlake.settings import Settings

bag = DagBag(sys.argv[1], safe_mode=False)

def events():
    with create_session() as session:
        return [e.asset.name for e in session.query(AssetEvent).order_by(AssetEvent.id)]

def ledger():
    return [(r["batch"], r["status"]) for r in rows(Settings.from_env().storage)]

found = {}
for name, dag, conf in json.load(sys.stdin):
    before, rows_before = len(events()), len(ledger())
    run = bag.dags[dag].test(run_conf=conf)
    found[name] = {
        "state": str(run.state),
        "tasks": {
            t.task_id: {"state": str(t.state), "tries": t.try_number}
            for t in run.get_task_instances()
        },
        "events": events()[before:],
        "ledger": ledger()[rows_before:],
    }
print(json.dumps(found))
"""


def process(program: str, home: Path, given: str = "", **settings: str) -> dict[str, Any]:
    """What a program prints last, run with a home of its own for Airflow."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "dags")],
        env={
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "PYTHONPATH": str(ROOT),
            **settings,
        },
        cwd=home,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return process(PARSE, tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Runs of good and bad files through Airflow, one after the other, on one lake."""
    home = tmp_path_factory.mktemp("airflow")
    drop = home / "drop"
    good = (ROOT / "samples/labels/tagpack/sample_services.yaml").read_bytes()
    bad = b"<html><title>Access denied</title></html>"
    for name, content in {
        "mixed/good.yaml": good,
        "mixed/bad.yaml": bad,
        "days/labels_2025-01-01.yaml": good,
        "days/labels_2025-01-02.yaml": bad,
        "days/labels_2025-01-03.yaml": good,
        "any/tags.yaml": good.replace(b"title:", b"# again\ntitle:", 1),
        "any/closes.csv": (ROOT / "samples/prices/prices_csv/prices_2025.csv").read_bytes(),
        "any/odd.csv": b"a,b\n1,2\n",
        "../secret.yaml": good,
    }.items():
        file = drop / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    days = {"source": "tagpack", "folder": "days", "first": "2025-01-01", "last": "2025-01-31"}
    runs = [
        ("one of two files is bad", "ingest_tagpack", {"paths": ["mixed"]}),
        ("the good one again", "ingest_tagpack", {"paths": ["mixed/good.yaml"]}),
        ("the bad one alone", "ingest_tagpack", {"paths": ["mixed/bad.yaml"]}),
        ("a way out", "ingest_tagpack", {"paths": ["../secret.yaml"]}),
        ("files of any source", "ingest_auto", {"paths": ["any"]}),
        ("days", "backfill", days),
        ("days without files", "backfill", days | {"first": "2024-01-01", "last": "2024-12-31"}),
    ]
    settings = {"FLOWLAKE_DROP": str(drop), "FLOWLAKE_LAKE": str(home / "lake")}
    found = process(RUN, home, json.dumps(runs), **settings)
    index = home / "lake/docs/gx/uncommitted/data_docs/local_site/index.html"
    return {**found, "pages": index.read_text("utf-8").count("<tr ")}
