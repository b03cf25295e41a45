"""cryo: Parquet (or CSV, JSON) files taken from a node, one dataset and range of blocks in each.

In: the datasets erc20_transfers, erc721_transfers, transactions, native_transfers and blocks of
https://github.com/paradigmxyz/cryo, told apart by their columns; addresses and hashes are bytes, or
``0x…`` with ``--hex``. Out: ``staged.transfers``. Transfers carry no time: give the blocks of the
same range with them.

Amounts come as columns with a suffix per type (``--u256-types``): the exact ones are read (string,
32 bytes, decimal), ``_f64`` and ``_f32`` are rounded and never are.

native_transfers are all traces of a block, the first of a transaction being its own value
(``native``, the key of the transaction itself), the others ``internal``. It names neither the kind
of a call nor whether it failed: calls that only lend code look like payments, and failed ones are
among them unless cryo ran with ``--exclude-failed``. With the dataset transactions beside it failed
transactions are known; without it ``is_status_known`` is false. Who has traces of ethereum-etl
should prefer them. A hash is missing where a block pays its miner (``reward``).

cryo stays no block behind the head by default: a range that was exported at the head may have been
reorganised since. Columns read in cryo's code of 2023 to 2025; not seen here: a file of it.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pyarrow.compute as pc

from transforms.chains import CHAINS, EVM_CHAIN_IDS
from transforms.errors import InputRefused
from transforms.readers.evm_cryo import (
    FORMS,
    NativeTransfers,
    as_receipts,
    as_traces,
    with_exact_amounts,
    with_status,
)
from transforms.readers.evm_export import Export
from transforms.readers.evm_traces import Traces
from transforms.readers.forms import parts_of
from transforms.readers.records import Records
from transforms.readers.sieve import Sifted
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="cryo",
    family=Family.TRANSFERS,
    publisher="Whoever ran cryo",
    page="https://github.com/paradigmxyz/cryo",
    format="parquet, csv, json",
    licence="chain data; the exporter's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".parquet", ".csv", ".json"),
    # Where it ran with ``--subdirs datatype``.
    kinds=(
        *("blocks", "transactions", "traces", "native_transfers"),
        *("erc20_transfers", "erc721_transfers"),
    ),
    options=("chain",),
    headers=(
        ("erc20", "from_address", "to_address", "log_index", "value_*", "chain_id"),
        ("erc20", "from_address", "to_address", "log_index", "token_id*", "chain_id"),
        ("transfer_index", "from_address", "to_address", "value_*", "chain_id"),
        ("transaction_hash", "transaction_index", "gas_limit", "value_*", "chain_id"),
        ("action_from", "action_to", "action_value", "action_type", "trace_address", "chain_id"),
        ("block_number", "block_hash", "timestamp", "author", "chain_id"),
    ),
)

# Its JSON is one array of records, in no envelope.
_LISTS: Final = ()
_UNTOLD: Final = "native transfers alone: calls that only lend code can't be told from payments"


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per transfer, and one more per fee."""
    chain = _chain(raw)
    export = Export(raw, batch, FORMS, chain=chain, is_of_blocks=True, lists=_LISTS)
    sides, rows = export.sides, export.rows
    on_chain = _OnChain(chain)
    export.read_sides({"blocks": on_chain(sides.read_blocks)})
    if export.has("native_transfers"):
        _know_failures(export, on_chain)
    traces = Traces(sides, batch) if export.has("traces") else None
    exact = with_exact_amounts
    export.stage(
        "transactions",
        on_chain(rows.transactions, with_status, exact),
        traces.take_transactions if traces else None,
    )
    export.stage("token_transfers", on_chain(rows.token_transfers, exact))
    export.stage("nfts", on_chain(rows.token_ids, exact))
    if traces:
        export.stage_collected("traces", on_chain(traces.read, as_traces), traces)
    if export.has("native_transfers"):
        moves = NativeTransfers(sides, batch)
        export.stage_collected("native_transfers", on_chain(moves.read, exact), moves)
    export.stage_blocks()


def _know_failures(export: Export, on_chain: "_OnChain") -> None:
    """What the transactions say of their success, before any native transfer is read."""
    if export.has("traces"):
        raise InputRefused(
            f"{export.raw.source}: traces and native_transfers hold the same transfers, and traces "
            "say more; give one of them"
        )
    read = on_chain(export.sides.read_receipts, as_receipts)
    for found in export.sifted("transactions", read):
        export.sides.take(found)  # rejects are told when the transactions' rows are made
    export.sides.close()
    export.batch.warn(_UNTOLD)


class _OnChain:
    """Makes readers of records see that each record is of the batch's chain."""

    def __init__(self, chain: str) -> None:
        self._chain = chain
        self._number = next((str(n) for n, c in EVM_CHAIN_IDS.items() if c == chain), "")

    def __call__(
        self, work: Callable[[Records], Sifted], *adapt: Callable[[Records], Records]
    ) -> Callable[[Records], Sifted]:
        def checked(records: Records) -> Sifted:
            for number in pc.unique(records.columns["chain_id"]).to_pylist():
                if number != self._number:
                    raise InputRefused(
                        f"{records.file}: chain_id: expected {self._number} ({self._chain}) as in "
                        f"the other records of the batch, found {number[:40]!r}"
                    )
            for step in adapt:
                records = step(records)
            return work(records)

        return checked


def _chain(raw: RawSet) -> str:
    """The chain that the first readable file names; the option may only say the same."""
    stated = raw.options.get("chain")
    if stated is not None and stated not in EVM_CHAIN_IDS.values():
        known = ", ".join(c for c in CHAINS if c in EVM_CHAIN_IDS.values())
        raise InputRefused(f"{raw.source}: option chain is {stated!r}, expected one of {known}")
    for file in raw.files:
        try:
            number = next(_chain_ids(file), None)
        except InputRefused:
            continue  # it is refused, or left out, where it is read
        if number is None:
            continue
        named = EVM_CHAIN_IDS.get(int(number)) if number.isdigit() else None
        if named is None or stated not in (None, named):
            known = ", ".join(f"{n} ({c})" for n, c in EVM_CHAIN_IDS.items())
            expected = f"that of {stated}" if named else f"one of {known}"
            raise InputRefused(
                f"{raw.source} {file.name}: chain_id: expected {expected}, found {number[:40]!r}"
            )
        return named
    return stated or "ethereum"


def _chain_ids(file: RawFile) -> Iterator[str]:
    """Chain of the first record of each part of a file."""
    for part in parts_of(file, FORMS, lists=_LISTS):
        if isinstance(part, str):
            continue
        reading = part.records()
        for piece in reading:
            records = reading.read(piece)
            if records.columns.num_rows:
                yield records.columns["chain_id"][0].as_py()
                break
