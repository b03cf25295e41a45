"""What the lake holds of a source, read from the ledger ``meta.ingests``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transforms.lake.ledger import LEDGER
from transforms.lake.storage import Storage
from transforms.lake.tables import read


@dataclass(frozen=True, slots=True)
class Accepted:
    """The newest published row of each batch of a source."""

    batches: Mapping[str, Mapping[str, Any]]

    def holds(self, raw_sha256: str, received_date: str | None) -> bool:
        """Whether these bytes are what some batch serves now (of that date, where one is given)."""
        return any(
            row["raw_sha256"] == raw_sha256
            and (received_date is None or str(row["received_date"]) == received_date)
            for row in self.batches.values()
        )

    def before(self, batch: str) -> str | None:
        """Newest batch that sorts before this one: for lists, the snapshot before its date."""
        return max((b for b in self.batches if b < batch), default=None)


def rows(storage: Storage) -> list[dict[str, Any]]:
    """All rows of the ledger, oldest first."""
    found: list[dict[str, Any]] = read(storage, LEDGER).to_pylist()
    return sorted(found, key=lambda r: (r["recorded_at"], r["run_id"], r["batch"] or ""))


def accepted(storage: Storage, source: str) -> Accepted:
    """What is published of a source."""
    newest = {
        r["batch"]: r
        for r in rows(storage)
        if r["source"] == source and r["published"] and r["batch"] is not None
    }
    return Accepted(newest)
