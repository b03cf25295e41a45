"""What is acknowledged outlives a power cut: the order of the syncs, and a cut for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.lake import commit, cut, log
from transforms.lake.ledger import ACKNOWLEDGED, LEDGER
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.lake.warehouse import WAREHOUSE, build_aside, publish_warehouse


class Recorder:
    """Everything that was synced or committed, in order, by its path inside the lake."""

    def __init__(self, lake: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[str, str]] = []
        self._root = lake.root
        fsync = os.fsync

        def recorded(descriptor: int) -> None:
            fsync(descriptor)
            self.note("sync", Path(f"/proc/self/fd/{descriptor}").readlink())

        monkeypatch.setattr(os, "fsync", recorded)
        create, exchange = commit.create_table_with_add_actions, commit.DeltaTable

        def created(uri: str, *arguments: Any, **options: Any) -> None:
            self.note("commit", Path(uri))
            create(uri, *arguments, **options)

        write = exchange.create_write_transaction

        def written(table: Any, *arguments: Any, **options: Any) -> None:
            self.note("commit", Path(table.table_uri.removeprefix("file://")))
            write(table, *arguments, **options)

        monkeypatch.setattr(commit, "create_table_with_add_actions", created)
        monkeypatch.setattr(exchange, "create_write_transaction", written)

    def note(self, what: str, path: Path) -> None:
        if path.is_relative_to(self._root or ""):
            self.events.append((what, path.relative_to(self._root or "").as_posix()))

    def at(self, what: str, rel: str, *, after: int = -1) -> int:
        """Position of an event behind another one; fails where there is none."""
        found = [i for i, e in enumerate(self.events) if e == (what, rel) and i > after]
        assert found, f"never: {what} {rel} (after {self.events[after] if after >= 0 else 'start'})"
        return found[0]

    def last(self, what: str, rel: str) -> int:
        return max(i for i, e in enumerate(self.events) if e == (what, rel))


@pytest.mark.parametrize("is_first", [True, False])
def test_all_is_synced_before_it_is_named_and_before_it_is_acknowledged(
    lake: Storage, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    if not is_first:
        given.publish(lake, 1, days=(0,))
    recorder = Recorder(lake, monkeypatch)
    done = given.publish(lake, 2, days=(1, 2))
    ledger_commit = recorder.last("commit", log.folder(LEDGER))
    for table in given.TABLES:
        folder = log.folder(table)
        committed = recorder.at("commit", folder)
        for rel in log.read(lake, table, done.cut[table]).adds:
            data = f"{folder}/{rel}"
            # The bytes, the name, and the names of the new folders above it: before the log.
            for path in (data, *map(str, Path(data).parents[:2]), folder):
                assert recorder.at("sync", path) < committed, f"{path} was named before its sync"
        if is_first:
            assert recorder.at("sync", "staged") < committed
            assert recorder.at("sync", ".") < committed
        # The entry and its folder: before the ledger names it.
        entry = log.entry_name(table, done.cut[table])
        for path in (entry, f"{folder}/_delta_log"):
            assert recorder.at("sync", path, after=committed) < ledger_commit
    for path in (log.entry_name(LEDGER, done.ledger_version), f"{log.folder(LEDGER)}/_delta_log"):
        assert recorder.at("sync", path, after=ledger_commit) > ledger_commit
    assert recorder.at("sync", str(Path(ACKNOWLEDGED).parent), after=ledger_commit)


def test_a_replay_syncs_what_its_dead_predecessor_did_not(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publisher that dies between commit and sync has told nobody; the replay tells somebody."""
    given.publish(lake, 1)
    lake.delete(ACKNOWLEDGED)
    recorder = Recorder(lake, monkeypatch)
    assert not given.publish(lake, 1).is_new
    recorder.at("sync", log.entry_name(LEDGER, 0))
    recorder.at("sync", f"{log.folder(LEDGER)}/_delta_log")
    assert lake.exists(ACKNOWLEDGED)


