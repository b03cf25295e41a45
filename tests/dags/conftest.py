"""The DAG folder, parsed once in a process of its own: what parsing loads is part of the test."""

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


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("airflow")
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(ROOT / "dags")],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
