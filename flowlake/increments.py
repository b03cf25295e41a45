"""What a build takes over from the one before it: all that files which stayed have given before.

A day more costs with the day: assets are looked for in staged files that are new, core.transfers is
made part by part, patterns day by day, and the gate scans the files it has not judged.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from expectations.parts import Parts
from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model, models
from transforms.lake.carry import Held
from transforms.lake.ledger import Ledger
from transforms.lake.storage import Storage
from transforms.parts.chunks import STAGED
from transforms.parts.days import PATTERNS, Days
from transforms.parts.degrees import COUNTERPARTIES, DEGREES, Degrees
from transforms.parts.extend import Extension, models_of_parts
from transforms.parts.graph import ADDRESSES, EDGES, Graph
from transforms.parts.memory import Memory
from transforms.parts.moved import MOVED, Moved
from transforms.parts.shelf import CONFLICTS, TRANSFERS
from transforms.schemas import table as schema_table

# Tables that are files in the lake before they are published, and are judged file by file.
_IN_PARTS: Final = (TRANSFERS, ADDRESSES, EDGES)
# Tables whose publishing is theirs, and no export's.
PUBLISHED_IN_PARTS: Final = (*_IN_PARTS, CONFLICTS)

# What was asked of a file and found, as one object of JSON.
_JUDGED = pa.schema([("found", pa.string())])


class Increments:
    """The steps of one build that are extended, and what the gate knows of their files."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        ledger: Ledger,
        folder: Path,
        *,
        held: Held,
        is_forced: bool,
    ) -> None:
        self._db = db
        found = models()
        named = {m.table: m for m in found}
        staged = ledger.versions.get(STAGED)
        self._moved = Moved(storage, db, named[MOVED], staged, is_forced=is_forced)
        in_parts = models_of_parts(found)
        self._transfers = Extension(
            storage, db, staged, folder, models=in_parts, is_forced=is_forced
        )
        self._days = Days(storage, db, named[PATTERNS], is_forced=is_forced)
        self._degrees = Degrees(
            storage, db, named[COUNTERPARTIES], named[DEGREES], is_forced=is_forced
        )
        self._graph = Graph(
            storage, db, folder, named[ADDRESSES], named[EDGES], held=held, is_forced=is_forced
        )
        columns = [(t, c.name, c.kind.name) for t in _IN_PARTS for c in schema_table(t).columns]
        code = sha256(repr(columns).encode()).hexdigest()
        self._judged = Memory(storage, "judged_parts", _JUDGED, code, is_forced=is_forced)
        self._parts: list[Parts] = []
        self.runs: dict[str, Callable[[], dict[str, int]]] = {
            MOVED: self._run_moved,
            TRANSFERS: self._transfers.run,
            COUNTERPARTIES: dict,  # made with the degrees
            DEGREES: self._run_degrees,
            ADDRESSES: lambda: self._graph.run(self._transfers.files()),
            EDGES: dict,  # made with the addresses
            PATTERNS: self._run_days,
        }
        made = {*self.runs, *(m.table for m in in_parts)}
        anew = [m for m in found if m.is_step and m.table not in made]
        self.runs |= {m.table: partial(self._run_anew, m) for m in anew}

    def _run_anew(self, step: Model) -> dict[str, int]:
        self._db.step(step.table, step.sql or "")
        return {}

    def _run_moved(self) -> dict[str, int]:
        self._moved.run()
        return {}

    def _run_degrees(self) -> dict[str, int]:
        self._degrees.run(self._graph.files(EDGES), self._graph.uri)
        return {}

    def _run_days(self) -> dict[str, int]:
        self._days.run(self._transfers.files())
        return {}

    def parts(self) -> list[Parts]:
        """Files of the tables in parts for the gate, and what it found in those that it judged."""
        tables = {TRANSFERS: self._transfers.files()}
        tables |= {t: self._graph.files(t) for t in (ADDRESSES, EDGES)}
        self._judged.keep({name for files in tables.values() for name in files})
        known = {
            (row["key"], asked): value
            for row in self._judged.rows.to_pylist()
            for asked, value in json.loads(row["found"]).items()
        }
        self._parts = [
            Parts(table, list(files), partial(self._relation, table, files), known)
            for table, files in tables.items()
        ]
        return self._parts

    def _relation(self, table: str, files: Mapping[str, str], name: str) -> str:
        return f"({self._db.reading(table, [files[name]], is_uniform=True)})"

    def unpriced(self) -> dict[str, int]:
        """How many transfers could have a price, and how many of them have none."""
        could = "is_fungible is distinct from false and value <> '0'"
        asked = {
            "transfers": f"count(*) filter (where {could})",
            "unpriced": f"count(*) filter (where {could} and value_usd is null)",
        }
        (transfers,) = (p for p in self._parts if p.table == TRANSFERS)
        found = transfers.values(self._db.con, list(asked.values()))
        return {name: sum(found[sql]) for name, sql in asked.items()}

    def held(self) -> Held:
        """Tables with which the next warehouse may begin, and files of the lake that they hold."""
        return self._graph.held()

    def publish(self, build: str) -> None:
        """Publish the transfers, and remember the rest for the next build."""
        self._transfers.publish(build)
        self._moved.remember()
        self._degrees.remember()
        self._days.remember()
        self._graph.publish(build)
        if any(p.scanned for p in self._parts):
            found = defaultdict[str, dict[str, Any]](dict)
            for (name, asked), value in self._parts[0].known.items():
                found[name][asked] = value
            rows = {"key": list(found), "found": [json.dumps(f) for f in found.values()]}
            self._judged.keep(())
            self._judged.add(found, pa.table(rows))
        self._judged.write()
