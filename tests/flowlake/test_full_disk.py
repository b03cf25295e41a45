"""A disk that fills in the middle of a verb: a message that says so, the old state, a retry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import disks
from tests.flowlake import generations
from tests.flowlake.trials import Trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

REFUSED = 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MiB: room for the lake of these tests, and as much again."""
    with disks.small_disk(tmp_path, 96) as mounted:
        yield mounted


@pytest.fixture
def small(first_build: Trial, small_disk: Path, tmp_path: Path) -> Trial:
    """The first generation, built, on a small disk."""
    trial = first_build.copied(small_disk)
    return Trial(trial.forks, tmp_path, trial.lake)


def command(trial: Trial, *arguments: str, fill_at: int) -> dict[str, Any]:
    """Run a command whose disk fills at a point; the disk is empty again afterwards."""
    disk = trial.lake.parent
    said = trial.run(
        "command",
        arguments=[*arguments, "--lake", str(trial.lake)],
        fill_at=fill_at,
        disk=str(disk),
    )
    (disk / "filler").unlink(missing_ok=True)
    return said


def check_told(said: dict[str, Any]) -> None:
    """People are told of the disk, with numbers, and never by a traceback."""
    assert "Traceback" not in said["told"]
    last = said["told"].splitlines()[-1]
    assert "the disk is full (" in last or "bytes of disk are needed" in last, last
    assert said["status"] == (REFUSED if "bytes of disk are needed" in last else 1)


def test_an_ingest_that_fills_the_disk_says_so_and_works_once_there_is_room(small: Trial) -> None:
    new, refused, passed = 2, 0, 0
    for point in range(1, 712, 17):
        said = command(
            small, "ingest", generations.SOURCE, small.folder(new), "--date", generations.DAY,
            fill_at=point,
        )  # fmt: skip
        found = small.at_cut()
        assert small.in_warehouse() == 1
        if said["status"] == 0:
            assert found == new
            passed += 1
        else:
            check_told(said)
            # Or new, where only its own acknowledgement met the full disk.
            assert found in {new - 1, new}
            refused += 1
        assert small.problems() == []
        assert not list((small.lake / "_candidates").iterdir()), "its room was not given back"
        done = small.ingest(new)
        assert done["statuses"] == ["published" if found < new else "nothing_new"]
        assert len(generations.published(small.storage)) == new
        assert small.is_acknowledged()
        new += 1
    assert refused > 20
    assert passed > 0


def test_a_build_that_fills_the_disk_says_so_and_works_once_there_is_room(small: Trial) -> None:
    new, refused = 2, 0
    for point in range(1, 1430, 60):
        small.ingest(new)
        old = small.in_warehouse()
        said = command(small, "build", fill_at=point)
        found = small.in_warehouse()
        assert found in {old, new}
        if said["status"] == 0:
            assert found == new
        else:
            check_told(said)
            refused += 1
            assert found == old or "is published, but not all" in said["told"].splitlines()[-1]
        assert small.problems() == []
        assert small.leftovers() == []
        new += 1
    assert refused > 10
    small.build()
    assert small.in_warehouse() == new - 1
