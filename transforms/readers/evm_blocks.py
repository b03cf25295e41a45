"""Books of an EVM export: what its files say of each block, to compare them with each other.

In: what was kept of blocks, transactions, receipts, logs and token transfers, slice by slice. Out:
``staged.blocks``, one row per block with counts and sums that must agree if nothing is missing: log
indices rise by one, each transaction has its receipt, each Transfer event its row, fees are what
the receipts say. Only exports of whole blocks have books; for token transfers alone there is
nothing to compare, and they cost nothing.

The name of a file may say which blocks were asked for (``transactions_03300000_03399999.csv`` of
ethereum-etl, ``ethereum__blocks__15000000_to_15000999.parquet`` of cryo): it is noted with its
blocks. Facts wait in DuckDB as numbers, about 100 bytes a transaction; it spills what does not fit.
"""

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean import columns as clean
from transforms.clean.instants import TIMESTAMP
from transforms.readers.sieve import Sifted, one_chunk

if TYPE_CHECKING:
    from transforms.sources.batch import Batch

BLOCKS: Final = "staged.blocks"
_TRANSFERS: Final = "staged.transfers"
_GROUP_ROWS: Final = 100_000
# Exporters pad block numbers to eight digits.
_RANGE: Final = re.compile(r"(?<!\d)(\d{8,12})_(?:to_)?(\d{8,12})(?!\d)")
_TABLES: Final = {
    "heads": "number bigint, hash varchar, time timestamptz, described tinyint, stated bigint,"
    " range_from bigint, range_to bigint",
    "places": "number bigint, index bigint, mark ubigint, what tinyint, fee decimal(38, 0)",
    "logs": "number bigint, log_index bigint, is_transfer tinyint",
    "tokens": "number bigint, log_index bigint",
}
_PLACE: Final = "block_number, transaction_index, hash({hash}), {what}, {fee}"
_HEADS: Final = (
    "insert into books.heads select distinct block_number, block_hash, block_timestamp, 0, null, "
    "{range} "
)
# What becomes of noted rows: statements that read them as ``noted``.
_NOTES: Final = {
    "blocks": (
        "insert into books.heads select number, hash, time, 1, transactions, {range} from noted",
    ),
    "transactions": (
        _HEADS + "from noted",
        "insert into books.places select "
        + _PLACE.format(hash="transaction_hash", what=1, fee="null")
        + " from noted",
    ),
    "receipts": (
        "insert into books.places select "
        + _PLACE.format(hash="hash", what=2, fee="fee")
        + " from noted",
    ),
    "fees": (
        "insert into books.places select "
        + _PLACE.format(hash="transaction_hash", what=3, fee="value_d38")
        + " from noted",
    ),
    "logs": ("insert into books.logs select number, log_index, is_transfer from noted",),
    "tokens": ("insert into books.tokens select block_number, position from noted",),
}
# Columns of slices that are noted; a table of the batch holds many more.
_NOTED: Final = {
    "transactions": (
        *("block_number", "block_hash", "block_timestamp"),
        *("transaction_index", "transaction_hash"),
    ),
    "fees": ("block_number", "transaction_index", "transaction_hash", "value_d38"),
    "tokens": ("block_number", "position"),
}
# A statement costs as much as some ten thousand rows.
_NOTED_ROWS: Final = 200_000
# Side files, by the name of the table their slices bring.
_SIDES: Final = ("blocks", "receipts", "logs")
# What is null where the export lacks one of the files.
_OF_FORMS: Final = {
    **dict.fromkeys(("transactions", "last_transaction_index"), frozenset({"transactions"})),
    **dict.fromkeys(("transaction_receipts", "fees_of_receipts"), frozenset({"receipts"})),
    **dict.fromkeys(("receipts_used", "fees"), frozenset({"transactions", "receipts"})),
    **dict.fromkeys(("logs", "last_log_index", "transfer_logs"), frozenset({"logs"})),
    **dict.fromkeys(("transfer_logs_staged", "token_transfers"), frozenset({"logs"})),
}


def range_asked(file: str) -> tuple[int, int] | None:
    """First and last block that a file's name asks for; days are not taken for blocks."""
    found = _RANGE.search(PurePosixPath(file).name)
    if found is None or int(found[1]) > int(found[2]) or (_is_day(found[1]) and _is_day(found[2])):
        return None
    return int(found[1]), int(found[2])


class BlockBooks:
    """Keeps the books of one export; ``take`` gets what was kept of each form, in order."""

    def __init__(self, batch: "Batch", chain: str, forms: frozenset[str]) -> None:
        self._chain = chain
        self._has = forms
        # Withdrawals or token transfers say nothing of what else was in their blocks.
        self.is_kept = bool(forms & {"transactions", "blocks", "receipts", "logs"})
        if self.is_kept:
            self._con = batch.connection
            self._con.execute("create schema books")
            self._waiting: dict[tuple[str, str], list[pa.Table]] = {}
            for name, columns in _TABLES.items():
                self._con.execute(f"create table books.{name} ({columns})")

    def take(self, form: str, found: Sifted) -> None:
        """Note what a slice says."""
        if not self.is_kept:
            return
        for table in found.tables.get(form, ()) if form in _SIDES else ():
            noted = table
            if form == "receipts":  # fees are added up there, so as numbers
                fee = pa.chunked_array([clean.d38(one_chunk(table["fee"]))])
                noted = table.set_column(table.schema.get_field_index("fee"), "fee", fee)
            self._note(form, noted, found.file)
        if form == "transactions":
            native, fees = found.tables[_TRANSFERS]
            self._note(form, native, found.file)
            if "receipts" in self._has:
                self._note("fees", fees, found.file)
        elif form in ("logs", "token_transfers") and "logs" in self._has:
            for table in found.tables.get(_TRANSFERS, ()):
                self._note("tokens", table, found.file)

    def rows(self) -> Iterator[pa.Table]:
        """Rows of all blocks, once everything was taken."""
        if not self.is_kept:
            return
        for what, file in list(self._waiting):
            self._write(what, file)
        sql = files("transforms.readers").joinpath("evm_blocks.sql").read_text("utf-8")
        unknown = [c for c, forms in _OF_FORMS.items() if not forms <= self._has]
        for part in self._con.execute(sql).to_arrow_reader(_GROUP_ROWS):
            rows = pa.Table.from_batches([part]).drop_columns(unknown)
            days = pc.cast(rows["block_timestamp"].cast(TIMESTAMP), pa.date32())
            rows = rows.append_column("block_date", days)
            yield rows.append_column("chain", pa.repeat(self._chain, rows.num_rows))
        self._con.execute("drop schema books cascade")

    def _note(self, what: str, rows: pa.Table, file: str) -> None:
        kept = self._waiting.setdefault((what, file), [])
        kept.append(rows.select(_NOTED.get(what, rows.column_names)))
        if sum(t.num_rows for t in kept) >= _NOTED_ROWS:
            self._write(what, file)

    def _write(self, what: str, file: str) -> None:
        first, last = range_asked(file) or ("null", "null")
        self._con.register("noted", pa.concat_tables(self._waiting.pop((what, file))))
        for statement in _NOTES[what]:
            self._con.execute(statement.format(range=f"{first}, {last}"))
        self._con.unregister("noted")


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True
