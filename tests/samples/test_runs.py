"""What ``make run`` runs: every DAG, on samples that are there."""

from __future__ import annotations

import tomllib

from tests.samples.given import SAMPLES
from transforms.sources.registry import names

RUNS = tomllib.loads((SAMPLES / "runs.toml").read_text("utf-8"))["run"]
# dags/: one per source, and these.
DAGS = {f"ingest_{n}" for n in names()} | {"ingest_auto", "backfill", "maintain", "build"}


def test_every_dag_has_a_run() -> None:
    assert {r["dag"] for r in RUNS} == DAGS


def test_what_a_run_is_given_lies_among_the_samples() -> None:
    given = [p for r in RUNS for p in r.get("conf", {}).get("paths", [])]
    assert given
    assert [p for p in given if not (SAMPLES / p).exists()] == []
