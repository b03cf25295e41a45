"""The story of a lake in a bucket, through the same calls as on a disk.

Every test with ``any_lake`` runs on a bucket too, in the slow run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.lake import given
from transforms.lake import cut, janitor, raw
from transforms.lake.storage import Storage
from transforms.lake.verify import verify

TABLE = given.TABLES[0]


def test_a_lake_in_a_bucket_is_published_read_rolled_back_and_verified(
    s3_lake: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    dropped = tmp_path / "list.csv"
    dropped.write_bytes(b"rows\n" * 1000)
    when = datetime(2023, 1, 5, tzinfo=UTC)
    received = raw.Received(dropped, "list.csv", str(dropped), when)
    (kept,) = raw.receive(s3_lake, "list", [received]).objects
    assert raw.open_raw(s3_lake, "list", kept.sha256).read_bytes() == dropped.read_bytes()
    assert not raw.receive(s3_lake, "list", [received]).objects[0].is_new

    assert given.publish(s3_lake, 1).is_new
    assert not given.publish(s3_lake, 1).is_new
    given.publish(s3_lake, 2, days=(1,))
    assert given.seen(s3_lake) == {0: 1, 1: 2}
    assert cut.rollback(s3_lake, TABLE, 0).cut[TABLE] == 2
    served = cut.served(s3_lake)
    assert given.generations(s3_lake, served[TABLE]) == {0: 1, 1: 1}
    assert verify(s3_lake) == []

    data = served[TABLE][0].removeprefix(f"{s3_lake.uri()}/")
    s3_lake.write_bytes(data, s3_lake.read_bytes(data)[:-1] + b"?")
    assert [p.file for p in verify(s3_lake)] == [data]
    assert janitor.sweep(s3_lake).removed == ()
    assert "canary-secret" not in repr(s3_lake) + caplog.text
    for entry in s3_lake.list():
        assert b"canary-secret" not in s3_lake.read_bytes(entry.rel)
