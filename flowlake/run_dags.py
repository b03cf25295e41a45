"""Runs every DAG once, in order, through Airflow in this process, on the bundled samples.

``python -m flowlake.run_dags``: what ``make run`` does after installing. Airflow's metadata lies
in SQLite under ``AIRFLOW_HOME``; what each DAG is given stands in ``samples/runs.toml``. Ends with
a summary for people and exit status 0, or 1 where a run failed.
"""

import logging
import os
import sys
import tomllib
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flowlake.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"


def main() -> int:
    """Migrate if needed, run, sum up."""
    home = Path(os.environ.setdefault("AIRFLOW_HOME", str(ROOT / ".airflow")))
    os.environ.setdefault("AIRFLOW__CORE__DAGS_FOLDER", str(ROOT / "dags"))
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    os.environ.setdefault("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home / 'airflow.db'}")
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("FLOWLAKE_LAKE", str(ROOT / "lake"))
    os.environ["FLOWLAKE_DROP"] = str(SAMPLES)
    home.mkdir(parents=True, exist_ok=True)
    # A note from one of Airflow's libraries to another; nobody here can act on it.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    _say("starting Airflow")
    _migrate(home)
    failed = [f"{name} ({state})" for name, state in _run_all() if state != "success"]
    if failed:
        _say(f"failed: {', '.join(failed)}; why is said above, where the task failed")
        return 1
    from flowlake.summary import summary

    for line in summary(Settings.from_env()):
        _say(line)
    return 0


def _migrate(home: Path) -> None:
    """Bring the metadata database to this Airflow's schema, once per version of Airflow."""
    from importlib.metadata import version

    stamp = home / f"migrated-{version('apache-airflow')}"
    if not stamp.exists():
        from airflow.utils.db import upgradedb

        upgradedb()
        stamp.touch()


def _run_all() -> list[tuple[str, str]]:
    """Run what ``runs.toml`` names, in its order; every DAG of the folder must be among it."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], safe_mode=False)
    if bag.import_errors or not bag.dags:
        for file, error in bag.import_errors.items():
            _say(f"{file}: {error}")
        return [("dags", "import failed")]
    runs: list[dict[str, Any]] = tomllib.loads((SAMPLES / "runs.toml").read_text("utf-8"))["run"]
    if unnamed := sorted(set(bag.dags) - {r["dag"] for r in runs}):
        return [(name, "not in samples/runs.toml") for name in unnamed]
    states = []
    with ExitStack() as once:
        for r in runs:
            state = str(bag.dags[r["dag"]].test(run_conf=r.get("conf", {})).state)
            _say(f"{r['dag']}: {state}")
            states.append((r["dag"], state))
            if len(states) == 1:
                # Before each run Airflow parses and stores all DAGs of the folder anew, half of
                # what a run costs here (apache/airflow#64884); the first run has done it for all.
                for name in ("BundleDagBag", "sync_bag_to_db"):
                    once.enter_context(patch(f"airflow.dag_processing.dagbag.{name}"))
    return states


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    sys.exit(main())
