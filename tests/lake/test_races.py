"""Several writers at once, stale handles, zombies: one generation wins, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.errors import Conflict, LakeError
from transforms.lake import commit, cut, delta, log, tables
from transforms.lake.lock import lock
from transforms.lake.storage import Storage
from transforms.lake.verify import verify

TABLE = given.TABLES[0]


def race_of_first_writers(
    forks: ForkServer, said: Any, folder: Path, rounds: int, options: dict[str, str] | None = None
) -> list[int]:
    """The generation that each race left."""
    winners = []
    for number in range(rounds):
        uri = f"{folder}/{number}" if options is None else f"s3://lake/race-{number}"
        arguments = {"lake": uri, "said": str(said.path), "options": options}
        arguments["barrier"] = str(folder / f"barrier-{number}")
        children = [
            forks.start("publish_one_table", generation=generation, **arguments)
            for generation in (1, 2)
        ]
        assert [forks.wait(pid) for pid in children] == [0, 0]
        lake = Storage(uri, options)
        outcomes = said()[-2:]
        # Both are told that they published, one after the other; the later one is served.
        assert sorted(o["version"] for o in outcomes) == [0, 1]
        winner = max(outcomes, key=lambda o: o["version"])["generation"]
        assert given.generations(lake, delta.files(lake, TABLE)) == {0: winner}
        winners.append(winner)
    return winners


def test_of_two_first_writers_of_a_partition_one_generation_is_left(
    forks: ForkServer, said: Any, tmp_path: Path
) -> None:
    winners = race_of_first_writers(forks, said, tmp_path, rounds=6)
    assert len(winners) == 6
    assert set(winners) <= {1, 2}


@pytest.mark.slow
def test_of_two_first_writers_one_is_left_a_hundred_times(
    forks: ForkServer, said: Any, tmp_path: Path
) -> None:
    winners = race_of_first_writers(forks, said, tmp_path, rounds=100)
    assert len(winners) == 100
    assert set(winners) <= {1, 2}


@pytest.mark.slow
def test_of_two_first_writers_on_s3_one_generation_is_left(
    forks: ForkServer, said: Any, tmp_path: Path, s3_options: dict[str, str]
) -> None:
    race_of_first_writers(forks, said, tmp_path, rounds=3, options=s3_options)


def use_handles_twice(lake: Storage, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    opened = tables.open_table
    kept: list[Any] = []

    def kept_once(storage: Storage, table: str, version: int | None = None) -> Any:
        """Give out the handle of the commit before, as a process that keeps it would."""
        return kept.pop() if kept and version is None else opened(storage, table, version)

    def publish(generation: int) -> delta.Published:
        file = given.candidate(lake, generation, 0)
        return delta.publish(
            lake, TABLE, [file], schema=given.SCHEMA, partition_by=given.PARTITION_BY,
            replace=[file.partition], app_id="list", raw_sha256=f"raw {generation}", metadata={},
        )  # fmt: skip

    publish(1)
    stale = opened(lake, TABLE)
    monkeypatch.setattr(delta, "open_table", kept_once)
    monkeypatch.setattr(commit, "open_table", kept_once)
    for generation in range(2, rounds + 2):
        # publish looks whether it is there already, write looks again: the second look is stale.
        fresh = opened(lake, TABLE)
        kept[:] = [stale, fresh]
        assert publish(generation).version == generation - 1
        stale = fresh
    assert given.generations(lake, delta.files(lake, TABLE)) == {0: rounds + 1}
    assert verify(lake) == []


def test_a_handle_used_twice_leaves_one_generation(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_handles_twice(lake, monkeypatch, rounds=12)


@pytest.mark.slow
def test_a_handle_used_twice_leaves_one_generation_a_hundred_times(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_handles_twice(lake, monkeypatch, rounds=100)


def test_the_same_task_twice_at_once_publishes_once(
    forks: ForkServer, said: Any, tmp_path: Path
) -> None:
    for number in range(4):
        lake = Storage(str(tmp_path / str(number)))
        arguments: dict[str, Any] = {
            "lake": lake.uri(),
            "generation": 1,
            "days": [0, 1],
            "said": str(said.path),
            "barrier": str(tmp_path / f"barrier-{number}"),
        }
        children = [forks.start("publish", **arguments) for _ in range(2)]
        assert [forks.wait(pid) for pid in children] == [0, 0]
        assert sorted(o["is_new"] for o in said()[-2:]) == [False, True]
        assert cut.cut(lake) == dict.fromkeys(given.TABLES, 0)
        assert given.seen(lake) == {0: 1, 1: 1}


def test_publishers_of_different_days_at_once_both_win(
    forks: ForkServer, said: Any, any_lake: Storage, tmp_path: Path
) -> None:
    given.publish(any_lake, 1, days=(0,))
    arguments: dict[str, Any] = {
        "lake": any_lake.uri(),
        "said": str(said.path),
        "barrier": str(tmp_path / "barrier"),
        "options": any_lake.delta_options,
    }
    children = [
        forks.start("publish", generation=generation, days=[generation], **arguments)
        for generation in (2, 3)
    ]
    assert [forks.wait(pid) for pid in children] == [0, 0]
    assert given.seen(any_lake) == {0: 1, 2: 2, 3: 3}
    assert verify(any_lake) == []


@pytest.mark.slow
def test_a_dead_publisher_on_s3_is_taken_back_after_the_courtesy(
    s3_lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.publish(s3_lake, 1)
    _commit_one_table_and_die(s3_lake, monkeypatch)
    assert given.seen(s3_lake) == {0: 1, 1: 1}
    monkeypatch.setattr(cut, "_COURTESY_SECONDS", 0.0)
    given.publish(s3_lake, 3, days=(2,))
    assert given.seen(s3_lake) == {0: 1, 1: 1, 2: 3}
    assert verify(s3_lake) == []


def test_versions_that_were_never_acknowledged_cannot_be_rolled_back_to(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.publish(lake, 1)
    _commit_one_table_and_die(lake, monkeypatch)
    given.publish(lake, 3)
    # Version 1 is the dead publisher's, 2 took it back, 3 is what was published then.
    assert cut.cut(lake)[TABLE] == 3
    with pytest.raises(LakeError, match=r"published before \(0\)"):
        cut.rollback(lake, TABLE, 1)


@pytest.mark.slow
def test_two_live_publishers_on_s3_that_take_each_other_back_lose_nothing(
    s3_lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second publisher runs wholly inside the first one's, between its tables and its ledger."""
    monkeypatch.setattr(cut, "_COURTESY_SECONDS", 0.0)
    given.publish(s3_lake, 1, days=(0,))
    append = cut.append
    rounds: list[int] = []

    def interrupted(*arguments: Any) -> Any:
        if not rounds:
            rounds.append(1)
            given.publish(s3_lake, 3, days=(2,))
        return append(*arguments)

    monkeypatch.setattr(cut, "append", interrupted)
    given.publish(s3_lake, 2, days=(1,))
    assert given.seen(s3_lake) == {0: 1, 1: 2, 2: 3}
    assert verify(s3_lake) == []


