"""kill -9 anywhere in an ingest or a build: readers see the old state or the new one, whole.

Two ways. A process is killed at a random moment. Or the lake is copied at a point of a run, before
and behind each call that changes a disk: such a picture is what kill -9 would leave there, and all
points of a run cost one run. The default suite takes a few of each, the slow one hundreds.
"""

from __future__ import annotations

import pytest

from tests.flowlake import generations
from tests.flowlake.trials import KILLED, Trial


def ingests_killed_at_random(trial: Trial, kills: int) -> int:
    """Kill ingests of one generation after another; the first that nobody has seen yet."""
    new = 2
    for _ in range(kills):
        status = trial.killed("ingest", folder=trial.folder(new))
        found = trial.at_cut()
        assert status in {KILLED, 0}
        assert found in {new - 1, new}
        assert found == new or status == KILLED, "an acknowledged batch is lost"
        assert trial.in_warehouse() == 1
        assert trial.problems() == []
        if found == new:
            assert trial.ingest(new)["statuses"] == ["nothing_new"]
            assert trial.is_acknowledged()
            new += 1
    return new


def check_published_once(trial: Trial, newest: int) -> None:
    """Every generation stands in the ledger once, and readers see the newest."""
    assert trial.at_cut() == newest
    published = generations.published(trial.storage)
    assert len(published) == len(set(published)) == newest
    assert trial.problems() == []
    assert trial.is_acknowledged()


def check_picture_of_ingest(trial: Trial, new: int, *, is_retried: bool) -> int:
    """What a dead ingest left is old or new; its retry finishes, or says nothing new."""
    found = trial.at_cut()
    assert found in {new - 1, new}
    assert trial.in_warehouse() == 1
    assert trial.problems() == []
    if is_retried:
        done = trial.ingest(new)
        assert done["statuses"] == ["published" if found < new else "nothing_new"]
        assert done["exit_status"] == 0
        check_published_once(trial, new)
    return found


def test_an_ingest_killed_anywhere_publishes_all_or_nothing(built: Trial) -> None:
    new = ingests_killed_at_random(built, kills=2)
    pictures = built.pictures("ingest", every=115, folder=built.folder(new))
    found = [
        check_picture_of_ingest(picture, new, is_retried=number == 4)
        for number, picture in enumerate(pictures)
    ]
    assert len(found) >= 5
    assert found == sorted(found)
    check_published_once(built, new)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ingests_killed_a_hundred_times_lose_and_mix_nothing(built: Trial) -> None:
    new = ingests_killed_at_random(built, kills=100)
    built.ingest(new)
    check_published_once(built, new)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_an_ingest_killed_at_any_of_its_points_publishes_all_or_nothing(built: Trial) -> None:
    pictures = built.pictures("ingest", every=3, folder=built.folder(2))
    found = [
        check_picture_of_ingest(picture, 2, is_retried=number % 8 == 0)
        for number, picture in enumerate(pictures)
    ]
    assert len(found) >= 200
    assert found == sorted(found)
    assert set(found) == {1, 2}


def builds_killed_at_random(trial: Trial, kills: int) -> int:
    """Kill builds of one generation after another; the generation that waits to be built."""
    new = 2
    trial.ingest(new)
    for _ in range(kills):
        status = trial.killed("build")
        found = trial.in_warehouse()
        assert status in {KILLED, 0}
        assert found in {new - 1, new}
        assert found == new or status == KILLED, "an acknowledged build is lost"
        assert trial.at_cut() == new
        assert trial.problems() == []
        if found == new:
            # Whether the rest of it was done, too, or not: afterwards it is.
            trial.build()
            check_built(trial, new)
            new += 1
            trial.ingest(new)
    return new


def check_built(trial: Trial, newest: int) -> None:
    """Warehouse and exports hold the newest generation, nothing lies about, and it is known."""
    assert trial.in_warehouse() == newest
    assert set().union(*trial.exports().values()) == {newest}
    assert trial.problems() == []
    assert trial.leftovers() == []
    assert trial.build()["status"] == "nothing new"


def check_picture_of_build(trial: Trial, new: int, *, is_retried: bool) -> int:
    """What a dead build left is old or new; its retry finishes, or says nothing new."""
    found = trial.in_warehouse()
    assert found in {new - 1, new}
    assert trial.at_cut() == new
    assert trial.problems() == []
    # Exports follow the warehouse one by one, each of them whole.
    for table, signs in trial.exports().items():
        assert signs <= {new - 1} or signs <= {new} or table.startswith("marts.")
    if is_retried:
        trial.build()
        check_built(trial, new)
    return found


def test_a_build_killed_anywhere_leaves_the_old_or_the_new_warehouse(built: Trial) -> None:
    new = 2
    built.ingest(new)
    found = [
        check_picture_of_build(picture, new, is_retried=False)
        for picture in built.pictures("build", every=200)
    ]
    assert len(found) >= 6
    assert found == sorted(found)
    check_built(built, new)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_builds_killed_a_hundred_times_leave_the_old_or_the_new_warehouse(built: Trial) -> None:
    new = builds_killed_at_random(built, kills=100)
    built.build()
    check_built(built, new)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_build_killed_at_any_of_its_points_leaves_old_or_new(built: Trial) -> None:
    built.ingest(2)
    found = [
        check_picture_of_build(picture, 2, is_retried=number % 10 == 0)
        for number, picture in enumerate(built.pictures("build", every=11))
    ]
    assert len(found) >= 100
    assert found == sorted(found)
    assert set(found) == {1, 2}
