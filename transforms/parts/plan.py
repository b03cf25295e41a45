"""Which parts there should be, and what each is made from.

In: the staged files of the cut, and what is known of those that were there before. Out: the parts
with a fingerprint each: of the files that reach into them, when these arrived, and of the code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files as package_files

import duckdb
import numpy as np
import pyarrow as pa

from transforms.chains import CHAINS
from transforms.engine.models import Model
from transforms.parts.state import SPANS
from transforms.parts.stretches import CELL, NO_CELL, Numbers, Stretch, places, stretches
from transforms.schemas import table as schema_table


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A staged file: its path in the table, where it can be read, and when it arrived."""

    path: str
    uri: str
    arrived: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part there should be; ``rows`` as staged, before any is found to be another's."""

    stretch: Stretch
    fingerprint: str
    rows: int


def spans_of(
    con: duckdb.DuckDBPyConnection, files: Sequence[StagedFile], known: pa.Table
) -> pa.Table:
    """Rows per file, chain and cell; only files that are not known yet are read."""
    paths = {f.path for f in files}
    kept = known.filter(pa.array([p in paths for p in known["path"].to_pylist()], pa.bool_()))
    seen = set(kept["path"].to_pylist())
    new = {f.uri: f.path for f in files if f.path not in seen}
    if not new:
        return kept
    found = con.execute(
        "select filename, chain, cell, count(*) as rows,"
        " count(*) filter (where cell = $none and has_hash) as strays from ("
        "select filename, chain, transaction_hash is not null as has_hash,"
        f" coalesce(block_number // {CELL}, $none) as cell"
        " from read_parquet($files, filename = true, hive_partitioning = false)"
        ") group by filename, chain, cell order by filename, chain, cell",
        {"files": sorted(new), "none": NO_CELL},
    ).to_arrow_table()
    named = pa.array([new[uri] for uri in found["filename"].to_pylist()], pa.string())
    added = found.set_column(0, "path", named).cast(SPANS)
    # A file without rows has no span, and is looked at each time: it costs nothing.
    return pa.concat_tables([kept, added])


class Plan:
    """The parts of all chains, and the files that reach into them."""

    def __init__(
        self,
        files: Sequence[StagedFile],
        spans: pa.Table,
        code: str,
        max_rows: int,
    ) -> None:
        self._files = {f.path: f for f in files}
        self._spans = {
            chain: _of_chain(spans, chain) for chain in sorted(set(spans["chain"].to_pylist()))
        }
        self.wanted = [
            part
            for chain, found in self._spans.items()
            for part in self._parts(chain, found, code, max_rows)
        ]

    def uris(self, stretch: Stretch, reach: int = 0) -> list[str]:
        """Files with rows in a stretch, or so many blocks around it."""
        found = self._spans[stretch.chain]
        inside = np.ones(len(found.cells), np.bool_)
        if not stretch.is_whole:
            low = max(stretch.first - reach, 0) // CELL if stretch.first >= 0 else NO_CELL
            high = (stretch.last + reach) // CELL if stretch.first >= 0 else NO_CELL
            inside = (found.cells >= low) & (found.cells <= high)
        paths = {found.paths[n] for n in np.unique(found.files[inside])}
        return sorted(self._files[p].uri for p in paths)

    def _parts(self, chain: str, found: "_Chain", code: str, max_rows: int) -> Iterator[Wanted]:
        cells, inverse = np.unique(found.cells, return_inverse=True)
        rows = np.bincount(inverse, found.rows).astype(np.int64)
        is_whole = bool(found.strays.any()) and bool((found.cells != NO_CELL).any())
        parts = stretches(chain, cells, rows, is_whole=is_whole, max_rows=max_rows)
        place = places(found.cells, parts)
        counts = np.bincount(place, found.rows, minlength=len(parts)).astype(np.int64)
        pairs = np.unique(np.stack([place, found.files]), axis=1)
        number = "" if chain in CHAINS else self._rank(chain)
        for n, stretch in enumerate(parts):
            reaching = [self._files[found.paths[f]] for f in pairs[1][pairs[0] == n]]
            said = [code, number, repr(stretch)]
            said += sorted(f"{f.path} {f.arrived}" for f in reaching)
            digest = sha256("\n".join(said).encode()).hexdigest()
            yield Wanted(stretch, digest, int(counts[n]))

    def _rank(self, chain: str) -> str:
        """Chains nobody gave a number are numbered by name; a new one may move the others."""
        return str(sorted(c for c in self._spans if c not in CHAINS).index(chain))


@dataclass(frozen=True, slots=True)
class _Chain:
    """Spans of one chain as columns; ``files`` are numbers in ``paths``."""

    cells: Numbers
    rows: Numbers
    strays: Numbers
    files: Numbers
    paths: Sequence[str]


def _of_chain(spans: pa.Table, chain: str) -> _Chain:
    own = spans.filter(pa.array([c == chain for c in spans["chain"].to_pylist()], pa.bool_()))
    codes = own["path"].combine_chunks().dictionary_encode()
    return _Chain(
        own["cell"].to_numpy(),
        own["rows"].to_numpy(),
        own["strays"].to_numpy(),
        codes.indices.to_numpy().astype(np.int64),
        codes.dictionary.to_pylist(),
    )


def code_digest(models: Sequence[Model], settings: str) -> str:
    """What decides how a part comes out of its rows: queries, types, seeds, settings."""
    said: list[str] = [settings, *(m.sql or "" for m in models)]
    for name in ("core.transfers", "core.transfer_conflicts"):
        said += [f"{c.name} {c.kind.name}" for c in schema_table(name).columns]
    said.append(repr(sorted(CHAINS.items())))
    for entry in sorted(package_files("transforms.seeds").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".csv"):
            said.append(entry.read_text("utf-8"))
    return sha256("\0".join(said).encode()).hexdigest()


def arrivals(con: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], str]:
    """When each batch was published last."""
    rows = con.execute(
        "select source, batch, cast(max(recorded_at) as varchar) from meta.ingests"
        " where published group by source, batch"
    ).fetchall()
    return {(source, batch): at for source, batch, at in rows}
