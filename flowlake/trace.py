"""Trace: an ad-hoc trace over ``core.transfers`` from the caller's addresses.

Seeds and services are text files, one address per line, with an optional header
``address,origin``; a final newline is not needed. Addresses that the log does not hold are
ignored with a warning. Amounts are decimal strings in the asset's base units.
"""

import csv
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flowlake.settings import Settings
from transforms.clean.addresses import canonical_address
from transforms.engine.duckdb import DuckDBEngine
from transforms.errors import InputRefused
from transforms.lake.warehouse import WAREHOUSE
from transforms.tracing.assets import LedgerTrace, trace_assets

logger = logging.getLogger(__name__)

_BOOKS = ("seeded", "held", "sunk", "burned", "fees", "residual")


def trace(
    settings: Settings,
    *,
    seeds: Path,
    services: Path | None,
    policies: Sequence[str],
    seed_funds: str,
    out: Path | None = None,
) -> dict[str, Any]:
    """Trace every asset the seeds touch.

    A file of services that holds none says that nothing ends a trace; without such a file
    ``core.services`` does. ``InputRefused`` for seeds that hold no address.
    """
    storage = settings.storage
    if not storage.exists(WAREHOUSE):
        raise InputRefused(f"{storage.uri(WAREHOUSE)}: no warehouse yet; run `flowlake build`")
    origins = read_addresses(seeds)
    if not origins:
        raise InputRefused(f"{seeds}: expected one address per line, found none")
    con = duckdb.connect(str(storage.local(WAREHOUSE)), read_only=True)
    try:
        con.execute("set TimeZone = 'UTC'")
        engine = DuckDBEngine(con)
        stops = {"*": set(read_addresses(services))} if services else _labelled(engine)
        _warn_of_unknown(engine, "seeds", origins)
        if services and not stops["*"]:
            logger.warning("services: %s names none, so that nothing ends a trace", services)
        elif services:
            _warn_of_unknown(engine, "services", stops["*"])
        ledgers = list(trace_assets(engine, origins, stops, policies, seed_funds))
    finally:
        con.close()
    if out is not None:
        _write(ledgers, origins, out)
    return {
        "seed_funds": seed_funds,
        "policies": {p: _summary(ledgers, p) for p in policies},
    }


def read_addresses(path: Path) -> dict[str, str]:
    """Addresses of a file, canonical, each with its origin (itself where none is given)."""
    if not path.is_file():
        raise InputRefused(f"{path}: no such file")
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as e:
        raise InputRefused(f"{path}: expected UTF-8 text, found byte {e.start}") from e
    rows = [r for r in csv.reader(lines) if r and r[0].strip()]
    if rows and rows[0][0].strip().lower() == "address":
        rows = rows[1:]
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        try:
            address = canonical_address(row[0].strip(), None)
        except ValueError as e:
            raise InputRefused(f"{path} line {number}: expected an address, {e}") from e
        if address:
            found[address] = row[1].strip() if len(row) > 1 and row[1].strip() else address
    return found


def _labelled(engine: DuckDBEngine) -> dict[str, set[str]]:
    stops: dict[str, set[str]] = defaultdict(set)
    for r in engine.fetch("select chain, address from core.services").to_pylist():
        stops[r["chain"]].add(r["address"])
    return stops


def _warn_of_unknown(
    engine: DuckDBEngine, what: str, addresses: Mapping[str, str] | set[str]
) -> None:
    listed = pa.table({"address": sorted(addresses)})
    engine.con.register("given_addresses", listed)
    unknown = engine.fetch(
        "select address from given_addresses where address not in"
        " (select address from core.addresses) order by address"
    )["address"].to_pylist()
    engine.con.unregister("given_addresses")
    if unknown:
        logger.warning(
            "%d %s are not in the log and are ignored: %s",
            len(unknown),
            what,
            ", ".join(unknown[:5]),
        )


def _summary(ledgers: Sequence[LedgerTrace], policy: str) -> dict[str, Any]:
    """Books by asset, and how many different addresses they are about, over all assets."""
    books: dict[str, dict[str, int]] = {b: defaultdict(int) for b in _BOOKS}
    reached, tainted, hit = set[tuple[str, str]](), set[tuple[str, str]](), set[tuple[str, str]]()
    for ledger in ledgers:
        found = ledger.traces[policy]
        for b in _BOOKS:
            books[b][ledger.asset] += getattr(found, b)
        for r in found.addresses.to_pylist():
            address = (ledger.chain, ledger.addresses[r["address_id"]].as_py())
            reached.add(address)
            if r["is_tainted"]:
                tainted.add(address)
            if policy == "poison" and r["is_service"]:
                hit.add(address)
        for r in found.balances.to_pylist():
            if r["is_service"]:
                hit.add((ledger.chain, ledger.addresses[r["address_id"]].as_py()))
    return {
        **{b: {a: str(v) for a, v in sorted(sums.items())} for b, sums in books.items()},
        "addresses_reached": len(reached),
        "addresses_tainted": len(tainted),
        "services_hit": len(hit),
    }


def _write(ledgers: Sequence[LedgerTrace], origins: Mapping[str, str], out: Path) -> None:
    """Traced transfers and balances as Parquet, with addresses instead of their numbers."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("traced", "balances"):
        parts = [
            _named(getattr(found, name), ledger, policy, origins)
            for ledger in ledgers
            for policy, found in ledger.traces.items()
        ]
        if parts:
            pq.write_table(pa.concat_tables(parts), out / f"{name}.parquet", compression="zstd")


def _named(
    rows: pa.Table, ledger: LedgerTrace, policy: str, origins: Mapping[str, str]
) -> pa.Table:
    columns: dict[str, Any] = {
        "policy": pa.array([policy] * len(rows), pa.string()),
        "chain": pa.array([ledger.chain] * len(rows), pa.string()),
        "asset": pa.array([ledger.asset] * len(rows), pa.string()),
    }
    for column in rows.column_names:
        if column.endswith("_id"):
            name = column.removesuffix("_id").removesuffix("_address") + "_address"
            ids = rows[column].combine_chunks()
            columns["address" if column == "address_id" else name] = ledger.addresses.take(ids)
        else:
            columns[column] = rows[column]
    named = [origins[a] for a in columns["origin_address"].to_pylist()]
    return pa.table({**columns, "origin": pa.array(named, pa.string())})
