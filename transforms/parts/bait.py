"""Payments that came or went in some parts, and the parts whose transfers they make bait.

A transfer is suspect where its victim paid a look-alike address before (core/transfers.sql), in
whatever part. So where payments changed, later parts may hold transfers that are suspect now, or no
longer.
"""

from collections.abc import Sequence

import duckdb

_READ = "read_parquet($files, filename = true, hive_partitioning = false)"


def payments(con: duckdb.DuckDBPyConnection, name: str, files: Sequence[str], whose: str) -> None:
    """Make a table of who first paid whom in some files, with the assets of a condition."""
    if not files:
        con.execute(
            f"create or replace temp table {name} (chain varchar, victim varchar,"
            " to_address varchar, first_seq bigint)"
        )
        return
    con.execute(
        f"create or replace temp table {name} as"
        " select moved.chain, from_address as victim, to_address, min(seq) as first_seq"
        f" from {_READ} as moved inner join core.assets as assets on moved.asset = assets.asset"
        f" where value <> '0' and ({whose}) and from_address is not null"
        " and to_address is not null group by moved.chain, from_address, to_address",
        {"files": list(files)},
    )


def files_baited(con: duckdb.DuckDBPyConnection, files: Sequence[str]) -> set[str]:
    """Files with transfers that ``payments_before`` or ``payments_now`` alone make bait."""
    if not files:
        return set()
    return {
        row[0]
        for row in con.execute(
            "with changed as ("
            " (select * from payments_before except select * from payments_now) union"
            " (select * from payments_now except select * from payments_before)),"
            " moved as (select filename, chain, seq, from_address, to_address"
            f" from {_READ} where (value = '0' or value_usd < 1)"
            " and from_address is not null and to_address is not null),"
            " baits as (select filename, chain, seq, from_address as victim,"
            " to_address as lookalike from moved union all"
            " select filename, chain, seq, to_address, from_address from moved)"
            " select distinct filename from baits inner join changed"
            " on baits.chain = changed.chain and baits.victim = changed.victim"
            " and baits.seq > changed.first_seq and baits.lookalike <> changed.to_address"
            " and left(baits.lookalike, 6) = left(changed.to_address, 6)"
            " and right(baits.lookalike, 4) = right(changed.to_address, 4)",
            {"files": list(files)},
        ).fetchall()
    }
