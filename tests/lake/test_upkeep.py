"""Vacuum, checkpoints and one file for the ledger: readers lose nothing."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.lake import given
from tests.lake.forks import ForkServer
from transforms.errors import LakeError
from transforms.lake import commit, cut, janitor, log, maintain
from transforms.lake.ledger import LEDGER
from transforms.lake.storage import Storage
from transforms.lake.tables import open_table
from transforms.lake.verify import verify

TABLE = given.TABLES[0]


def test_vacuum_keeps_what_the_retention_and_the_cut_need(lake: Storage, forks: ForkServer) -> None:
    for generation in (1, 2, 3):
        given.publish(lake, generation)
    assert maintain.vacuum(lake).removed == ()
    with pytest.raises(LakeError, match="168"):
        maintain.vacuum(lake, retention_hours=0)
    assert given.seen(lake) == {0: 3, 1: 3}
    cut.rollback(lake, TABLE, 0)
    assert given.generations(lake, cut.served(lake)[TABLE]) == {0: 1, 1: 1}
    assert verify(lake) == []


def test_vacuum_deletes_old_files_and_a_scan_under_way_is_not_harmed(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = 31 * 24 * 3600 * 1000
    with monkeypatch.context() as past:
        now = commit._now
        past.setattr(commit, "_now", lambda: now() - month)
        for generation in (1, 2):
            given.publish(lake, generation)
    given.publish(lake, 3)
    files = cut.served(lake)[TABLE]
    with duckdb.connect() as con:
        con.execute("select generation from read_parquet(?)", [files])
        before = sum(e.size for e in lake.list("staged"))
        deleted = maintain.vacuum(lake)
        assert con.fetchall()
    # Generation 1 gave way a month ago; 2 gave way just now and can still be returned to.
    assert len(deleted.removed) == 2 * len(given.TABLES)
    assert not any(lake.exists(name) for name in deleted.removed)
    # Each vacuum notes its begin and end in the log: a few hundred bytes that come, not go.
    assert deleted.size > 0
    assert before - deleted.size < sum(e.size for e in lake.list("staged"))
    assert given.seen(lake) == {0: 3, 1: 3}
    cut.rollback(lake, TABLE, 1)
    assert given.generations(lake, cut.served(lake)[TABLE]) == {0: 2, 1: 2}
    with pytest.raises(LakeError, match=TABLE):
        cut.rollback(lake, TABLE, 0)
    assert given.generations(lake, cut.served(lake)[TABLE]) == {0: 2, 1: 2}
    assert verify(lake) == []


def test_vacuum_keeps_what_the_served_warehouse_shows_however_old_it_is(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its views name files; nobody may have built since these gave way."""
    with monkeypatch.context() as past:
        now = commit._now
        past.setattr(commit, "_now", lambda: now() - 31 * 24 * 3600 * 1000)
        for generation in (1, 2):
            given.publish(lake, generation)
            if generation == 1:
                built, files = cut.cut(lake), cut.served(lake)[TABLE]
        given.publish(lake, 3)
    maintain.vacuum(lake, in_use=built)
    assert given.generations(lake, files) == {0: 1, 1: 1}
    assert given.seen(lake) == {0: 3, 1: 3}
    assert len(maintain.vacuum(lake).removed) == 2 * len(given.TABLES)
    assert verify(lake) == []


def test_vacuum_takes_nothing_the_cut_needs_after_a_publish_that_died_long_ago(
    lake: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.publish(lake, 1)
    with monkeypatch.context() as past:
        now = commit._now
        past.setattr(commit, "_now", lambda: now() - 31 * 24 * 3600 * 1000)
        past.setattr(cut, "append", lambda *_: 1 / 0)  # all tables are committed, the ledger is not
        with pytest.raises(ZeroDivisionError):
            given.publish(lake, 2)
    assert maintain.vacuum(lake).removed == ()
    assert given.seen(lake) == {0: 1, 1: 1}
    assert verify(lake) == []


def test_a_checkpoint_shows_the_same_rows_and_a_torn_one_is_named(any_lake: Storage) -> None:
    for generation in range(1, 6):
        given.publish(any_lake, generation)
    assert not maintain.checkpoint(any_lake, TABLE)
    assert maintain.checkpoint(any_lake, TABLE, every=3)
    assert not maintain.checkpoint(any_lake, TABLE, every=3)
    assert given.seen(any_lake) == {0: 5, 1: 5}
    assert verify(any_lake) == []
    given.publish(any_lake, 6)
    given.publish(any_lake, 7)
    assert maintain.checkpoint(any_lake, TABLE, every=2)
    assert given.seen(any_lake) == {0: 7, 1: 7}
    assert verify(any_lake) == []
    name = next(e.rel for e in any_lake.list(log.folder(TABLE)) if "6.checkpoint" in e.rel)
    any_lake.write_bytes(name, any_lake.read_bytes(name)[:100])
    assert log.folder(TABLE) in {p.file for p in verify(any_lake)}


def test_the_ledger_in_one_file_says_the_same(any_lake: Storage) -> None:
    for generation in range(1, 5):
        given.publish(any_lake, generation)
    columns = "run_id, versions"
    before = given.read_rows(any_lake, cut.served(any_lake)[LEDGER], columns)
    was = cut.cut(any_lake)
    assert not maintain.compact_ledger(any_lake)
    assert maintain.compact_ledger(any_lake, least_files=4)
    opened = open_table(any_lake, LEDGER)
    assert opened is not None
    assert len(opened.file_uris()) == 1
    assert given.read_rows(any_lake, opened.file_uris(), columns) == before
    assert cut.cut(any_lake) == was
    assert not given.publish(any_lake, 4).is_new
    given.publish(any_lake, 5)
    assert given.seen(any_lake) == {0: 5, 1: 5}
    assert len(given.read_rows(any_lake, cut.served(any_lake)[LEDGER], columns)) == 5
    assert verify(any_lake) == []


def read_under_publishes(
    forks: ForkServer, said: Any, lake: Storage, publishes: int, seconds: float
) -> None:
    given.publish(lake, 1)
    readers = [
        forks.start("read_lake", lake=lake.uri(), said=str(said.path), seconds=seconds)
        for _ in range(3)
    ]
    for generation in range(2, publishes + 2):
        given.publish(lake, generation)
        if generation % 5 == 0:
            janitor.sweep(lake)
            maintain.vacuum(lake)
    assert [forks.wait(pid) for pid in readers] == [0, 0, 0]
    assert all(line["looks"] >= 3 for line in said())


def test_readers_of_the_lake_see_whole_generations_while_others_publish(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    read_under_publishes(forks, said, lake, publishes=10, seconds=1.5)


@pytest.mark.slow
def test_readers_of_the_lake_see_whole_generations_through_fifty_publishes(
    forks: ForkServer, said: Any, lake: Storage
) -> None:
    read_under_publishes(forks, said, lake, publishes=60, seconds=12)