def test_the_warehouse_is_synced_before_it_gets_its_name(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(lake, monkeypatch)
    replace = os.replace

    def replaced(source: Path, target: Path) -> None:
        recorder.note("replace", Path(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced)
    with build_aside(lake) as aside:
        aside.con.execute("create table t as select 1 as i")
        building = aside.path.name
        publish_warehouse(lake, aside)
    named = recorder.at("replace", WAREHOUSE)
    assert recorder.at("sync", building) < named
    assert recorder.at("sync", ".", after=named) > named


# ── a power cut: what the disk holds while the page cache holds more ─────────────────────────────


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in a file, mounted; its writes stay in memory until synced."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("a power cut needs root and mkfs.ext4, to mount a file system in a file")
    image, mounted = tmp_path / "disk.img", tmp_path / "disk"
    mounted.mkdir()
    with image.open("wb") as f:
        f.truncate(96 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    # commit=300: the journal is not written for its age while the test runs.
    mount = ["mount", "-o", "loop,commit=300", str(image), str(mounted)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no loop device can be mounted here")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


def after_power_cut(disk: Path, number: int) -> Iterator[Path]:
    """Copy what has reached the disk, and mount the copy as a machine does that starts again."""
    image = disk.with_name("disk.img")
    copy, mounted = disk.with_name(f"cut-{number}.img"), disk.with_name(f"cut-{number}")
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
    mounted.mkdir()
    subprocess.run(["mount", "-o", "loop", str(copy), str(mounted)], check=True)
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)
        copy.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_power_cut_after_the_acknowledgement_loses_nothing(
    disk: Path, forks: ForkServer, said: Any, seconds: float
) -> None:
    lake = disk / "lake"
    for generation in range(1, 6):
        assert forks.run(
            "publish", lake=str(lake), generation=generation, days=[0, 1], said=str(said.path)
        ) == 0  # fmt: skip
        assert forks.run("build", lake=str(lake), generation=generation, said=str(said.path)) == 0
        time.sleep(seconds)
        for mounted in after_power_cut(disk, generation):
            survived = Storage(str(mounted / "lake"))
            assert given.seen(survived) == {0: generation, 1: generation}
            assert verify(survived) == []
            assert survived.exists(WAREHOUSE)
            # And it goes on from there.
            given.publish(survived, 9)
            assert given.seen(survived) == {0: 9, 1: 9}


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False])
def test_a_power_cut_at_any_point_of_a_publish_leaves_old_or_new(
    disk: Path, forks: ForkServer, said: Any, is_first: bool
) -> None:
    """The publisher is stopped between two system calls, and the plug is pulled there."""
    point, stopped = 1, True
    while stopped:
        lake = disk / f"lake-{point}"
        arguments = {"lake": str(lake), "days": [0, 1], "said": str(said.path)}
        old = {}
        if not is_first:
            assert forks.run("publish", generation=1, **arguments) == 0
            old = {0: 1, 1: 1}
        pid = forks.start("publish", generation=2, stop_at=point, **arguments)
        stopped = forks.stops(pid)
        for mounted in after_power_cut(disk, point):
            survived = Storage(str(mounted / lake.name))
            found = given.seen(survived)
            assert found in (old, {0: 2, 1: 2}), f"point {point}: {found}"
            if not stopped:
                assert found == {0: 2, 1: 2}, "acknowledged and lost"
            given.publish(survived, 3)
            assert given.seen(survived) == {0: 3, 1: 3}
            assert verify(survived) == [], f"point {point}"
        if stopped:
            forks.kill(pid, after=0)
        shutil.rmtree(lake)
        point += 3
    assert point > 150, "the points are no longer reached"


@pytest.mark.slow
def test_without_the_syncs_the_same_cut_loses_acknowledged_commits(
    disk: Path, forks: ForkServer, said: Any
) -> None:
    """The control: were the syncs left out, the tests above would notice."""
    lake = disk / "lake"
    arguments = {"lake": str(lake), "days": [0, 1], "said": str(said.path)}
    assert forks.run("publish", generation=1, **arguments) == 0
    assert forks.run("publish_unsynced", generation=2, **arguments) == 0
    for mounted in after_power_cut(disk, 1):
        assert cut.cut(Storage(str(lake))) != cut.cut(Storage(str(mounted / "lake")))
