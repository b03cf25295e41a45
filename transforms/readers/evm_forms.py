"""The files an ethereum-etl export consists of, told apart by their header.

Column names as documented at https://ethereum-etl.readthedocs.io/en/latest/schema/. File names say
nothing: people rename, split and merge exports. Streamed exports (JSON lines) carry the receipt in
the transaction and block facts in every record; both are optional columns here.
"""

import codecs
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.jsonl import JsonLines
from transforms.readers.records import Records, Slice
from transforms.readers.unpack import contents
from transforms.sources.base import RawFile

_STREAMED = "type item_id item_timestamp"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: columns it must have, may have and are read, and are known but not read."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    unread: frozenset[str]

    @property
    def read(self) -> tuple[str, ...]:
        """Columns that are read where the file has them."""
        return self.required + self.optional


def _form(name: str, required: str, optional: str, unread: str) -> Form:
    known = frozenset(f"{unread} {_STREAMED}".split())
    return Form(name, tuple(required.split()), tuple(optional.split()), known)


FORMS = (
    _form(
        "transactions",
        "hash block_number transaction_index from_address to_address value",
        "nonce block_hash block_timestamp gas_price receipt_status receipt_gas_used "
        "receipt_effective_gas_price receipt_contract_address receipt_l1_fee",
        "gas input max_fee_per_gas max_priority_fee_per_gas transaction_type "
        "receipt_cumulative_gas_used receipt_root receipt_l1_gas_used receipt_l1_gas_price "
        "receipt_l1_fee_scalar max_fee_per_blob_gas blob_versioned_hashes receipt_blob_gas_price "
        "receipt_blob_gas_used",
    ),
    _form(
        "token_transfers",
        "token_address from_address to_address value transaction_hash log_index block_number",
        "block_timestamp block_hash",
        "",
    ),
    _form(
        "traces",
        "block_number transaction_index from_address to_address value trace_type trace_address",
        "transaction_hash call_type reward_type error status block_timestamp block_hash",
        "input output gas gas_used subtraces trace_id trace_index",
    ),
    _form(
        "receipts",
        "transaction_hash transaction_index block_number gas_used status",
        "effective_gas_price contract_address l1_fee",
        "block_hash cumulative_gas_used root l1_gas_used l1_gas_price l1_fee_scalar "
        "blob_gas_price blob_gas_used",
    ),
    _form(
        "blocks",
        "number hash timestamp",
        "transaction_count",
        "parent_hash nonce sha3_uncles logs_bloom transactions_root state_root receipts_root miner "
        "difficulty total_difficulty size extra_data gas_limit gas_used "
        "base_fee_per_gas withdrawals_root withdrawals blob_gas_used excess_blob_gas",
    ),
    _form(
        "logs",
        "log_index transaction_hash address topics block_number",
        "",
        "transaction_index block_hash data block_timestamp",
    ),
    _form(
        "tokens",
        "address symbol decimals",
        "",
        "name total_supply block_number block_timestamp block_hash",
    ),
    _form(
        "contracts",
        "address is_erc20 is_erc721",
        "",
        "bytecode function_sighashes block_number block_timestamp block_hash",
    ),
)


def form_of(header: Sequence[str], name: str) -> Form:
    """The form a header belongs to; refused where it is none of them or lacks a column."""
    have = set(header)
    fitting = [f for f in FORMS if have.issuperset(f.required)]
    # Traces have all columns of receipts: the form that asks for most is meant.
    fitting = [f for f in fitting if len(f.required) == max(len(g.required) for g in fitting)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputRefused(
            f"{name} line 1: the header fits {' and '.join(f.name for f in fitting)}; expected one"
        )
    nearest = max(FORMS, key=lambda f: len(have & set(f.required)) / len(f.required))
    missing = [c for c in nearest.required if c not in have]
    if len(missing) * 2 <= len(nearest.required):
        raise InputRefused(
            f"{name} line 1: column {', '.join(missing)} is missing; the header looks like "
            f"{nearest.name} and has {', '.join(header)}"
        )
    known = "; ".join(f"{f.name} ({', '.join(f.required)})" for f in FORMS)
    raise InputRefused(
        f"{name} line 1: expected the header of one of {known}; found {', '.join(header)[:300]}"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the export, or a member of an archive, and what it is."""

    file: RawFile
    member: int
    name: str
    form: Form
    header: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Columns to read."""
        return [c for c in self.form.read if c in self.header]

    def records(self) -> "Reading":
        """The part's slices and how each is read."""
        return Reading(self)


class Reading:
    """Iterates a part's slices; ``read`` turns each into records, in any thread."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._sheet: CsvFile | JsonLines | None = None

    def __iter__(self) -> Iterator[Slice]:
        member = self.part.member
        with closing(contents(self.part.file.path, self.part.file.name)) as opened:
            for name, stream in islice(opened, member, member + 1):
                self._sheet = _sheet(stream, name)
                yield from self._sheet.slices()

    def read(self, piece: Slice) -> Records:
        """Records of a slice."""
        if self._sheet is None:
            raise RuntimeError("a slice is read while its file is open")
        return self._sheet.records(piece, self.part.columns)


def parts_of(file: RawFile) -> Iterator[Part | str]:
    """What a received file consists of; the name alone where there are no bytes."""
    with closing(contents(file.path, file.name)) as opened:
        for member, (name, stream) in enumerate(opened):
            sheet = _sheet(stream, name)
            if sheet.is_empty:
                yield name
            else:
                yield Part(file, member, name, form_of(sheet.header, name), sheet.header)


def _sheet(stream: io.BufferedReader, name: str) -> CsvFile | JsonLines:
    start = stream.peek(64).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if start == b"{":
        return JsonLines(stream, name)
    if start == b"[":
        raise InputRefused(f"{name}: expected JSON lines, one object per line, found a JSON array")
    if start == b"<":
        raise InputRefused(f"{name}: expected a CSV or JSON lines export, found a web page or XML")
    return CsvFile(stream, name)
