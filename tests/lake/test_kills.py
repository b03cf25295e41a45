"""kill -9 at every point of a publish and of a build: readers see the old state or the new one.

The default run visits a part of the points, another part on each kind of run; the slow one all.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.lake import janitor, log
from transforms.lake.cut import cut
from transforms.lake.storage import Storage
from transforms.lake.verify import verify
from transforms.lake.warehouse import BUILDING, WAREHOUSE

KILLED = -9
DAYS = [0, 1]


def points_of(forks: ForkServer, said: Any, task: str, **arguments: Any) -> int:
    """Kill points a task passes when nobody kills it."""
    assert forks.run(task, said=str(said.path), kill_at=10**9, **arguments) == 0
    return int(said()[-1]["points"])


def publish_killed_at(
    forks: ForkServer, said: Any, folder: Path, point: int, *, is_first: bool
) -> bool:
    """Kill a publish at a point, look, try again, look. Whether it was killed at all."""
    lake = Storage(str(folder / f"{'first' if is_first else 'next'}-{point}"))
    arguments: dict[str, Any] = {"lake": lake.uri(), "days": DAYS, "said": str(said.path)}
    old: dict[int, int] = {}
    if not is_first:
        assert forks.run("publish", generation=1, **arguments) == 0
        old = {0: 1, 1: 1}
    status = forks.run("publish", generation=2, kill_at=point, **arguments)
    assert status in {KILLED, 0}, f"point {point}: the publish ended with {status}"
    found = given.seen(lake)
    assert found in (old, {0: 2, 1: 2}), f"point {point}: a reader sees {found}"
    assert verify(lake) == [], f"point {point}: the lake is damaged"
    is_there = found == {0: 2, 1: 2}
    before = cut(lake)

    if point % 2:  # the task is tried again
        assert forks.run("publish", generation=2, **arguments) == 0
        said_last = said()[-1]
        assert said_last["is_new"] is not is_there, f"point {point}: {said_last}"
        assert given.seen(lake) == {0: 2, 1: 2}
        if is_there:
            assert cut(lake) == before
    else:  # somebody else publishes another day: nothing of the dead batch may come with it
        other = {**arguments, "days": [2]}
        assert forks.run("publish", generation=3, **other) == 0
        assert given.seen(lake) == {**found, 2: 3}
    # Also who follows the tables instead of the cut now sees whole generations.
    for table in given.TABLES:
        assert log.head(lake, table) == cut(lake)[table]
    assert verify(lake) == []
    return status == KILLED


@pytest.mark.parametrize("is_first", [True, False])
def test_a_publish_killed_at_a_point_leaves_old_or_new(
    forks: ForkServer, said: Any, tmp_path: Path, is_first: bool
) -> None:
    lake = str(tmp_path / "counted")
    if not is_first:
        given.publish(Storage(lake), 1)
    last = points_of(forks, said, "publish", lake=lake, generation=2, days=DAYS)
    for point in range(1 + is_first, last, 53):
        assert publish_killed_at(forks, said, tmp_path, point, is_first=is_first)


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False])
def test_a_publish_killed_at_any_point_leaves_old_or_new(
    forks: ForkServer, said: Any, tmp_path: Path, is_first: bool
) -> None:
    point = 1
    while publish_killed_at(forks, said, tmp_path, point, is_first=is_first):
        point += 1
    assert point > 50, "the kill points are no longer reached"


@pytest.mark.parametrize(
    ("kills", "longest"), [(8, 0.35), pytest.param(100, 0.6, marks=pytest.mark.slow)]
)
def test_publishers_killed_at_random_lose_and_mix_nothing(
    forks: ForkServer, said: Any, lake: Storage, kills: int, longest: float
) -> None:
    generation, latest = 1, 0
    for _ in range(kills):
        pid = forks.start("keep_busy", lake=lake.uri(), said=str(said.path), generation=generation)
        assert forks.kill(pid, after=random.uniform(0, longest)) == KILLED
        acknowledged = max([latest, *(line["generation"] for line in said())])
        found = given.seen(lake)
        # The commit may be done and the acknowledgement not sent; never the other way round.
        legal = [{}] if acknowledged == 0 else []
        legal += [{0: g, 1: g} for g in (acknowledged, acknowledged + 1) if g]
        assert found in legal, f"acknowledged {acknowledged}, found {found}"
        latest = found.get(0, 0)
        generation = latest + 1
    assert verify(lake) == []
    janitor.sweep(lake)
    assert given.seen(lake) == ({0: latest, 1: latest} if latest else {})


# ── the warehouse ───────────────────────────────────────────────────────────────────────────────


def warehouse_generation(lake: Storage) -> int:
    """The one whole generation the published warehouse holds; 0 where there is none."""
    path = given.file_of(lake, WAREHOUSE)
    if not path.exists():
        return 0
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute(
            "select generation, count(*) - min(generation) from core.one group by all union all"
            " select generation, count(*) - min(generation) from marts.two group by all"
        ).fetchall()
    assert len(found) == 2, f"mixed: {found}"
    assert found[0] == found[1], f"tables differ: {found}"
    assert found[0][1] in {2000, 20_000}, f"rows are missing: {found}"
    return int(found[0][0])


def build_killed_at(forks: ForkServer, said: Any, lake: Storage, point: int) -> bool:
    old = warehouse_generation(lake)
    arguments = {"lake": lake.uri(), "said": str(said.path), "generation": old + 1}
    status = forks.run("build", kill_at=point, **arguments)
    assert status in {KILLED, 0}
    assert warehouse_generation(lake) in {old, old + 1}, f"point {point}"
    assert verify(lake) == [], f"point {point}"
    assert forks.run("build", **arguments) == 0
    assert warehouse_generation(lake) == old + 1
    return status == KILLED


def test_a_build_killed_at_a_point_leaves_old_or_new(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    last = points_of(forks, said, "build", lake=lake.uri(), generation=1)
    killed = [build_killed_at(forks, said, lake, point) for point in range(1, last, 7)]
    # The first build of a lake passes a few points more: it makes the folders.
    assert killed == sorted(killed, reverse=True)
    assert sum(killed) > 3
    janitor.sweep(lake)
    assert not [e.rel for e in lake.list() if BUILDING in e.rel]


@pytest.mark.slow
def test_a_build_killed_at_any_point_leaves_old_or_new(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    point = 1
    while build_killed_at(forks, said, lake, point):
        point += 1
    assert point > 20, "the kill points are no longer reached"


@pytest.mark.parametrize(
    ("kills", "longest"), [(8, 0.25), pytest.param(100, 0.4, marks=pytest.mark.slow)]
)
def test_builders_killed_at_random_leave_old_or_new(
    forks: ForkServer, said: Any, lake: Storage, kills: int, longest: float
) -> None:
    latest = 0
    for _ in range(kills):
        pid = forks.start("build_on", lake=lake.uri(), said=str(said.path), generation=latest + 1)
        assert forks.kill(pid, after=random.uniform(0, longest)) == KILLED
        acknowledged = max([latest, *(line["generation"] for line in said())])
        latest = warehouse_generation(lake)
        assert latest in {acknowledged, acknowledged + 1}
    assert verify(lake) == []
    janitor.sweep(lake)
    assert not [e.rel for e in lake.list() if BUILDING in e.rel]


def test_a_reception_killed_at_random_is_never_half_visible(
    forks: ForkServer, said: Any, lake: Storage, tmp_path: Path
) -> None:
    dropped = tmp_path / "sdn.csv"
    dropped.write_bytes(random.randbytes(8 << 20))
    for _ in range(12):
        pid = forks.start("take", lake=lake.uri(), path=str(dropped), said=str(said.path))
        forks.kill(pid, after=random.uniform(0, 0.06))
        broken = [p for p in verify(lake) if "stands without its manifest" not in p.problem]
        assert broken == []
    assert forks.run("take", lake=lake.uri(), path=str(dropped), said=str(said.path)) == 0
    assert verify(lake) == []
