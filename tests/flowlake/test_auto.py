"""`flowlake ingest auto`: every file goes to its source, and what is nobody's is told."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT
from tests.flowlake.commands import PRICES, Said

FIXTURES = ROOT / "tests" / "fixtures"


def test_files_of_several_sources_are_ingested_and_an_unknown_one_is_told(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "closes.csv").write_bytes(PRICES.read_bytes())
    given = FIXTURES / "ethereum_etl" / "token_transfers_alone" / "input" / "token_transfers.csv"
    (drop / "moved.csv").write_bytes(given.read_bytes())
    (drop / "odd.csv").write_text("a,b\n1,2\n")
    said = run("ingest", "auto", str(drop), "--json")
    told = json.loads(said.out)
    assert said.status == 3
    assert {s["source"]: s["published"] for s in told["snapshots"]} == {
        "ethereum_etl": True,
        "prices_csv": True,
    }
    assert "odd.csv: no known format; found csv with a, b" in said.err
    assert len(told["problems"]) == 1
    again = json.loads(run("ingest", "auto", str(drop / "closes.csv"), "--json").out)
    assert [s["status"] for s in again["snapshots"]] == ["nothing_new"]


def test_auto_needs_files_and_takes_no_mapping(run: Callable[..., Said], tmp_path: Path) -> None:
    assert run("ingest", "auto").status == 2
    mapping = tmp_path / "m.toml"
    mapping.touch()
    assert run("ingest", "auto", str(tmp_path), "--mapping", str(mapping)).status == 2
