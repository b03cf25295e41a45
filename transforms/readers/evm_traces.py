"""Traces of an EVM export → rows of ``staged.transfers``.

A transaction's root trace (empty ``trace_address``) *is* the transaction's own value: it gets kind
``native`` and the transaction's key, so that core counts the two once. All others are ``internal``
with the trace's order in its transaction as position; block rewards are ``reward``. Calls that lend
code (delegatecall, staticcall, callcode) carry a value but move none, nor does anything below a
call that failed: Parity's form says so in ``status``, Geth's only marks the failed call itself,
whose children are found by their address.

The order in a transaction needs all its traces at once, so cleaned traces wait in DuckDB, which
spills what does not fit into memory. Geth's form has no transaction hashes; where the export holds
its transactions too they are filled in. Its suicide traces say neither who nor how much and are
rejected for that.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import native_asset
from transforms.clean import columns as clean
from transforms.clean.instants import TIMESTAMP
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
_PATH = r"^([0-9]{1,9}(,[0-9]{1,9})*)?$"
_TRANSACTION: Final = (
    "block_number",
    "transaction_index",
    "transaction_hash",
    "block_timestamp",
    "block_hash",
)
_GROUP_ROWS = 100_000


class Traces:
    """Collects cleaned traces, then gives their rows."""

    def __init__(self, sides: Sides, batch: "Batch") -> None:
        self._chain = sides.chain
        self._sides = sides
        self._con = batch.connection
        self._is_any = False
        self._con.execute(
            "create temp table transactions (block_number bigint, transaction_index bigint, "
            "transaction_hash varchar, block_timestamp timestamptz, block_hash varchar)"
        )

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
        error = s.text_or_empty("error")
        path = pc.utf8_trim(s.text("trace_address"), "[] ")
        # Value from nobody, or to nobody, is only right where the type or a failure says so.
        is_issue = pc.is_in(kinds, pa.array(["reward", "genesis"]))
        is_failed = pc.or_(pc.equal(pc.fill_null(status, 1), 0), pc.not_equal(error, ""))
        has_value = pc.not_equal(pc.fill_null(values, "0"), "0")
        lacks_receiver = pc.and_(pc.and_not(receiver.is_null(), is_failed), has_value)
        s.refuse(np.asarray(pc.and_not(sender.is_null(), is_issue)), "from_address: is missing")
        s.refuse(np.asarray(lacks_receiver), "to_address: is missing")
        is_path = pc.match_substring_regex(path, _PATH)
        s.refuse(~np.asarray(is_path), "trace_address: expected numbers and commas")
        transactions = clean.hashes(s.text_or_empty("transaction_hash"))
        rows = {
            "file": pa.repeat(records.file, s.size),
            "line": records.lines,
            **self._sides.block_facts(s, numbers),
            "transaction_index": s.optional("transaction_index", indices_in_block(s)),
            "transaction_hash": s.optional("transaction_hash", transactions),
            "trace_type": kinds,
            "call_type": s.text_or_empty("call_type"),
            "reward_type": s.text_or_empty("reward_type"),
            "trace_address": path,
            "status": status,
            "has_error": pc.not_equal(error, ""),
            "is_status_known": pc.is_valid(status) if not s.has("error") else _true(s),
            "from_address": clean.without_zero_address(sender)[0],
            "to_address": clean.without_zero_address(receiver)[0],
            **value_columns(values),
        }
        return s.sifted({"traces": [s.kept(rows)]})

    def take(self, found: Sifted) -> None:
        """Keep a slice's traces."""
        for table in found.tables["traces"]:
            self._keep("traces", table)
            self._is_any = True

    def take_transactions(self, found: Sifted) -> None:
        """Keep what a slice of transactions says of their traces."""
        native = found.tables[TRANSFERS][0]
        self._keep("transactions", native.select(list(_TRANSACTION)))

    def rows(self) -> Iterator[pa.Table]:
        """Rows of all traces, in the order in which they were received."""
        if not self._is_any:  # a header and nothing else
            return
        sql = files("transforms.readers").joinpath("evm_traces.sql").read_text("utf-8")
        for part in self._con.execute(sql).to_arrow_reader(_GROUP_ROWS):
            rows = pa.Table.from_batches([part])
            days = pc.cast(rows["block_timestamp"].cast(TIMESTAMP), pa.date32())
            rows = rows.append_column("block_date", days)
            for name, value in (("chain", self._chain), ("asset", native_asset(self._chain))):
                rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
            yield rows

    def _keep(self, name: str, rows: pa.Table) -> None:
        self._con.register("arrived", rows)
        self._con.execute(f"create temp table if not exists {name} as from arrived limit 0")
        self._con.execute(f"insert into {name} by name from arrived")
        self._con.unregister("arrived")


def _type(text: str) -> str:
    found = _SYNONYMS.get(text, text)
    if found not in _TYPES:
        raise ValueError(f"unknown trace type {text[:40]!r}, expected {', '.join(sorted(_TYPES))}")
    return found


def _true(s: Sieve) -> pa.Array:
    return pa.repeat(pa.scalar(True), s.size)
