"""A full file against the snapshot that changes had led to: no chain is trusted by itself.

What differs is counted among the new batch's warnings, with some of the parties named; the full
file is right. Where it is of a later day, changes of the days between are among the differences.
"""

from collections.abc import Mapping, Sequence

import duckdb

from transforms.sources.base import Snapshot

_NAMED = 5
# What two forms of a list say in the same words, and what an analyst asks first.
_COMPARED = {
    "staged.designations": ("party_id", "entity_type", "name", "programs"),
    "staged.designation_names": ("party_id", "name", "name_type"),
    "staged.designation_wallets": ("party_id", "ticker", "address"),
}


def differences(
    full: Mapping[str, Sequence[str]], made: Snapshot, con: duckdb.DuckDBPyConnection
) -> dict[str, int]:
    """Warnings about what only one of the two says, with the number of its rows."""
    found: dict[str, int] = {}
    for table, columns in _COMPARED.items():
        sides = (
            ("only in the full file", full.get(table, ()), made.files.get(table, ())),
            ("only where changes had led", made.files.get(table, ()), full.get(table, ())),
        )
        for where, have, lack in sides:
            parties = _missing(con, columns, list(map(str, have)), list(map(str, lack)))
            if parties:
                named = ", ".join(sorted(set(parties), key=_natural)[:_NAMED])
                word = table.removeprefix("staged.")
                found[f"{word} {where} ({made.date}, made of changes): parties {named}"] = len(
                    parties
                )
    return found


def _missing(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    have: Sequence[str],
    lack: Sequence[str],
) -> list[str]:
    """Parties of rows that one side has and the other lacks."""
    if not have:
        return []
    names = ", ".join(columns)
    select = f"select {names} from read_parquet(?, union_by_name = true)"
    if not lack:
        rows = con.execute(select, [have]).fetchall()
    else:
        rows = con.execute(f"{select} except all {select}", [have, lack]).fetchall()
    return [str(row[0]) for row in rows]


def _natural(party_id: str) -> tuple[int, str]:
    return (len(party_id), party_id)
