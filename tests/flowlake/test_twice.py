"""The same verb twice and twice at once, and readers while others work: one published state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flowlake import generations
from tests.flowlake.trials import Trial
from transforms.lake.cut import cut


def at_once(trial: Trial, task: str, times: int, **arguments: object) -> list[dict[str, object]]:
    """Do a task in two processes that begin together; what each said, by what came of it."""
    arguments["barrier"] = str(trial.work / f"barrier-{task}-{times}")
    children = [trial.start(task, **arguments) for _ in range(2)]
    assert [trial.forks.wait(pid) for pid in children] == [0, 0]
    return sorted(trial.said()[-2:], key=str)


def both_at_once_and_again(trial: Trial, run_id: str | None) -> None:
    said = at_once(trial, "ingest", 1, folder=trial.folder(1), run_id=run_id)
    assert [s["exit_status"] for s in said] == [0, 0]
    assert trial.at_cut() == 1
    ledger = generations.ledger(trial.storage)
    assert [r["status"] for r in ledger] == ["published"]
    assert set(cut(trial.storage).values()) == {0}, "a table was written twice"
    assert trial.ingest(1, run_id=run_id)["statuses"] == ["nothing_new"]
    assert generations.ledger(trial.storage) == ledger
    assert trial.problems() == []


def test_the_same_ingest_twice_at_once_publishes_once_and_so_does_the_same_build(
    trial: Trial,
) -> None:
    both_at_once_and_again(trial, run_id=None)
    looking = [trial.start("look", until=str(trial.work / "done")) for _ in range(3)]
    said = at_once(trial, "build", 1)
    (trial.work / "done").touch()
    assert [trial.forks.wait(pid) for pid in looking] == [0, 0, 0]
    assert [s["status"] for s in said] == ["built", "nothing new"]
    assert len({s["name"] for s in said}) == 1
    assert trial.in_warehouse() == 1
    # Exchanged once: there is nothing that it was exchanged for.
    assert not (trial.lake / "warehouse.duckdb.prev").exists()
    assert trial.problems() == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("run_id", [None, "manual__2024-01-01T00:00:00+00:00"])
def test_the_same_ingest_twice_at_once_publishes_once_in_every_round(
    trial: Trial, tmp_path: Path, run_id: str | None
) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        in_round = Trial(trial.forks, folder)
        both_at_once_and_again(in_round, run_id)
        assert in_round.at_cut() == 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_different_builds_at_once_leave_the_newer_one(built: Trial) -> None:
    for new in range(2, 12):
        waiting = built.start("build")
        built.ingest(new)
        following = built.start("build")
        assert [built.forks.wait(waiting), built.forks.wait(following)] == [0, 0]
        assert built.in_warehouse() == new
        assert built.problems() == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_readers_during_twenty_ingests_and_builds_see_old_or_new(built: Trial) -> None:
    looking = [built.start("look", until=str(built.work / "done")) for _ in range(3)]
    for new in range(2, 22):
        built.ingest(new)
        built.build()
    (built.work / "done").touch()
    assert [built.forks.wait(pid) for pid in looking] == [0, 0, 0]
    looks = [s for s in built.said() if "looks" in s]
    assert [s["built"] for s in looks] == [21, 21, 21]
    assert min(int(s["looks"]) for s in looks) > 100


def test_a_task_that_is_run_again_after_it_was_done_finds_what_it_came_to(trial: Trial) -> None:
    said = trial.run("tasks", folder=trial.folder(1), run_id="scheduled__1", times=2)
    assert said["came_to"] == [["published"]] * 2
    assert len(generations.ledger(trial.storage)) == 1
    assert trial.problems() == []
