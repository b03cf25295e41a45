"""core.addresses and core.transfer_edges: numbers for addresses, and transfers by these numbers.

In: the files of core.transfers. Out: both tables, native in the warehouse, where a walk of many
hops over numbers takes a fraction of what it takes over texts; and in the lake, from which the next
build goes on. An address keeps its number for good. So the edges of a file of core.transfers, whose
name is that of its content, never change; those of new files are made, after their new addresses
are numbered. A warehouse that begins with the rows of files is given those of the others.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa

from transforms.engine.duckdb import DuckDBEngine
from transforms.engine.models import Model
from transforms.lake.storage import Storage
from transforms.parts.memory import Memory
from transforms.parts.shelf import TRANSFERS, Shelf

logger = logging.getLogger(__name__)

ADDRESSES: Final = "core.addresses"
EDGES: Final = "core.transfer_edges"
# Files of core.transfers whose addresses are looked up at once: those of a busy day.
_TOGETHER: Final = 16

# Rows from which a table takes longer to load than to carry over, with its file.
_MANY: Final = 1_000_000

_SAME = "numbered.chain = named.chain and numbered.address = named.address"

_MADE = pa.schema([("edges", pa.string()), ("last_id", pa.int64())])


class Graph:
    """One build's graph: made aside, held in the warehouse, published at last."""

    def __init__(
        self,
        storage: Storage,
        db: DuckDBEngine,
        folder: Path,
        addresses: Model,
        edges: Model,
        *,
        held: Mapping[str, Sequence[str]] | None = None,
        is_forced: bool = False,
    ) -> None:
        self._db = db
        self._held = held or {}
        self._folder = folder
        self._addresses, self._edges = addresses.sql or "", edges.sql or ""
        # Numbers stay, also where all else is made anew.
        self._shelf = Shelf(storage, folder, (ADDRESSES, EDGES))
        code = sha256(self._edges.encode()).hexdigest()
        self._made = Memory(storage, "transfer_edges", _MADE, code, is_forced=is_forced)
        self._numbered = self._shelf.live(ADDRESSES)
        self._paths: list[str] = []
        self.made: list[str] = []

    def run(self, files: Mapping[str, str]) -> dict[str, int]:
        """Make both tables; ``files`` are those of core.transfers, in chain order."""
        numbers = self._hold(ADDRESSES, self._numbered)
        # Numbers that a rollback took away are given again: to others.
        usable = {
            r["key"]
            for r in self._made.rows.to_pylist()
            if self._shelf.has(EDGES, r["edges"]) and r["last_id"] < numbers
        }
        self._made.keep(usable & files.keys())
        self.made = [path for path in files if path not in self._made.keys]
        for some in _chunks(self.made):
            self._make({path: files[path] for path in some})
        edges = {r["key"]: r["edges"] for r in self._made.rows.to_pylist()}
        self._paths = [edges[path] for path in files]
        return {
            ADDRESSES: self._count(ADDRESSES),
            EDGES: self._hold(EDGES, self._paths),
        }

    def publish(self, build: str) -> None:
        """Make them the tables' content in the lake: first the numbers, then who uses them."""
        self._shelf.publish(ADDRESSES, self._numbered, build)
        self._shelf.publish(EDGES, self._paths, build)
        self._made.write()

    def files(self, table: str) -> dict[str, str]:
        """Files of one of the tables by name; where to read each."""
        paths = self._numbered if table == ADDRESSES else self._paths
        return {path: self._shelf.uri(table, path) for path in paths}

    def uri(self, path: str) -> str | None:
        """Where a file of edges can be read, also one that this build replaces."""
        is_there = path in self._paths or self._shelf.has(EDGES, path)
        return self._shelf.uri(EDGES, path) if is_there else None

    def held(self) -> dict[str, list[str]]:
        """What the next warehouse may begin with: tables that take long to load."""
        if self._count(EDGES) < _MANY:
            return {}
        return {ADDRESSES: self._numbered, EDGES: self._paths}

    def _hold(self, table: str, paths: Sequence[str]) -> int:
        """Have a table hold the rows of these files; how many they are."""
        held = set(self._held.get(table, ()))
        gone = held.difference(paths)
        if not held or not all(self._shelf.has(table, path) for path in gone):
            return self._db.load(table, [self._shelf.uri(table, path) for path in paths])
        for path in sorted(gone):
            self._db.unload(table, self._shelf.uri(table, path))
        more = [self._shelf.uri(table, path) for path in paths if path not in held]
        return self._db.load(table, more, is_more=True)

    def _make(self, files: Mapping[str, str]) -> None:
        con = self._db.con
        ((home,),) = con.execute("select current_database()").fetchall()
        with self._db.apart():
            self._db.attach(TRANSFERS, list(files.values()))
            # Only the addresses of these files: all there are would not fit beside the joins.
            con.execute(f"create temp table graph_named as {self._addresses}")
            con.execute(
                f"create temp table graph_known as select numbered.* from {home}.{ADDRESSES} as"
                f" numbered semi join graph_named as named on {_SAME}"
            )
            self._number(home)
            con.execute(f"insert into {ADDRESSES} from graph_known")
            con.execute("drop table graph_named")
            con.execute("drop table graph_known")
            con.execute(f"create table {EDGES} as from ({self._edges}) order by seq")
            made = [self._add(path, uri) for path, uri in files.items()]
            ((last,),) = con.execute(f"select max(address_id) from {ADDRESSES}").fetchall()
        rows = {
            "key": pa.array(files, pa.string()),
            "edges": pa.array(made, pa.string()),
            "last_id": pa.array([-1 if last is None else last] * len(files), pa.int64()),
        }
        self._made.add(files, pa.table(rows))

    def _number(self, home: str) -> None:
        """Give numbers to addresses that have none, in their order, after all that are given."""
        con = self._db.con
        con.execute(
            f"create table {ADDRESSES} as"
            f" select (select coalesce(max(address_id) + 1, 0) from {home}.{ADDRESSES})"
            " + row_number() over (order by chain, address) - 1 as address_id, chain, address"
            f" from graph_named as named anti join graph_known as numbered on {_SAME}"
            " order by address_id"
        )
        path, _ = self._shelf.add(self._db, ADDRESSES, "true", {})
        if path:
            self._numbered.append(path)
        con.execute(f"insert into {home}.{ADDRESSES} from {ADDRESSES}")

    def _add(self, path: str, uri: str) -> str:
        """Write the edges of one file of core.transfers aside."""
        ((chain,),) = self._db.con.execute(
            "select any_value(chain) from read_parquet($file, hive_partitioning = false)",
            {"file": uri},
        ).fetchall()
        made, _ = self._shelf.add(self._db, EDGES, self._db.within(EDGES, uri), {"chain": chain})
        if made is None:
            raise ValueError(f"{path}: no transfers in it")
        return made

    def _count(self, table: str) -> int:
        ((rows,),) = self._db.con.execute(f"select count(*) from {table}").fetchall()
        return int(rows)


def _chunks(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(paths), _TOGETHER):
        yield paths[begin : begin + _TOGETHER]
