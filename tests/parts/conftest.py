"""A bucket, for the lakes that are not on a disk; and tables without their comments."""

import pytest

from tests.buckets import s3_lake, s3_options
from transforms.engine.duckdb import DuckDBEngine

__all__ = ["s3_lake", "s3_options"]


@pytest.fixture(autouse=True)
def no_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred statements for each build, of which no test here is about one."""
    monkeypatch.setattr(DuckDBEngine, "_comment", lambda *_: None)
