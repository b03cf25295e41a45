"""Traces of an EVM export → rows of ``staged.transfers``.

A transaction's root trace (empty ``trace_address``) *is* the transaction's own value: it gets kind
``native`` and the transaction's key, so that core counts the two once. All others are ``internal``
with the trace's order in its transaction as position; block rewards are ``reward``. Calls that lend
code (delegatecall, staticcall, callcode) carry a value but move none, nor does anything below a
call that failed: Parity's form says so in ``status``, Geth's only marks the failed call itself,
whose children are found by their address.

The order in a transaction needs all its traces at once, wherever they stand. So cleaned traces wait
in a file beside the batch's, and only what tells their places goes to DuckDB, which spills what
does not fit into memory; places come back in the order in which the traces wait. Geth's form has no
transaction hashes; where the export holds its transactions too they are filled in. Its suicide
traces say neither who nor how much and are rejected for that.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.readers.evm_sides import (
    TRANSFERS,
    Sides,
    block_numbers,
    indices_in_block,
)
from transforms.readers.records import Records
from transforms.readers.sieve import Sieve, Sifted
from transforms.readers.values import value_columns

if TYPE_CHECKING:
    from transforms.sources.batch import Batch

_TYPES: Final = frozenset({"call", "create", "suicide", "reward", "genesis", "daofork"})
# What clients other than Parity call the same thing.
_SYNONYMS: Final = {"selfdestruct": "suicide", "create2": "create"}
# Calls that run another's code on the caller's own account.
_LENDING: Final = ("delegatecall", "staticcall", "callcode")
_PATH_DIGITS: Final = 9
_PATH: Final = re.compile(r"(?:[0-9]{1,9}(?:,[0-9]{1,9})*)?").fullmatch
_OF_TRANSACTIONS: Final = ("block_timestamp", "block_hash", "transaction_hash")
_OF_PLACES: Final = ("file", "line", "path", "is_root", "status", "has_error", "outside")
_PLACE: Final = ("block_number", "transaction_index")
# What DuckDB is told, by table.
_NOTED: Final = {
    "transactions": (*_PLACE, *_OF_TRANSACTIONS),
    "places": ("number", *_PLACE, *_OF_PLACES),
}
_TABLES: Final = {
    "transactions": "block_number bigint, transaction_index bigint, block_timestamp timestamptz, "
    "block_hash varchar, transaction_hash varchar",
    "places": "number bigint, block_number bigint, transaction_index bigint, file varchar, "
    "line bigint, path varchar, is_root boolean, status tinyint, has_error boolean, "
    "outside struct(kind varchar, reward varchar, payee varchar, digits integer, value varchar)",
}
# A statement costs as much as some ten thousand rows.
_NOTED_ROWS: Final = 200_000
_PACKED: Final = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


class Traces:
    """Collects cleaned traces, then gives their rows."""

    def __init__(self, sides: Sides, batch: "Batch") -> None:
        self._chain = sides.chain
        self._sides = sides
        self._con = batch.connection
        self._waiting = _Waiting(batch.folder)
        self._has_transactions = False
        self._noted: dict[str, list[pa.Table]] = {}
        for name, columns in _TABLES.items():
            self._con.execute(f"create temp table {name} ({columns})")

    def read(self, records: Records) -> Sifted:
        """Clean a slice; may run in several threads."""
        s = Sieve(records)
        kinds = s.required("trace_type", clean.each(s.text("trace_type"), _type))
        numbers = s.required("block_number", block_numbers(s, "block_number"))
        values = s.required("value", self._sides.amounts(s))
        sender, receiver = (
            s.optional(c, clean.addresses(s.text(c), self._chain))
            for c in ("from_address", "to_address")
        )
        status = s.optional("status", clean.integers(s.text_or_empty("status"), at_most=1))
        has_error = pc.not_equal(s.text_or_empty("error"), "")
        # Value from nobody, or to nobody, is only right where the type or a failure says so.
        is_issue = pc.is_in(kinds, pa.array(["reward", "genesis"]))
        is_failed = pc.or_(pc.equal(pc.fill_null(status, 1), 0), has_error)
        has_value = pc.not_equal(pc.fill_null(values, "0"), "0")
        lacks_receiver = pc.and_(pc.and_not(receiver.is_null(), is_failed), has_value)
        s.refuse(np.asarray(pc.and_not(sender.is_null(), is_issue)), "from_address: is missing")
        s.refuse(np.asarray(lacks_receiver), "to_address: is missing")
        path = clean.each(s.text("trace_address"), _path).values
        s.refuse(np.asarray(path.is_null()), "trace_address: expected numbers and commas")
        facts = self._sides.block_facts(s, numbers)
        indices = s.optional("transaction_index", indices_in_block(s))
        transactions = clean.hashes(s.text_or_empty("transaction_hash"))
        is_call = pc.equal(kinds, "call")
        is_root = pc.and_(
            pc.and_(indices.is_valid(), pc.equal(path, "")),
            pc.or_(is_call, pc.equal(kinds, "create")),
        )
        is_lent = pc.and_(is_call, pc.is_in(s.text_or_empty("call_type"), pa.array(_LENDING)))
        payee = clean.without_zero_address(receiver)[0]
        address = pc.utf8_trim(s.text_or_empty("trace_address"), characters="[] ")
        is_addressed = pc.and_(indices.is_valid(), pc.not_equal(address, ""))
        rows = s.kept(
            {
                **facts,
                "transaction_index": indices,
                "transaction_hash": s.optional("transaction_hash", transactions),
                "position_basis": pc.if_else(is_root, "transaction", "trace"),
                "trace_address": pc.if_else(is_addressed, address, None),
                "kind": _kind(kinds, is_root),
                "is_effective": pc.and_not(pc.or_(is_root, has_value), is_lent),
                "is_status_known": pc.is_valid(status) if not s.has("error") else _true(s.size),
                "from_address": clean.without_zero_address(sender)[0],
                "to_address": payee,
                **value_columns(values),
                # What tells the trace's place.
                "file": pa.repeat(records.file, s.size),
                "line": records.lines,
                "path": path,
                "is_root": is_root,
                "status": status,
                "has_error": has_error,
                "outside": pa.StructArray.from_arrays(
                    [
                        kinds,
                        s.text_or_empty("reward_type"),
                        pc.fill_null(payee, ""),
                        pc.binary_length(values),
                        values,
                    ],
                    ["kind", "reward", "payee", "digits", "value"],
                    mask=indices.is_valid(),
                ),
            }
        )
        return s.sifted({"traces": [rows]})

    def take(self, found: Sifted) -> None:
        """Keep a slice's traces."""
        (rows,) = found.tables["traces"]
        numbers = np.arange(self._waiting.rows, self._waiting.rows + rows.num_rows)
        self._note("places", rows.append_column("number", pa.array(numbers)))
        self._waiting.add(rows.drop_columns(_OF_PLACES))

    def take_transactions(self, found: Sifted) -> None:
        """Keep what a slice of transactions says of their traces."""
        self._has_transactions = True
        self._note("transactions", found.tables[TRANSFERS][0])

    def rows(self) -> Iterator[pa.Table]:
        """Rows of all traces, in the order in which they were received."""
        for name in list(self._noted):
            self._write(name)
        sql = files("transforms.readers").joinpath("evm_traces.sql").read_text("utf-8")
        found = self._con.execute(sql).to_arrow_reader(_NOTED_ROWS)
        for rows, placed in _in_step(self._waiting.parts(), map(_table, found)):
            columns = {c: rows[c] for c in rows.column_names}
            if self._has_transactions:
                columns |= {c: pc.coalesce(rows[c], placed[c]) for c in _OF_TRANSACTIONS}
            columns |= {
                "position": placed["position"],
                "is_effective": pc.and_(rows["is_effective"], placed["has_succeeded"]),
                "block_date": pc.cast(columns["block_timestamp"], pa.date32()),
                "chain": pa.repeat(self._chain, rows.num_rows),
                "asset": pa.repeat(native_asset(self._chain), rows.num_rows),
                **dict.fromkeys(("is_exact", "is_fungible"), _true(rows.num_rows)),
            }
            yield pa.table(columns)

    def _note(self, name: str, rows: pa.Table) -> None:
        kept = self._noted.setdefault(name, [])
        kept.append(rows.select(_NOTED[name]))
        if sum(t.num_rows for t in kept) >= _NOTED_ROWS:
            self._write(name)

    def _write(self, name: str) -> None:
        self._con.register("noted", pa.concat_tables(self._noted.pop(name)))
        self._con.execute(f"insert into {name} by name from noted")
        self._con.unregister("noted")


