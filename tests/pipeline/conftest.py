"""The bundled samples taken through every verb once, without Airflow; tests read the result."""

import csv
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake.build import build
from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from tests.conftest import no_docs

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True)
class Lake:
    """A built lake of the samples."""

    settings: Settings
    ingested: dict[str, Ingested]
    built: dict[str, Any]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(f"{self.settings.lake}/warehouse.duckdb", read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.sql(sql).to_arrow_table().to_pylist()


def sample_runs() -> list[tuple[str, list[str], dict[str, str]]]:
    """Source, paths and options of each ingest that ``make run`` does."""
    runs = tomllib.loads((SAMPLES / "runs.toml").read_text("utf-8"))["run"]
    return [
        (
            r["dag"].removeprefix("ingest_"),
            [str(SAMPLES / p) for p in r["conf"]["paths"]],
            {k: str(SAMPLES / r["conf"][k]) for k in ("mapping",) if k in r["conf"]}
            | {k: r["conf"][k] for k in ("chain",) if k in r["conf"]},
        )
        for r in runs
        if r["dag"].startswith("ingest_") and r["dag"] != "ingest_auto"
    ]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    settings = Settings.from_env(str(tmp_path_factory.mktemp("samples") / "lake"))
    with pytest.MonkeyPatch.context() as patched:
        no_docs(patched)
        ingested = {
            source: ingest(settings, source, paths, options=options)
            for source, paths, options in sample_runs()
        }
        return Lake(settings, ingested, build(settings))


@pytest.fixture(scope="session")
def truth() -> Callable[[str], list[dict[str, str]]]:
    def read(name: str) -> list[dict[str, str]]:
        with (SAMPLES / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))

    return read
