"""A small list whose every row carries the generation that wrote it, and what readers see of it.

A generation is a CSV set of OFAC's: ``PARTIES`` parties, each with an alias, a postal address and
an Ethereum address, all of one day. The next generation replaces it. Whoever looks, at the cut, in
the warehouse or at an export, must find one generation in all tables with all of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from transforms.engine.duckdb import connect
from transforms.lake.cut import served
from transforms.lake.ledger import LEDGER
from transforms.lake.storage import Storage
from transforms.lake.tables import read
from transforms.lake.warehouse import WAREHOUSE

SOURCE = "ofac_sdn"
DAY = "2024-01-01"
PARTIES = 12

# Table → a text in each of its rows that tells the generation, and how many such rows there are.
STAGED = {
    "staged.designations": ("name", PARTIES),
    "staged.designation_names": ("name", 2 * PARTIES),
    "staged.designation_addresses": ("city", PARTIES),
    "staged.designation_wallets": ("address", PARTIES),
}
BUILT = {
    "core.designations": ("name", PARTIES),
    "core.entities": ("name", PARTIES),
    "core.entity_names": ("name", 2 * PARTIES),
    "core.entity_wallets": ("address", PARTIES),
}


def write_set(folder: Path, generation: int) -> str:
    """Write the files of a generation; the folder."""
    made = folder / f"set-{generation}"
    made.mkdir(parents=True, exist_ok=True)
    null = "-0- "
    rows: dict[str, list[list[str]]] = {"sdn": [], "alt": [], "add": []}
    for n in range(PARTIES):
        uid = str(7000 + n)
        wallet = f"0x{generation:08x}{n:032x}"
        remarks = f'"Digital Currency Address - ETH {wallet}."'
        rows["sdn"].append(
            [uid, f'"ACME {n} {sign(generation)}"', null, '"CYBER2"', *[null] * 7, remarks]
        )
        rows["alt"].append([uid, str(100 + n), '"aka"', f'"ALIAS {n} {sign(generation)}"', null])
        rows["add"].append([uid, str(n), null, f'"City {sign(generation)}"', '"Cyprus"', null])
    for name, lines in rows.items():
        # OFAC ends its files so: what lacks it may be cut.
        text = "".join(",".join(line) + "\r\n" for line in lines) + "\x1a\r\n"
        (made / f"{name}.csv").write_text(text, "ascii", newline="")
    return str(made)


def sign(generation: int) -> str:
    """How a name tells its generation."""
    return f"GEN {generation}"


def at_cut(storage: Storage) -> int:
    """The one whole generation readers of the lake see; 0 where there is none."""
    files = served(storage)
    if not any(files.get(t) for t in STAGED):
        return 0
    with connect() as con:
        for table in STAGED:
            con.execute(
                f"create table {table.replace('.', '_')} as select * from"
                f" read_parquet({files[table]}, hive_partitioning = false)"
            )
        return whole(con, {t.replace(".", "_"): how for t, how in STAGED.items()})


def in_warehouse(lake: Path) -> int:
    """The one whole generation the warehouse holds; 0 where there is none."""
    path = lake / WAREHOUSE
    if not path.exists():
        return 0
    with duckdb.connect(str(path), read_only=True) as con:
        return whole(con, {**BUILT, **STAGED})


def whole(con: duckdb.DuckDBPyConnection, tables: dict[str, tuple[str, int]]) -> int:
    """The generation all tables tell, each with all of its rows; anything else fails."""
    told = {}
    for table, (column, rows) in tables.items():
        found = con.execute(f"select {column} from {table}").fetchall()
        signs = {generation_of(text) for (text,) in found}
        assert len(signs) == 1, f"{table} mixes generations {sorted(signs)}"
        assert len(found) == rows, f"{table} has {len(found)} rows, a generation {rows}"
        told[table] = signs.pop()
    assert len(set(told.values())) == 1, f"tables differ: {told}"
    return told.popitem()[1]


def generation_of(text: str) -> int:
    """The generation a row tells."""
    return int(text[2:10], 16) if text.startswith("0x") else int(text.rsplit(" ", 1)[1])


def ledger(storage: Storage) -> list[dict[str, Any]]:
    """The ledger's rows without what names or times a run."""
    passing = ("run_id", "recorded_at", "versions")
    rows = [
        {k: v for k, v in row.items() if k not in passing}
        for row in read(storage, LEDGER).to_pylist()
    ]
    return sorted(rows, key=lambda r: (str(r["batch"]), str(r["raw_sha256"]), r["status"]))


def published(storage: Storage) -> list[str]:
    """Checksums of what the ledger says was published, as often as it says so."""
    return [r["raw_sha256"] for r in ledger(storage) if r["published"]]


def files_of(lake: Path, folders: Iterable[str]) -> dict[str, bytes]:
    """Name and bytes of every file below folders of a lake."""
    return {
        str(p.relative_to(lake)): p.read_bytes()
        for folder in folders
        for p in sorted((lake / folder).rglob("*"))
        if p.is_file()
    }