def test_a_lock_of_a_thread_that_holds_it_is_an_error_not_a_wait(lake: Storage) -> None:
    with lock(lake, "lake"), pytest.raises(LakeError, match="already held"), lock(lake, "lake"):
        pass
    with lock(lake, "lake"):
        pass


def test_a_lock_held_elsewhere_names_its_holder(
    forks: ForkServer, lake: Storage, said: Any
) -> None:
    pid = forks.start("hold_lock", lake=lake.uri(), name="lake", said=str(said.path))
    said.wait()
    with pytest.raises(Conflict, match=f"process {pid} "), lock(lake, "lake", timeout=0.2):
        pass
    assert forks.kill(pid, after=0) == -9
    with lock(lake, "lake", timeout=5):  # the kernel let go of it
        pass


def test_an_interrupted_publish_is_finished_by_its_own_retry(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.publish(lake, 1)
    _commit_one_table_and_die(lake, monkeypatch)
    assert given.publish(lake, 2).is_new
    assert given.seen(lake) == {0: 2, 1: 2}
    # What the first try committed was kept: one version per table, none taken back.
    assert cut.cut(lake) == dict.fromkeys(given.TABLES, 1)


def test_a_torn_entry_that_was_never_acknowledged_is_put_aside(lake: Storage) -> None:
    given.publish(lake, 1)
    for table in (*given.TABLES, "meta.ingests"):
        lake.write_bytes(log.entry_name(table, 1), b"")
    assert given.seen(lake) == {0: 1, 1: 1}
    assert len(verify(lake)) >= 4
    given.publish(lake, 2)
    assert given.seen(lake) == {0: 2, 1: 2}
    assert verify(lake) == []


def _commit_one_table_and_die(lake: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(Exception):
        pass

    write, written = cut.write, []

    def dying(*arguments: Any, **options: Any) -> Any:
        if written:
            raise Died
        written.append(1)
        return write(*arguments, **options)

    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(cut, "write", dying)
        given.publish(lake, 2)
