"""Runs a source's parser over files, as `flowlake.stage` does, and reads back its candidate."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from transforms.sources import registry
from transforms.sources.base import RawFile, RawSet
from transforms.sources.batch import Batch
from transforms.sources.candidate import Candidate, rows_of


@dataclass(frozen=True)
class Staged:
    """A candidate and its rows."""

    candidate: Candidate

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [
            row
            for file in rows_of(self.candidate, table)
            for row in pq.read_table(file.path).to_pylist()
        ]


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., Staged]:
    """``stage("ofac_sdn", path, …, date=date(…), option="…")`` → Staged."""

    def run(source: str, *paths: Path, date: date | None = None, **options: str) -> Staged:
        found = sorted(f for p in paths for f in ([p] if p.is_file() else p.iterdir()))
        files = tuple(
            RawFile(f.name, f, hashlib.sha256(f.read_bytes()).hexdigest(), f.stat().st_size)
            for f in found
        )
        lines = "\n".join(sorted(f"{f.name} {f.sha256}" for f in files))
        sha = files[0].sha256 if len(files) == 1 else hashlib.sha256(lines.encode()).hexdigest()
        raw = RawSet(source, files, sha, date, "option" if date else "none", options)
        batch = Batch(registry.source(source), raw, tmp_path / "candidate", duckdb.connect)
        registry.parser(source)(raw, batch)
        return Staged(batch.close())

    return run
