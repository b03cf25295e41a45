"""An EVM export of several files on its way into ``staged.transfers``.

Side files first, because rows look things up in them; then one row per record. Whoever exported may
have left out any of the files: without token transfers the logs are decoded, without traces the
transactions alone move the coin, and blocks, receipts, contracts and token lists are optional.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import pyarrow as pa

from transforms.chains import CHAINS
from transforms.errors import InputRefused
from transforms.readers.evm_blocks import BLOCKS, BlockBooks
from transforms.readers.evm_rows import Rows
from transforms.readers.evm_sides import TRANSFERS, Sides
from transforms.readers.evm_traces import Traces
from transforms.readers.forms import Form, readable_parts
from transforms.readers.records import Records
from transforms.readers.sieve import Sifted, deliver
from transforms.sources.base import RawSet
from transforms.sources.batch import Batch

# Any of these is a reason to read the export; the others only say something of them.
_MOVING: Final = frozenset(
    {"transactions", "token_transfers", "logs", "traces", "tokens", "native_transfers", "nfts"}
)


class Collector(Protocol):
    """Takes slices of records and then gives the rows of all of them."""

    def take(self, found: Sifted) -> None:
        """Keep a slice."""

    def rows(self) -> Iterator[pa.Table]:
        """All rows, once every slice was taken."""


class Export:
    """The files of one batch, what each is, and what its side files say."""

    def __init__(
        self,
        raw: RawSet,
        batch: Batch,
        forms: Sequence[Form],
        *,
        chain: str | None = None,
        empty_value: str = "",
        lists: tuple[str, ...] | None = None,
        is_of_blocks: bool = False,
    ) -> None:
        """``is_of_blocks`` where files hold whole blocks, not what an explorer shows of one."""
        self.raw = raw
        self.batch = batch
        self.sides = Sides(chain or chain_option(raw), empty_value)
        self.rows = Rows(self.sides)
        self.parts, empty = readable_parts(raw, batch, forms, lists)
        self.is_any_empty = bool(empty)
        for _ in empty:
            batch.warn("file of 0 bytes")
        has = frozenset(p.form.name for p in self.parts) if is_of_blocks else frozenset[str]()
        self.books = BlockBooks(batch, self.sides.chain, has)

    def has(self, form: str) -> bool:
        """Whether a file of the form was received."""
        return any(p.form.name == form for p in self.parts)

    def sifted(self, form: str, work: Callable[[Records], Sifted]) -> Iterator[Sifted]:
        """Slices of the parts of one form, worked on in threads, in the files' order."""
        for part in self.parts:
            if part.form.name == form:
                yield from part.sifted(work)

    def read_sides(self, readers: Mapping[str, Callable[[Records], Sifted]]) -> None:
        """Read the side files, form by form, and see that the export can be whole."""
        for form, read in readers.items():
            for found in self.sifted(form, read):
                deliver(found, self.batch, is_main=False)
                if found.rejects:
                    self.batch.warn(f"{form}: records that cannot be read", len(found.rejects))
                self.sides.take(found)
                self.books.take(form, found)
        self.sides.close()
        self._complete()

    def stage(
        self,
        form: str,
        work: Callable[[Records], Sifted],
        take: Callable[[Sifted], object] | None = None,
    ) -> int:
        """Stage the rows of one form, and show each slice to ``take``; tells how many records."""
        count = 0
        for found in self.sifted(form, work):
            count += found.count
            deliver(found, self.batch)
            self.books.take(form, found)
            if take:
                take(found)
        return count

    def stage_collected(
        self, form: str, work: Callable[[Records], Sifted], collector: Collector
    ) -> None:
        """Stage a form whose rows need all records at once."""
        self.stage(form, work, collector.take)
        for table in collector.rows():
            self.batch.add_table(TRANSFERS, table)

    def stage_blocks(self) -> None:
        """Stage what the files say of each block, once all are staged."""
        for table in self.books.rows():
            self.batch.add_table(BLOCKS, table)

    def _complete(self) -> None:
        """Refuse an export that cannot be whole."""
        source = self.raw.source
        names = ", ".join(f.name for f in self.raw.files)
        if not self.parts and not self.is_any_empty:
            raise InputRefused(f"{source}: none of the files can be read")
        if not self.parts:
            raise InputRefused(
                f"{source} {names}: 0 bytes; an export without rows can't be told from a failed "
                "one, ingest it together with its blocks file"
            )
        forms = {p.form.name for p in self.parts}
        if forms & _MOVING or self.sides.withdrawals:
            return
        if not self.is_any_empty:
            raise InputRefused(
                f"{source} {names}: {', '.join(sorted(forms))} alone move nothing; expected "
                "transactions, token_transfers, logs, traces or tokens beside them"
            )
        declared = self.sides.declared_transactions
        if declared or "blocks" not in forms:
            raise InputRefused(
                f"{source} {names}: a file of 0 bytes, but its range is not empty: expected "
                f"{declared or 'a blocks file that counts 0'} transactions"
            )


def stage_export(
    raw: RawSet, batch: Batch, forms: Sequence[Form], *, empty_value: str = ""
) -> None:
    """Stage an export of ethereum-etl, or of a database it fills."""
    export = Export(raw, batch, forms, empty_value=empty_value, is_of_blocks=True)
    sides, rows = export.sides, export.rows
    export.read_sides(
        {
            "blocks": sides.read_blocks,
            "receipts": sides.read_receipts,
            "logs": sides.read_logs,
            "contracts": sides.read_contracts,
            "tokens": sides.read_tokens,
        }
    )
    traces = Traces(sides, batch) if export.has("traces") else None
    found = export.stage(
        "transactions", rows.transactions, traces.take_transactions if traces else None
    )
    missing = sides.declared_transactions - found
    if missing > 0 and export.has("transactions"):
        batch.warn("transactions that the blocks count and the export lacks", missing)
    export.stage("token_transfers", rows.token_transfers)
    if not export.has("token_transfers"):
        export.stage("logs", rows.transfer_logs)
    if traces:
        export.stage_collected("traces", traces.read, traces)
    export.stage_blocks()


def chain_option(raw: RawSet) -> str:
    """The EVM chain that the option names, else Ethereum."""
    chain = raw.options.get("chain", "ethereum")
    if chain not in CHAINS or CHAINS[chain].family != "evm":
        known = ", ".join(c.name for c in CHAINS.values() if c.family == "evm")
        raise InputRefused(f"{raw.source}: option chain is {chain!r}, expected one of {known}")
    return chain