class _Waiting:
    """Tables in a file without a name, which is gone when this is."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 (``parts`` closes it)
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Take a table; all have the same columns."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, rows.schema, options=_PACKED)
        self._writer.write_table(rows)
        self.rows += rows.num_rows

    def parts(self) -> Iterator[pa.Table]:
        """What was taken, in order; the file is closed behind it."""
        with self._file:
            if self._writer is None:
                return
            self._writer.close()
            self._file.seek(0)
            yield from map(_table, pa.ipc.open_stream(self._file))


def _in_step(
    parts: Iterator[pa.Table], others: Iterator[pa.Table]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Each part beside as many rows of the others; both have equally many."""
    ready = next(others, pa.table({}))
    for part in parts:
        while ready.num_rows < part.num_rows:
            ready = pa.concat_tables([ready, next(others)])
        yield part, ready.slice(0, part.num_rows)
        ready = ready.slice(part.num_rows)


def _table(part: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([part])


def _type(text: str) -> str:
    found = _SYNONYMS.get(text, text)
    if found not in _TYPES:
        raise ValueError(f"unknown trace type {text[:40]!r}, expected {', '.join(sorted(_TYPES))}")
    return found


def _path(text: str) -> str:
    """A trace's address, its numbers padded: so texts compare as the lists of numbers do."""
    found = text.strip("[] ")
    if not _PATH(found):
        raise ValueError("expected numbers and commas")
    return "".join(number.zfill(_PATH_DIGITS) for number in found.split(",")) if found else ""


def _kind(kinds: pa.Array, is_root: pa.Array) -> pa.Array:
    others = pc.if_else(
        pc.equal(kinds, "reward"),
        "reward",
        pc.if_else(pc.equal(kinds, "genesis"), "mint", "internal"),
    )
    return pc.if_else(is_root, "native", others)


def _true(size: int) -> pa.Array:
    return pa.repeat(pa.scalar(True), size)
