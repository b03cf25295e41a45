"""Exports of ethereum-etl: transactions, token transfers and traces with their side files.

In: a file or a folder of CSV or JSON lines, plain or compressed, told apart by their header; see
https://ethereum-etl.readthedocs.io/en/latest/schema/. Out: ``staged.transfers``, and
``staged.assets`` from a token list. Blocks give times, receipts status and fees, logs and contracts
tell token ids from amounts; all are optional.

A file that is none of these or cannot be read is left out, and the others are taken without it.
A file of 0 bytes is what ethereum-etl writes for a range without rows, and what a failed export
leaves. Beside files with rows it is taken as empty; alone, or beside blocks that count
transactions, it is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from transforms.chains import CHAINS
from transforms.errors import FileRefused, InputRefused
from transforms.readers.evm_forms import Part, parts_of
from transforms.readers.evm_rows import TRANSFERS, Rows
from transforms.readers.evm_sides import Sides
from transforms.readers.evm_traces import Traces
from transforms.readers.records import Records, Slice, in_order
from transforms.readers.sieve import Sifted, deliver
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="ethereum_etl",
    family=Family.TRANSFERS,
    publisher="Whoever ran ethereum-etl or took part in its data sets",
    page="https://github.com/blockchain-etl/ethereum-etl",
    format="csv, jsonl",
    licence="chain data; the exporter's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson"),
    options=("chain",),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Side files first, because rows look things up in them; then one row per record."""
    sides = Sides(_chain(raw))
    parts, is_any_empty = _parts(raw, batch)
    for form, read in (
        ("blocks", sides.read_blocks),
        ("receipts", sides.read_receipts),
        ("logs", sides.read_logs),
        ("contracts", sides.read_contracts),
        ("tokens", sides.read_tokens),
    ):
        for found in _sifted(parts, form, read):
            deliver(found, batch, is_main=False)
            sides.take(found)
    sides.close()
    _complete(raw, parts, is_any_empty, sides)
    rows = Rows(sides)
    traces = Traces(sides, batch) if any(p.form.name == "traces" for p in parts) else None
    missing = sides.declared_transactions
    for found in _sifted(parts, "transactions", rows.transactions):
        missing -= found.count
        deliver(found, batch)
        if traces:
            traces.take_transactions(found)
    if missing > 0 and any(p.form.name == "transactions" for p in parts):
        batch.warn("transactions that the blocks count and the export lacks", missing)
    for found in _sifted(parts, "token_transfers", rows.token_transfers):
        deliver(found, batch)
    if traces:
        for found in _sifted(parts, "traces", traces.read):
            deliver(found, batch)
            traces.take(found)
        for table in traces.rows():
            batch.add_table(TRANSFERS, table)


def _chain(raw: RawSet) -> str:
    chain = raw.options.get("chain", "ethereum")
    if chain not in CHAINS or CHAINS[chain].family != "evm":
        known = ", ".join(c.name for c in CHAINS.values() if c.family == "evm")
        raise InputRefused(f"{raw.source}: option chain is {chain!r}, expected one of {known}")
    return chain


def _parts(raw: RawSet, batch: Batch) -> tuple[list[Part], bool]:
    """What the files are, by name, and whether one of them has no bytes."""
    parts: list[Part] = []
    is_any_empty = False
    for file in raw.files:
        try:
            found = list(parts_of(file))
        except InputRefused as e:
            if len(raw.files) == 1:
                raise
            batch.refuse(str(e), file=file.name)
            continue
        for part in found:
            if isinstance(part, str):
                is_any_empty = True
                batch.warn("file of 0 bytes")
                continue
            parts.append(part)
            known = part.form.unread.union(part.form.read)
            for column in sorted(set(part.header) - known):
                batch.warn(f"{part.form.name}: unknown column {column[:80]}")
    return sorted(parts, key=lambda p: (p.name, p.member)), is_any_empty


def _complete(raw: RawSet, parts: Sequence[Part], is_any_empty: bool, sides: Sides) -> None:
    """Refuse an export that cannot be whole."""
    names = ", ".join(f.name for f in raw.files)
    if not parts and not is_any_empty:
        raise InputRefused(f"{raw.source}: none of the files can be read")
    if not parts:
        raise InputRefused(
            f"{raw.source} {names}: 0 bytes; an export without rows can't be told from a failed "
            "one, ingest it together with its blocks file"
        )
    forms = {p.form.name for p in parts}
    if forms & {"transactions", "token_transfers", "traces", "tokens"}:
        return
    if not is_any_empty:
        raise InputRefused(
            f"{raw.source} {names}: {', '.join(sorted(forms))} alone move nothing; expected "
            "transactions, token_transfers, traces or tokens beside them"
        )
    if sides.declared_transactions or "blocks" not in forms:
        raise InputRefused(
            f"{raw.source} {names}: a file of 0 bytes, but its range is not empty: expected "
            f"{sides.declared_transactions or 'a blocks file that counts 0'} transactions"
        )


def _sifted(
    parts: Sequence[Part], form: str, work: Callable[[Records], Sifted]
) -> Iterator[Sifted]:
    """Slices of the parts of one form, worked on in threads, in the files' order."""
    for part in parts:
        if part.form.name == form:
            reading = part.records()
            try:
                yield from in_order(partial(_work, reading.read, work), reading)
            except InputRefused as e:
                raise FileRefused(part.file.name, str(e)) from e


def _work(
    read: Callable[[Slice], Records], work: Callable[[Records], Sifted], piece: Slice
) -> Sifted:
    return work(read(piece))
