"""Files of tables in parts: those that the tables hold, and new ones that wait aside."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from transforms.engine.duckdb import DuckDBEngine
from transforms.lake import log
from transforms.lake.candidate import CandidateFile, path_in_table, sha256_of
from transforms.lake.delta import publish
from transforms.lake.storage import Storage
from transforms.lake.tables import active, open_table
from transforms.schemas import table as schema_table

TRANSFERS: Final = "core.transfers"
CONFLICTS: Final = "core.transfer_conflicts"


class Shelf:
    """Where parts' rows lie, by their path in the table; named by their content."""

    def __init__(self, storage: Storage, folder: Path, tables: Iterable[str]) -> None:
        self.storage = storage
        self._folder = folder
        self._live = {t: set(active(open_table(storage, t))) for t in tables}
        self._new: dict[str, dict[str, CandidateFile]] = {t: {} for t in self._live}

    def live(self, table: str) -> list[str]:
        """Files that a table consists of before this build."""
        return sorted(self._live[table])

    def has(self, table: str, path: str | None) -> bool:
        """Whether a table holds a file, or it is none."""
        return path is None or path in self._live[table]

    def uri(self, table: str, path: str) -> str:
        """Where a file can be read: aside while it is new, else in its table."""
        new = self._new[table].get(path)
        return str(new.path) if new else self.storage.uri(f"{log.folder(table)}/{path}")

    def add(
        self, db: DuckDBEngine, table: str, where: str, partition: Mapping[str, str]
    ) -> tuple[str | None, int]:
        """Write some rows aside; their path in the table (None for none) and number."""
        path = self._folder / f"{table}.parquet"
        rows = db.export(table, str(path), where)
        if not rows:
            path.unlink()
            return None, 0
        digest = sha256_of(path)
        file = CandidateFile(path, rows, digest, partition)
        rel = path_in_table(file, schema_table(table).partition_by)
        kept = path.replace(self._folder / f"{table}-{digest}.parquet")
        self._new[table][rel] = replace(file, path=kept)
        return rel, rows

    def publish(self, table: str, paths: Iterable[str], build: str) -> None:
        """Make these files, and no others, the table's content."""
        wanted = set(paths)
        schema = schema_table(table)
        self._drop_other_layout(table)
        publish(
            self.storage,
            table,
            [self._new[table][path] for path in sorted(wanted - self._live[table])],
            schema=schema.arrow,
            partition_by=schema.partition_by,
            replace=(),
            removes=frozenset(self._live[table] - wanted),
            app_id=f"build/{table}",
            raw_sha256=sha256("\n".join(sorted(wanted)).encode()).hexdigest(),
            metadata={"build": build},
        )
        self._live[table] = wanted
        self._new[table].clear()

    def _drop_other_layout(self, table: str) -> None:
        """A table of parts can't become of one that was written as a whole; it is all new then."""
        opened = open_table(self.storage, table)
        if opened is None:
            return
        if list(opened.metadata().partition_columns) != list(schema_table(table).partition_by):
            for entry in list(self.storage.list(log.folder(table))):
                self.storage.delete(entry.rel)
            self._live[table] = set()
