"""Books of an EVM export: what its files say of each block, to compare them with each other.

In: what was kept of blocks, transactions, receipts, logs and token transfers, slice by slice. Out:
``staged.blocks``, one row per block with counts and sums that must agree if nothing is missing: log
indices rise by one, each transaction has its receipt, each Transfer event its row, fees are what
the receipts say. Only exports of whole blocks have books; for token transfers alone there is
nothing to compare, and they cost nothing.

The name of a file may say which blocks were asked for (``transactions_03300000_03399999.csv`` of
ethereum-etl, ``ethereum__blocks__15000000_to_15000999.parquet`` of cryo): it is noted with its
blocks. Facts wait in DuckDB as numbers, 24 bytes a transaction, which spill what does not fit.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.instants import TIMESTAMP
from transforms.readers.evm_lookup import marks
from transforms.readers.sieve import Sifted

if TYPE_CHECKING:
    from transforms.sources.batch import Batch

BLOCKS: Final = "staged.blocks"
_TRANSFERS: Final = "staged.transfers"
_GROUP_ROWS: Final = 100_000
# Exporters pad block numbers to eight digits.
_RANGE: Final = re.compile(r"(?<!\d)(\d{8,12})_(?:to_)?(\d{8,12})(?!\d)")
_TABLES: Final = {
    "heads": "number bigint, hash varchar, mark bigint, time timestamptz, described tinyint,"
    " stated bigint, range_from bigint, range_to bigint",
    "transactions": "number bigint, index bigint, mark bigint",
    "fees": "number bigint, index bigint, mark bigint, fee varchar",
    "receipts": "number bigint, index bigint, mark bigint, fee varchar",
    "logs": "number bigint, log_index bigint, is_transfer tinyint",
    "tokens": "number bigint, log_index bigint",
}
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
            for name, columns in _TABLES.items():
                self._con.execute(f"create table books.{name} ({columns})")

    def take(self, form: str, found: Sifted) -> None:
        """Note what a slice says."""
        if not self.is_kept:
            return
        for table in found.tables.get(form, ()) if form in _SIDES else ():
            match form:
                case "blocks":
                    self._take_blocks(table, found.file)
                case "receipts":
                    self._note(form, _placed(table, table["hash"], fee=table["fee"]))
                case _:
                    self._note(form, table)
        if form == "transactions":
            self._take_transactions(found.tables[_TRANSFERS], found.file)
        elif form in ("logs", "token_transfers") and "logs" in self._has:
            for table in found.tables.get(_TRANSFERS, ()):
                columns = {"number": table["block_number"], "log_index": table["position"]}
                self._note("tokens", pa.table(columns))

    def rows(self) -> Iterator[pa.Table]:
        """Rows of all blocks, once everything was taken."""
        if not self.is_kept:
            return
        sql = files("transforms.readers").joinpath("evm_blocks.sql").read_text("utf-8")
        unknown = [c for c, forms in _OF_FORMS.items() if not forms <= self._has]
        for part in self._con.execute(sql).to_arrow_reader(_GROUP_ROWS):
            rows = pa.Table.from_batches([part]).drop_columns(unknown)
            days = pc.cast(rows["block_timestamp"].cast(TIMESTAMP), pa.date32())
            rows = rows.append_column("block_date", days)
            yield rows.append_column("chain", pa.repeat(self._chain, rows.num_rows))
        self._con.execute("drop schema books cascade")

    def _take_blocks(self, blocks: pa.Table, file: str) -> None:
        heads = {
            "number": blocks["number"],
            "hash": blocks["hash"],
            "mark": marks(blocks["hash"]),
            "time": blocks["time"],
            "stated": blocks["transactions"],
        }
        self._note_heads(pa.table(heads), file, is_described=True)

    def _take_transactions(self, parts: Sequence[pa.Table], file: str) -> None:
        native, fees = parts
        heads = native.group_by(["block_number", "block_hash", "block_timestamp"]).aggregate([])
        names = ["number", "hash", "time"]
        heads = heads.rename_columns(names).append_column("mark", marks(heads["block_hash"]))
        self._note_heads(heads, file, is_described=False)
        self._note("transactions", _placed(native, native["transaction_hash"]))
        if "receipts" in self._has:
            placed = _placed(fees, fees["transaction_hash"], fee=fees["value"])
            self._note("fees", placed)

    def _note_heads(self, heads: pa.Table, file: str, *, is_described: bool) -> None:
        first, last = range_asked(file) or (None, None)
        for name, value, kind in (
            ("described", int(is_described), pa.int8()),
            ("range_from", first, pa.int64()),
            ("range_to", last, pa.int64()),
        ):
            heads = heads.append_column(name, pa.repeat(pa.scalar(value, kind), heads.num_rows))
        self._note("heads", heads)

    def _note(self, table: str, rows: pa.Table) -> None:
        self._con.register("noted", rows)
        self._con.execute(f"insert into books.{table} by name from noted")
        self._con.unregister("noted")


def _placed(rows: pa.Table, hashes: pa.ChunkedArray, **more: pa.ChunkedArray) -> pa.Table:
    """Transactions by place and the beginning of their hash: numbers compare fast."""
    columns = {"number": rows["block_number"], "index": rows["transaction_index"]}
    return pa.table({**columns, "mark": marks(hashes), **more})


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True
