"""What a build takes over from the one before it: all that files which stayed have given before.

A day more costs with the day: assets are looked for in staged files that are new, core.transfers is
made part by part, patterns day by day, and the gate scans the files it has not judged.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from expectations.parts import Parts
from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import models
from transforms.lake.ledger import Ledger
from transforms.lake.storage import Storage
from transforms.parts.chunks import STAGED
from transforms.parts.days import PATTERNS, Days
from transforms.parts.degrees import BUSY, Busy
from transforms.parts.extend import Extension, models_of_parts
from transforms.parts.memory import Memory
from transforms.parts.moved import MOVED, Moved
from transforms.parts.shelf import TRANSFERS
from transforms.schemas import table as schema_table

_JUDGED = pa.schema([("asked", pa.string()), ("found", pa.string())])


class Increments:
    """The steps of one build that are extended, and what the gate knows of their files."""

    def __init__(
        self, storage: Storage, db: DuckDBEngine, ledger: Ledger, folder: Path, *, is_forced: bool
    ) -> None:
        self._db = db
        found = models()
        named = {m.table: m for m in found}
        staged = ledger.versions.get(STAGED)
        self._moved = Moved(storage, db, folder, named[MOVED], staged, is_forced=is_forced)
        self._transfers = Extension(
            storage, db, staged, folder, models=models_of_parts(found), is_forced=is_forced
        )
        self._days = Days(storage, db, folder, named[PATTERNS], is_forced=is_forced)
        self._busy = Busy(storage, db, folder, named[BUSY], is_forced=is_forced)
        columns = [(c.name, c.kind.name) for c in schema_table(TRANSFERS).columns]
        code = sha256(repr(columns).encode()).hexdigest()
        self._judged = Memory(storage, "judged_transfers", _JUDGED, code, is_forced=is_forced)
        self._parts: Parts | None = None
        self.runs: dict[str, Callable[[], dict[str, int]]] = {
            MOVED: self._run_moved,
            TRANSFERS: self._transfers.run,
            BUSY: self._run_busy,
            PATTERNS: self._run_days,
        }

    def _run_moved(self) -> dict[str, int]:
        self._moved.run()
        return {}

    def _run_busy(self) -> dict[str, int]:
        files = self._transfers.files()
        self._busy.run(files, lambda path: files.get(path) or self._transfers.uri(path))
        return {}

    def _run_days(self) -> dict[str, int]:
        self._days.run(self._transfers.files())
        return {}

    def parts(self) -> Parts:
        """Files of core.transfers for the gate, and what it found in those that it judged."""
        files = self._transfers.files()
        self._judged.keep(files.keys())
        known = {
            (row["key"], row["asked"]): json.loads(row["found"])
            for row in self._judged.rows.to_pylist()
        }
        reading = {
            name: f"({self._db.reading(TRANSFERS, [uri], is_uniform=True)})"
            for name, uri in sorted(files.items())
        }
        self._parts = Parts(TRANSFERS, reading, known)
        return self._parts

    def publish(self, build: str) -> None:
        """Publish the transfers, and remember the rest for the next build."""
        self._transfers.publish(build)
        self._moved.remember()
        self._busy.remember()
        self._days.remember()
        if self._parts is not None and self._parts.scanned:
            known = self._parts.known
            names, asked = zip(*known, strict=True)
            rows = pa.table(
                {"key": names, "asked": asked, "found": [json.dumps(v) for v in known.values()]}
            )
            self._judged.keep(())
            self._judged.add(set(names), rows)
        self._judged.write()
