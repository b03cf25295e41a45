"""Maintain, verify and roll back: the lake's own state, kept small, checked and returned to.

Maintenance takes three steps, each safe beside readers, ingests and builds and each harmless to
repeat: leftovers of crashes go, small files become few, and files go that no version of the last
days needs.
"""

import json
from typing import Any

from flowlake.build import BUILT
from flowlake.settings import Settings
from transforms.errors import LakeError
from transforms.lake import cut, delta, janitor, maintain
from transforms.lake.storage import Storage
from transforms.lake.verify import verify as verify_storage
from transforms.schemas import TABLES

LEAST_DAYS, DAYS = maintain.LEAST_RETENTION_HOURS // 24, maintain.RETENTION_HOURS // 24


def sweep(settings: Settings) -> dict[str, int]:
    """Remove what crashes left behind, once it can be nobody's."""
    return _counted(janitor.sweep(settings.storage))


def compact(settings: Settings) -> dict[str, Any]:
    """Checkpoint long logs, and bring small files of the ledger and of lists together."""
    kept = maintain.upkeep(settings.storage)
    return {
        "checkpoints": list(kept.checkpoints),
        "is_ledger_compacted": kept.is_ledger_compacted,
        "files_fewer": kept.files_fewer,
    }


def vacuum(settings: Settings, retention_days: int = DAYS) -> dict[str, int]:
    """Delete files that no version of the last days needs, nor the warehouse that is served."""
    if retention_days < LEAST_DAYS:
        raise LakeError(
            f"{retention_days} days: expected {LEAST_DAYS} or more; readers hold a version for "
            "hours, and a rollback goes back by days"
        )
    storage = settings.storage
    gone = maintain.vacuum(storage, retention_days * 24, in_use=_served(storage))
    return {**_counted(gone), "retention_days": retention_days}


def maintain_lake(settings: Settings, retention_days: int = DAYS) -> dict[str, Any]:
    """All three steps; what each did."""
    return {
        "sweep": sweep(settings),
        "compact": compact(settings),
        "vacuum": vacuum(settings, retention_days),
    }


def rollback(settings: Settings, table: str, to_version: int) -> int:
    """Return a table to an earlier version's content, as a new version; returns its number.

    A staged table is returned for all readers of the lake. A core table is what a build made: the
    served warehouse keeps its rows, and the next build of anything new writes the table again.
    """
    if table not in TABLES:
        raise LakeError(f"{table}: no such table; the lake knows {', '.join(sorted(TABLES))}")
    storage = settings.storage
    if TABLES[table].layer == "core":
        return delta.rollback(storage, table, to_version).version
    return cut.rollback(storage, table, to_version).tables[table].version


def verify(settings: Settings) -> list[dict[str, str]]:
    """Everything that is wrong with the lake's files; empty where it is whole."""
    found = verify_storage(settings.storage)
    return [{"file": p.file, "problem": p.problem} for p in found]


def _counted(swept: janitor.Swept) -> dict[str, int]:
    return {"files": len(swept.removed), "bytes": swept.size}


def _served(storage: Storage) -> dict[str, int]:
    """Versions behind the views of the published warehouse; none where there is none."""
    try:
        built = json.loads(storage.read_bytes(BUILT))
        return {t: int(v) for part in ("cut", "shown") for t, v in built.get(part, {}).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        raise LakeError(f"{BUILT}: damaged ({error}); build again") from error
