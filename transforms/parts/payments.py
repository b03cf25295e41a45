"""Who paid whom before, in short: which files of core.transfers hold what new transfers imitate.

A transfer is bait where its victim paid a look-alike address before (core/transfers.sql). To ask
all that was ever paid for addresses would take as long as it is; so each file has a small one
beside it, of two hashes per payment: of the payer with the ends of the payee's address, and of the
payee. Only files in which one of them is met are read. Hashes can only find too many.

A memory, not a source: where one is missing it is made again.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from transforms.lake.storage import Storage

logger = logging.getLogger(__name__)

_FOLDER: Final = "_flowlake/payments"
# DuckDB promises no hash for ever.
_HASHED_BY: Final = f"{_FOLDER}/{duckdb.__version__}"

# The same ends as core/transfers.sql compares.
_KEY = "hash(chain, {payer}, substr({payee}, 1, 6), substr({payee}, length({payee}) - 3))"
_PAID = (
    "select distinct {key} as key, hash(to_address) as payee"
    " from read_parquet([{file}], hive_partitioning = false)"
    " where value <> '0' and from_address is not null and to_address is not null"
)
_BAITS = """
    create or replace temp table bait_keys as
    with baits as (
        select chain, from_address, to_address
        from work.valued_transfers
        where
            (value = '0' or value_usd < 1)
            and from_address is not null
            and to_address is not null
    )
    select distinct {sent} as key, hash(to_address) as lookalike from baits
    union
    select distinct {got}, hash(from_address) from baits
"""


class Payments:
    """Files of hashes beside those of core.transfers, and what they tell of a chunk's baits."""

    def __init__(self, storage: Storage, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._storage = storage
        self._con = con
        self._folder = folder
        self._held = {
            entry.rel.rsplit("/", 1)[-1].removesuffix(".parquet")
            for entry in storage.list(_HASHED_BY)
        }
        self._new: dict[str, Path] = {}

    def imitated(self, files: Mapping[str, str]) -> list[str]:
        """Which files hold payments that ``work.valued_transfers`` may imitate.

        ``files`` by name, with the address of each; ``rows`` is then the condition for the rows.
        """
        sent = _KEY.format(payer="from_address", payee="to_address")
        got = _KEY.format(payer="to_address", payee="from_address")
        self._con.execute(_BAITS.format(sent=sent, got=got))
        names = {self._uri(name, uri): name for name, uri in files.items()}
        if not names:
            return []
        found = self._con.execute(
            "select distinct filename from read_parquet($files, filename = true,"
            " hive_partitioning = false) as paid inner join bait_keys as baits"
            " on paid.key = baits.key and paid.payee <> baits.lookalike",
            {"files": sorted(names)},
        ).fetchall()
        logger.info("payments that may be imitated: in %d of %d files", len(found), len(files))
        return sorted(names[row[0]] for row in found)

    @property
    def rows(self) -> str:
        """Condition for the transfers that may be imitated."""
        key = _KEY.format(payer="from_address", payee="to_address")
        return f"{key} in (select key from bait_keys)"

    def remember(self, names: Sequence[str]) -> None:
        """Keep what is of these files of core.transfers, and nothing else."""
        for digest, path in sorted(self._new.items()):
            self._storage.put(path, f"{_HASHED_BY}/{digest}.parquet")
        wanted = {f"{_HASHED_BY}/{_digest(name)}.parquet" for name in names}
        for entry in list(self._storage.list(_FOLDER)):
            if entry.rel not in wanted:
                self._storage.delete(entry.rel)
        self._new.clear()

    def _uri(self, name: str, uri: str) -> str:
        digest = _digest(name)
        if digest in self._held:
            return self._storage.uri(f"{_HASHED_BY}/{digest}.parquet")
        if digest not in self._new:
            path = self._folder / f"payments-{digest}.parquet"
            key = _KEY.format(payer="from_address", payee="to_address")
            file = "'" + uri.replace("'", "''") + "'"
            target = "'" + str(path).replace("'", "''") + "'"
            # Hashes do not get smaller by packing.
            self._con.execute(
                f"copy ({_PAID.format(key=key, file=file)}) to {target}"
                " (format parquet, compression uncompressed)"
            )
            self._new[digest] = path
        return str(self._new[digest])


def _digest(name: str) -> str:
    """A file's name is that of its content, in the folder of its chain."""
    return name.rsplit("/", 1)[-1].removesuffix(".parquet")
