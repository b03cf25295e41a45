"""Snapshots that are staged together give the rows that each gives alone, in one file."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from transforms.lake.pack import OF_SNAPSHOT
from transforms.sources import registry
from transforms.sources.base import Family, RawFile, RawSet
from transforms.sources.batch import Batch
from transforms.sources.candidate import Candidate
from transforms.sources.pack import Pack

FIXTURES = Path(__file__).parents[1] / "fixtures"
LISTS = {s.name for s in registry.sources_of(Family.DESIGNATIONS)}
CASES = sorted(
    p.parent
    for p in FIXTURES.glob("*/*/input")
    if p.parent.parent.name in LISTS and (p.parent / "expected.jsonl").exists()
)
DAYS = (date(2031, 5, 1), date(2031, 5, 2), date(2031, 5, 3))


def raw_set(source: str, paths: list[Path], day: date, options: dict[str, str]) -> RawSet:
    files = tuple(
        RawFile(f.name, f, hashlib.sha256(f.read_bytes()).hexdigest(), f.stat().st_size)
        for f in paths
    )
    digest = hashlib.sha256(f"{day}{files[0].sha256}".encode()).hexdigest()
    return RawSet(source, files, digest, day, "option", options)


def rows(candidate: Candidate, day: date) -> dict[str, list[str]]:
    """Rows of a candidate's snapshot by table, as text without the columns of the snapshot."""
    found: dict[str, list[str]] = {}
    for t in candidate.tables:
        of_day = [
            r
            for r in pq.read_table(t.path).to_pylist()
            if r.get("snapshot_date", day) == day and r.get("batch", str(day)) == str(day)
        ]
        assert len(of_day) == t.rows
        plain = [
            {k: v for k, v in r.items() if k not in {*OF_SNAPSHOT, "batch", "received_date"}}
            for r in of_day
        ]
        found[t.table] = sorted(json.dumps(r, default=str, sort_keys=True) for r in plain)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_a_snapshot_in_a_pack_has_the_rows_and_counts_it_has_alone(
    case: Path, tmp_path: Path
) -> None:
    source = registry.source(case.parent.name)
    paths = sorted((case / "input").iterdir())
    options: dict[str, Any] = {}
    if (case / "options.json").exists():
        options = json.loads((case / "options.json").read_text("utf-8"))
        options.pop("date", None)
    parse = registry.parser(source.name)

    raw = raw_set(source.name, paths, DAYS[0], options)
    batch = Batch(source, raw, tmp_path / "alone", duckdb.connect)
    parse(raw, batch)
    alone = batch.close()

    pack = Pack(source, tmp_path)
    for day in DAYS:
        raw = raw_set(source.name, paths, day, options)
        batch = Batch(source, raw, tmp_path / str(day), duckdb.connect, pack)
        parse(raw, batch)
        batch.close()
    pack.close()

    for day in DAYS:
        packed = Candidate.load(tmp_path / str(day) / "candidate.json")
        assert rows(packed, day) == rows(alone, DAYS[0])
        for count in ("rows_read", "rows_staged", "rows_rejected", "warnings"):
            assert getattr(packed, count) == getattr(alone, count), count
    for t in packed.tables:
        if t.table != "staged.rejects":
            assert pq.read_metadata(t.path).num_rows == len(DAYS) * t.rows
