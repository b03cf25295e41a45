"""The matcher over the parties of parties.json."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.matching.given import PARTIES, SNAPSHOTS, articles_of, lists_of, names_of
from transforms.matching.mentions import Found, Lists, mentions


@pytest.fixture(scope="session")
def lists() -> Lists:
    """The parties of parties.json, with lists that reach to September 2025."""
    return lists_of(PARTIES, SNAPSHOTS)


@pytest.fixture(scope="session")
def match(lists: Lists) -> Callable[..., list[dict[str, Any]]]:
    """``match(text, published_at=…, parties=[…])`` → rows of core.mentions."""

    def run(
        body: str, published_at: str | None = None, parties: list[dict[str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        known = lists if parties is None else lists_of(parties, SNAPSHOTS)
        found: Found = mentions(
            articles_of({"body": body, "published_at": published_at}), names_of(), known
        )
        rows: list[dict[str, Any]] = found.table.to_pylist()
        for row in rows:
            assert body[row["span_start"] : row["span_end"]] == row["surface"]
            row["score_components"] = json.loads(row["score_components"])
            row["score_evidence"] = json.loads(row["score_evidence"])
            assert row["score"] == max(0, min(100, sum(row["score_components"].values())))
        return rows

    return run
