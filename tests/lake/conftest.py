"""Lakes to publish into: a folder, and a bucket of a local S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buckets import s3_lake, s3_options
from tests.lake.forks import ForkServer, Said
from transforms.lake.storage import Storage

__all__ = ["s3_lake", "s3_options"]


@pytest.fixture
def lake(tmp_path: Path) -> Storage:
    """An empty local lake."""
    return Storage(str(tmp_path / "lake"))


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.slow)])
def any_lake(request: pytest.FixtureRequest) -> Storage:
    """Both kinds of lake: what holds for one holds for the other.

    The server is slow, so the default run has its own short story of a bucket in ``test_s3.py``.
    """
    return request.getfixturevalue("lake" if request.param == "local" else "s3_lake")


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    """Children that can be killed."""
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What children say."""
    return Said(tmp_path / "said.jsonl")
