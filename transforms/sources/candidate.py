"""A staged batch that waits for its judgement: Parquet files, and what they are."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from transforms.sources.base import is_part

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """One Parquet file of a candidate."""

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A staged batch that waits for its judgement; lies beside its files as candidate.json.

    ``refused`` are files of the batch that were left out, and why. Where ``pack`` is named, its
    files hold the rows of other snapshots of the run too: all that name the same pack, each with
    its own date. ``rows`` counts a table's rows of this batch.
    """

    source: str
    batch: str
    date: str | None
    date_basis: str
    raw_sha256: str
    rows_read: int
    rows_staged: int
    rows_rejected: int
    warnings: Mapping[str, int]
    tables: tuple[CandidateTable, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    pack: str | None = None

    @property
    def is_part(self) -> bool:
        """Whether it holds a part of a list only: absence from it proves nothing."""
        return is_part(self.warnings)

    def save(self, folder: Path) -> Path:
        """Write candidate.json; tasks pass its path."""
        path = folder / "candidate.json"
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True), "utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        data = json.loads(path.read_text("utf-8"))
        data["tables"] = tuple(CandidateTable(**t) for t in data["tables"])
        return cls(**data)


def rows_of(candidate: Candidate, table: str) -> Iterable[CandidateTable]:
    """Files of one table of a candidate."""
    return (t for t in candidate.tables if t.table == table)


def states(versions: Iterable[_T], candidate_of: Callable[[_T], Candidate]) -> dict[str, _T]:
    """Of several versions of one batch (of one day) the last; a part never before the whole."""
    return {
        candidate_of(v).batch: v
        for v in sorted(versions, key=lambda v: not candidate_of(v).is_part)
    }
