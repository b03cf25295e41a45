"""Assets that staged transfers move: looked for in staged files that are new, known of the others.

In: the staged files of the cut. Out: the step ``work.moved_assets``. What a few files hold is kept
together; where one of them goes, the others are looked into again.
"""

import logging
from hashlib import sha256
from typing import Final

import pyarrow as pa

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model
from transforms.lake import log
from transforms.lake.storage import Storage
from transforms.lake.tables import active, open_table
from transforms.parts.chunks import STAGED
from transforms.parts.memory import Memory

logger = logging.getLogger(__name__)

MOVED: Final = "work.moved_assets"
# Files of a fortnight: few enough to look into again where one of them is replaced.
_TOGETHER: Final = 14

_FOUND = pa.schema(
    [
        ("chain", pa.string()),
        ("asset", pa.string()),
        ("contract", pa.string()),
        ("fungible_flag", pa.int32()),
    ]
)


class Moved:
    """One build's moved assets: made, and remembered once the build is published."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        model: Model,
        staged_version: int | None,
        *,
        is_forced: bool = False,
    ) -> None:
        self._db = db
        self._sql = model.sql or ""
        paths = (
            [] if staged_version is None else active(open_table(storage, STAGED, staged_version))
        )
        self._files = {path: storage.uri(f"{log.folder(STAGED)}/{path}") for path in paths}
        code = sha256(self._sql.encode()).hexdigest()
        self._found = Memory(storage, "moved_assets", _FOUND, code, is_forced=is_forced)
        self.made: list[str] = []

    def run(self) -> None:
        """Make the step."""
        con, found = self._db.con, self._found
        found.keep({key for key in found.keys if self._files.keys() >= set(key.split("\n"))})
        known = {path for key in found.keys for path in key.split("\n")}
        self.made = sorted(self._files.keys() - known)
        with self._db.apart():
            for begin in range(0, len(self.made), _TOGETHER):
                self._look_into(self.made[begin : begin + _TOGETHER])
        con.register("assets_moved", found.rows.select(_FOUND.names))
        try:
            self._db.step(
                MOVED,
                "select chain, asset, max(contract) as contract,"
                " min(fungible_flag) as fungible_flag from assets_moved group by chain, asset",
            )
        finally:
            con.unregister("assets_moved")
        logger.info("%s: %d of %d staged files read", MOVED, len(self.made), len(self._files))

    def remember(self) -> None:
        """Keep it for the next build."""
        self._found.write()

    def _look_into(self, paths: list[str]) -> None:
        self._db.attach(STAGED, [self._files[p] for p in paths])
        found = self._db.fetch(self._sql).cast(_FOUND)
        key = "\n".join(paths)
        self._found.add(
            [key], found.add_column(0, "key", pa.array([key] * len(found), pa.string()))
        )
