"""What ``make run`` runs: every DAG has a run on the samples, or is declared to have none."""

from __future__ import annotations

import tomllib

from tests.pipeline.conftest import SAMPLES
from transforms.sources.registry import names

DECLARED = tomllib.loads((SAMPLES / "runs.toml").read_text("utf-8"))
RUN = {r["dag"] for r in DECLARED["run"]}
WITHOUT = set(DECLARED["without_sample"])
# dags/: one per source, and these.
DAGS = {f"ingest_{n}" for n in names()} | {"ingest_auto", "backfill", "maintain", "build"}


def test_every_dag_is_run_or_declared_to_have_no_sample() -> None:
    assert RUN | WITHOUT == DAGS


def test_what_is_run_is_not_declared_to_have_no_sample() -> None:
    assert RUN & WITHOUT == set()
    assert len(DECLARED["without_sample"]) == len(WITHOUT)
