"""Exports of bitcoin-etl: transactions of Bitcoin and the chains that work like it.

In: JSON lines, plain or compressed, of ``export_blocks_and_transactions``, ``enrich_transactions``
or ``stream`` (which adds ``type`` and mixes blocks with transactions), or BigQuery's
``crypto_bitcoin`` and its sisters as JSON lines (numbers as text, times as text); see
https://github.com/blockchain-etl/bitcoin-etl#schema. Out: ``staged.transfers``; the rule is that of
``readers/utxo.py``. Blocks only tell how many transactions there should be.

The record names no chain. The option ``chain`` does; without it the addresses decide, and where
they fit several (1… and 3… of Bitcoin's forks, D… of Dogecoin and Verge) the oldest chain is meant.

Older exports lack the transaction's place in its block (``index``). Where a block's records stand
together and begin with its coinbase, as the exporter writes them, they are numbered as they stand.
BigQuery's form and enriched exports of other chains are known from their schema only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS
from transforms.clean.addresses import canonical
from transforms.errors import InputRefused
from transforms.readers.forms import of_file
from transforms.readers.jsonl import JsonLines
from transforms.readers.records import Slice, in_order
from transforms.readers.unpack import contents
from transforms.readers.utxo import (
    TRANSFERS,
    Reader,
    Transactions,
    chain_addresses,
    is_block,
    is_transaction,
)
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="bitcoin_etl",
    family=Family.TRANSFERS,
    publisher="Whoever ran bitcoin-etl or took part in its data sets",
    page="https://github.com/blockchain-etl/bitcoin-etl",
    format="jsonl",
    licence="chain data; the exporter's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"),
    # export_all writes each kind into a folder of its own.
    kinds=("blocks", "transactions", "enriched_transactions"),
    options=("chain",),
    headers=(
        ("type", "item_id", "hash", "is_coinbase", "inputs", "outputs"),
        ("hash", "block_number", "is_coinbase", "inputs", "outputs"),
        ("hash", "number", "merkle_root", "coinbase_param"),
    ),
)

_CHAINS = tuple(
    c.name for c in CHAINS.values() if c.family not in ("evm", "tron", "solana", "ripple", "monero")
)
# Enough records to meet more than one format of address, few enough to cost nothing.
_LOOKED_AT = 200


def parse(raw: RawSet, batch: Batch) -> None:
    """All movements of each transaction; the transaction is the record that is counted."""
    files = _readable(raw, batch)
    reader = Reader(_chain(raw, files))
    declared: Counter[int] = Counter()
    found: Counter[int] = Counter()
    for file in files:
        with of_file(file):
            for name, stream in contents(file.path, file.name):
                sheet = _sheet(raw, JsonLines(stream, name))
                numbering = _Numbering()
                for part in in_order(partial(_read, reader, sheet), sheet.slices()):
                    declared.update(part.declared)
                    _deliver(name, numbering.numbered(part, found), batch)
                if numbering.numbered_records:
                    batch.warn(
                        "transactions without an index, numbered by their order in the block",
                        numbering.numbered_records,
                    )
    missing = sum((declared - found).values()) if batch.rows_read else 0
    if missing:
        batch.warn("transactions that the blocks count and the export lacks", missing)
    if not batch.rows_read:
        names = ", ".join(f.name for f in raw.files)
        raise InputRefused(f"{raw.source} {names}: expected transactions, found blocks alone")


def _readable(raw: RawSet, batch: Batch) -> list[RawFile]:
    """The files that begin as an export does; of several the others are left out."""
    kept = []
    for file in raw.files:
        try:
            for name, stream in contents(file.path, file.name):
                _sheet(raw, JsonLines(stream, name))
        except InputRefused as e:
            if len(raw.files) == 1:
                raise
            batch.refuse(str(e), file=file.name)
        else:
            kept.append(file)
    if not kept:
        raise InputRefused(f"{raw.source}: none of the files can be read")
    return kept


def _sheet(raw: RawSet, sheet: JsonLines) -> JsonLines:
    where = f"{raw.source} {sheet.name}"
    if sheet.is_empty:
        raise InputRefused(f"{where}: expected JSON lines, found 0 bytes")
    keys = dict.fromkeys(sheet.header)
    if not is_transaction(keys) and not is_block(keys):
        raise InputRefused(
            f"{where} line 1: expected a transaction of bitcoin-etl with block_number, inputs and "
            f"outputs, or a block; found {', '.join(sheet.header)[:300]}"
        )
    return sheet


def _read(reader: Reader, sheet: JsonLines, piece: Slice) -> Transactions:
    return reader.read(sheet.name, *sheet.objects(piece))


def _deliver(name: str, part: Transactions, batch: Batch) -> None:
    batch.read(part.count)
    first = part.rows["first"]
    rows = part.rows.drop_columns(["first", "record"])
    batch.add_table(TRANSFERS, rows.filter(first))
    batch.add_table(TRANSFERS, rows.filter(pc.invert(first)), is_derived=True)
    for reject in part.rejects:
        batch.reject(
            reject.reason,
            file=name,
            line=reject.line,
            record_id=f"{name}:{reject.line}",
            raw=reject.raw,
        )
    for warning, records in sorted(part.warnings.items()):
        batch.warn(warning, records)


class _Numbering:
    """Numbers records without an index by their order in the block, across slices."""

    def __init__(self) -> None:
        self.numbered_records = 0
        self._block: int | None = None
        self._count = 0
        self._begins = False
        self._seen: set[int] = set()

    def numbered(self, part: Transactions, found: Counter[int]) -> Transactions:
        blocks = part.numbers["block"].to_numpy()
        if not len(blocks):
            return part
        found.update(blocks.tolist())
        places = part.numbers["place"].to_numpy().copy()
        begins = part.numbers["begins"].to_numpy().copy()
        starts = np.flatnonzero(np.diff(blocks, prepend=-2))
        ends = np.append(starts[1:], len(blocks))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            block = int(blocks[start])
            if block == self._block:
                places[start:end] += self._count
                begins[start:end] = self._begins
                self._count += end - start
            else:
                # A block that comes a second time was not written by the exporter as it stands.
                begins[start:end] &= block not in self._seen
                self._block, self._count = block, end - start
                self._begins = bool(begins[start])
                self._seen.add(block)
        if not part.rows["transaction_index"].null_count:
            return part
        own = part.rows["record"]
        place = pa.array(places).take(own.combine_chunks())
        is_sure = pa.array(begins).take(own.combine_chunks())
        given = part.rows["transaction_index"]
        index = pc.coalesce(given, pc.if_else(is_sure, place, pa.scalar(None, pa.int64())))
        first = part.rows["first"]
        self.numbered_records += (
            pc.sum(pc.and_(first, pc.and_(given.is_null(), index.is_valid()))).as_py() or 0
        )
        rows = part.rows.set_column(
            part.rows.schema.get_field_index("transaction_index"), "transaction_index", index
        )
        return Transactions(
            part.count, rows, part.numbers, part.rejects, part.warnings, part.declared
        )


def _chain(raw: RawSet, files: Sequence[RawFile]) -> str:
    """The chain as the option says, else the one that all addresses fit."""
    known = ", ".join(_CHAINS)
    if said := raw.options.get("chain"):
        if said not in _CHAINS:
            raise InputRefused(f"{raw.source}: option chain is {said!r}, expected one of {known}")
        return said
    fitting: list[str] | None = None
    for address in _some_addresses(raw, files):
        try:
            chains = canonical(address).chains
        except ValueError:
            continue
        fits = [c for c in chains if c in _CHAINS]
        fitting = fits if fitting is None else [c for c in fitting if c in fits]
    if not fitting:
        what = "no address that shows it" if fitting is None else "addresses of several chains"
        names = ", ".join(f.name for f in raw.files)
        raise InputRefused(
            f"{raw.source} {names}: which chain? expected addresses of one, found {what}; say it "
            f"with --chain, one of {known}"
        )
    return fitting[0]


def _some_addresses(raw: RawSet, files: Sequence[RawFile]) -> Iterator[str]:
    for file in files:
        with of_file(file):
            for name, stream in contents(file.path, file.name):
                sheet = _sheet(raw, JsonLines(stream, name))
                for piece in islice(sheet.slices(), 1):
                    objects, _ = sheet.objects(piece)
                    for _, _, found in objects[:_LOOKED_AT]:
                        yield from chain_addresses(found)
