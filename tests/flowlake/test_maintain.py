"""Maintenance through the command: what was done is counted, and what is served stays readable."""

import json
from pathlib import Path

import pytest

from flowlake import cli
from flowlake.build import BUILT
from flowlake.maintain import vacuum
from flowlake.settings import Settings
from tests.lake import given
from transforms.errors import LakeError
from transforms.lake import commit, cut
from transforms.lake.storage import Storage
from transforms.lake.tables import files
from transforms.lake.verify import verify

TABLE = given.TABLES[0]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Three generations of a month ago; the first is what the warehouse was built from."""
    storage = Storage(str(tmp_path / "lake"))
    with monkeypatch.context() as past:
        now = commit._now
        past.setattr(commit, "_now", lambda: now() - 40 * 24 * 3600 * 1000)
        for generation in (1, 2, 3):
            given.publish(storage, generation)
            if generation == 1:
                built = {"cut": {TABLE: cut.cut(storage)[TABLE]}, "shown": {}}
                storage.write_bytes(BUILT, json.dumps(built).encode())
    return storage


def test_maintain_says_what_went_and_leaves_what_is_served(
    lake: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = files(lake, TABLE, json.loads(lake.read_bytes(BUILT))["cut"][TABLE])
    before = sum(e.size for e in lake.list("staged"))
    assert cli.main(["maintain", "--lake", lake.uri(), "--json"]) == 0
    said = capsys.readouterr()
    done = json.loads(said.out)
    # Two generations gave way in two tables, one of them in the table that the warehouse shows.
    assert done["vacuum"]["files"] == 2 * (2 + 2 + 1)
    assert 0 < done["vacuum"]["bytes"] < before
    assert done["vacuum"]["retention_days"] == 30
    assert done["compact"]["files_fewer"] == 0
    assert done["sweep"] == {"files": 0, "bytes": 0}
    assert f"{done['vacuum']['bytes']:,} bytes removed" in said.err
    assert given.generations(lake, shown) == {0: 1, 1: 1}
    assert given.seen(lake) == {0: 3, 1: 3}
    assert verify(lake) == []
    assert cli.main(["maintain", "--lake", lake.uri()]) == 0
    assert "vacuum: 0 files" in capsys.readouterr().err


def test_a_longer_retention_keeps_more(lake: Storage) -> None:
    assert vacuum(Settings.from_env(lake.uri()), 50)["files"] == 0


def test_a_retention_below_a_week_is_refused(
    lake: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["maintain", "--lake", lake.uri(), "--retention-days", "6"])
    assert "expected 7 days or more, found '6'" in capsys.readouterr().err
    with pytest.raises(LakeError, match="7 or more"):
        vacuum(Settings.from_env(lake.uri()), 6)
    assert verify(lake) == []


def test_a_damaged_memory_of_the_build_stops_the_vacuum(lake: Storage) -> None:
    lake.write_bytes(BUILT, b"{")
    with pytest.raises(LakeError, match=r"build\.json: damaged"):
        vacuum(Settings.from_env(lake.uri()))
