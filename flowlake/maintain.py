"""Verify and roll back: the lake's own state, checked and returned to."""

from flowlake.settings import Settings
from transforms.errors import LakeError
from transforms.lake import cut
from transforms.lake.verify import verify as verify_storage
from transforms.schemas import TABLES


def rollback(settings: Settings, table: str, to_version: int) -> int:
    """Return a table to an earlier version's content, as a new version; returns its number."""
    if table not in TABLES:
        raise LakeError(f"{table}: no such table; the lake knows {', '.join(sorted(TABLES))}")
    storage = settings.storage
    return cut.rollback(storage, table, to_version).tables[table].version


def verify(settings: Settings) -> list[dict[str, str]]:
    """Everything that is wrong with the lake's files; empty where it is whole."""
    found = verify_storage(settings.storage)
    return [{"file": p.file, "problem": p.problem} for p in found]
