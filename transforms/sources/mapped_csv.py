"""Any vendor's CSV of transfers, read through a mapping that the user writes.

In: a CSV, plain or compressed, and the option ``mapping``, a TOML (see ``readers/mapping_file.py``)
whose bytes are part of the batch: one file under two mappings is two batches. Out:
``staged.transfers``; ``staged.assets`` where the mapping describes its asset;
``staged.address_labels`` where it names label columns.

Without a position of its own a transfer's position is its row in the file, so that the same file
always gives the same keys. That two files overlap can't be seen here; core can, and says so.
Times that a clock showed twice (end of summer time) are taken as the first.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean import columns as clean
from transforms.clean.amounts import scaled
from transforms.clean.bounds import MAX_BLOCK
from transforms.errors import InputRefused
from transforms.readers.csv import CsvFile
from transforms.readers.mapped_times import times
from transforms.readers.mapping import KINDS, Mapping
from transforms.readers.mapping_file import read_mapping
from transforms.readers.records import Slice, in_order
from transforms.readers.sieve import Sieve, Sifted, deliver
from transforms.readers.unpack import contents
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="mapped_csv",
    family=Family.TRANSFERS,
    publisher="Any vendor; the mapping names it",
    page="https://en.wikipedia.org/wiki/Comma-separated_values",
    format="csv",
    licence="the vendor's own terms",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".tsv", ".txt"),
    options=("mapping",),
)

# Positions and places in a block; far more than any block holds.
_MAX_PLACE = 10**12
_ROWS, _LABELS = "staged.transfers", "staged.address_labels"


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per record."""
    if "mapping" not in raw.options:
        raise InputRefused(f"{raw.source}: expected the option mapping, a TOML file; found none")
    mapping = read_mapping(Path(raw.options["mapping"]))
    said: set[tuple[str, str]] = set()
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            sheet = CsvFile(stream, name, delimiter=mapping.delimiter, encoding=mapping.encoding)
            if sheet.is_empty:
                raise InputRefused(f"{raw.source} {name}: expected a CSV, found 0 bytes")
            mapping.check_header(sheet.header, name)
            reader = _Reader(mapping, sheet)
            for found in in_order(reader.read, sheet.slices()):
                deliver(found, batch)
                for labels in found.tables["labels"]:
                    batch.add_table(_LABELS, _unsaid(labels, said))
    _describe_asset(mapping, batch)


def _describe_asset(mapping: Mapping, batch: Batch) -> None:
    if mapping.asset and "asset" in mapping.constants and "chain" in mapping.constants:
        batch.add(
            "staged.assets",
            {
                "asset": mapping.constants["asset"],
                "chain": mapping.constants["chain"],
                "symbol": mapping.asset.symbol,
                "decimals": mapping.asset.decimals,
                "is_stablecoin": mapping.asset.is_stablecoin,
                "asset_basis": "mapping",
                "record_id": f"mapping {mapping.name}",
            },
        )


def _unsaid(labels: pa.Table, said: set[tuple[str, str]]) -> pa.Table:
    """Labels that no earlier record of the batch gave the same address."""
    keys = list(zip(labels["address"].to_pylist(), labels["label"].to_pylist(), strict=True))
    keep = []
    for key in keys:
        keep.append(key not in said)
        said.add(key)
    return labels.filter(pa.array(keep, pa.bool_()))


class _Reader:
    """Slices of one file → rows, as the mapping says."""

    def __init__(self, mapping: Mapping, sheet: CsvFile) -> None:
        self._mapping = mapping
        self._sheet = sheet

    def read(self, piece: Slice) -> Sifted:
        m = self._mapping
        s = Sieve(self._sheet.records(piece, m.sources))
        chain = self._chain(s)
        rows = {"chain": chain, "kind": self._kind(s)}
        for column, at_most in (
            ("block_number", MAX_BLOCK),
            ("transaction_index", _MAX_PLACE),
            ("position", _MAX_PLACE),
        ):
            if column in m.columns:
                rows[column] = self._taken(s, column, partial(_integers, at_most=at_most))
        for column in ("block_hash", "transaction_hash"):
            if column in m.columns:
                is_hex = m.columns[column].type == "hex32"
                rows[column] = self._taken(s, column, clean.hashes if is_hex else _texts)
        is_placed = pc.is_valid(rows["position"]) if "position" in m.columns else False
        rows["position_basis"] = pc.if_else(is_placed, pa.repeat("index", s.size), "column")
        if m.is_position_file_row:
            rows["position"] = pc.subtract(s.records.lines, 1)
            rows["position_basis"] = pa.repeat("part" if m.is_part else "row", s.size)
        if "block_timestamp" in m.columns:
            read = partial(times, m.columns["block_timestamp"])
            found = self._taken(s, "block_timestamp", read)
            rows |= {"block_timestamp": found, "block_date": pc.cast(found, pa.date32())}
        rows |= self._asset(s, chain)
        nobodies = []
        for column, kind in (("from_address", "mint"), ("to_address", "burn")):
            rows[column], is_nobody = clean.without_zero_address(self._addresses(s, column))
            nobodies.append(is_nobody)
            is_issue = pc.and_(is_nobody, pc.equal(rows["kind"], "token"))
            rows["kind"] = pc.if_else(is_issue, kind, rows["kind"])
        rows |= self._value(s)
        # From nobody to nobody nothing moves.
        rows["is_effective"] = pc.invert(pc.and_(*nobodies))
        rows["is_status_known"] = pa.repeat(pa.scalar(False), s.size)
        self._check_place(s, rows)
        labels = [self._labels(s, chain, x.address, x.label) for x in m.labels]
        return s.sifted({_ROWS: [s.kept(rows)], "labels": labels})

    def _taken(self, s: Sieve, column: str, work: Callable[[pa.Array], clean.Cleaned]) -> pa.Array:
        source = self._mapping.columns[column].source
        return s.optional(source, work(s.text(source)))

    def _chain(self, s: Sieve) -> pa.Array:
        if "chain" in self._mapping.constants:
            return pa.repeat(self._mapping.constants["chain"], s.size)
        source = self._mapping.columns["chain"].source
        return s.required(source, clean.each(s.text(source), _word))

    def _kind(self, s: Sieve) -> pa.Array:
        if "kind" in self._mapping.constants:
            return pa.repeat(self._mapping.constants["kind"], s.size)
        source = self._mapping.columns["kind"].source
        return s.required(source, clean.each(s.text(source), _known_kind))

    def _asset(self, s: Sieve, chain: pa.Array) -> dict[str, pa.Array]:
        m = self._mapping
        found = {}
        if "contract" in m.columns:
            found["contract"] = self._addresses(s, "contract")
        if "asset" in m.constants:
            found["asset"] = pa.repeat(m.constants["asset"], s.size)
        elif "asset" in m.columns:
            source = m.columns["asset"].source
            found["asset"] = s.required(source, _texts(s.text(source)))
        else:
            source = m.columns["contract"].source
            s.refuse(np.asarray(found["contract"].is_null()), f"{source}: is missing")
            found["asset"] = pc.binary_join_element_wise(chain, found["contract"], ":")
        # Whoever gives an asset decimals says that its amounts add up.
        is_money = m.asset is not None or m.constants.get("kind") in ("native", "fee", "reward")
        found["is_fungible"] = pa.repeat(pa.scalar(True if is_money else None, pa.bool_()), s.size)
        return found

    def _addresses(self, s: Sieve, column: str) -> pa.Array:
        m = self._mapping
        if m.columns[column].type == "text":
            return self._taken(s, column, _texts)
        if "chain" in m.constants:
            found = self._taken(s, column, partial(clean.addresses, chain=m.constants["chain"]))
        else:
            found = self._by_chain(s, m.columns[column].source)
        return found

    def _by_chain(self, s: Sieve, source: str) -> pa.Array:
        """Addresses of a file whose rows lie on several chains."""
        chains = s.text(self._mapping.columns["chain"].source)
        texts = s.text(source)
        values = texts
        for chain in pc.unique(chains).to_pylist():
            rows = pc.equal(chains, chain)
            found = clean.addresses(texts.filter(rows), chain.strip())
            places = np.flatnonzero(np.asarray(rows))
            faults = {int(places[n]): reason for n, reason in found.faults.items()}
            values = pc.replace_with_mask(values, rows, found.values)
            s.optional(source, clean.Cleaned(values, faults, found.odd))
        return values

    def _value(self, s: Sieve) -> dict[str, pa.Array]:
        column = self._mapping.columns["value"]
        texts = s.text(column.source)
        is_exact = pa.repeat(pa.scalar(True), s.size)
        asset = self._mapping.asset
        if column.type == "base_units" or asset is None:
            found = clean.amounts(texts)
        else:
            found = clean.each(texts, partial(scaled, decimals=asset.decimals))
            if asset.may_truncate and found.faults:
                cut = partial(scaled, decimals=asset.decimals, may_truncate=True)
                truncated = clean.each(texts, cut)
                was_cut = [n in found.faults for n in range(s.size)]
                is_exact = pc.invert(pa.array(was_cut, pa.bool_()))
                found = truncated
        values = s.required(column.source, found)
        return {
            "value": values,
            "value_d38": clean.d38(values),
            "has_wide_value": clean.is_wide(values),
            "is_exact": is_exact,
        }

    def _check_place(self, s: Sieve, rows: dict[str, pa.Array]) -> None:
        """A transfer without block and time has no place in the order, one without parties none."""
        has_none = np.ones(s.size, np.bool_)
        for column in ("block_number", "block_timestamp"):
            if column in rows:
                has_none &= np.asarray(rows[column].is_null())
        s.refuse(has_none, "neither block number nor time")
        lacks_both = pc.and_(rows["from_address"].is_null(), rows["to_address"].is_null())
        names = ", ".join(self._mapping.columns[c].source for c in ("from_address", "to_address"))
        is_nobodys = pc.and_(lacks_both, rows["is_effective"])
        s.refuse(np.asarray(is_nobodys), f"{names}: neither sender nor receiver")
        if not self._mapping.is_position_file_row:
            source = self._mapping.columns["position"].source
            s.refuse(np.asarray(rows["position"].is_null()), f"{source}: is missing")

    def _labels(self, s: Sieve, chain: pa.Array, address: str, label: str) -> pa.Table:
        """What the vendor calls an address; a fault in it is the transfer's fault already."""
        if "chain" in self._mapping.constants:
            found = clean.addresses(s.text(address), self._mapping.constants["chain"]).values
        else:
            found = clean.each(s.text(address), str.strip).values
        rows = s.kept(
            {
                "chain": chain,
                "address": found,
                "label": pc.utf8_trim_whitespace(s.text(label)),
                "labeller": pa.repeat(self._mapping.name, s.size),
            }
        )
        has_both = pc.and_(pc.is_valid(rows["address"]), pc.not_equal(rows["label"], ""))
        return rows.filter(has_both)


def _integers(texts: pa.Array, at_most: int) -> clean.Cleaned:
    return clean.integers(texts, at_most=at_most)


def _texts(texts: pa.Array) -> clean.Cleaned:
    return clean.each(texts, lambda t: t.strip() or None)


def _word(text: str) -> str | None:
    return text.strip().lower() or None


def _known_kind(text: str) -> str:
    found = text.strip().lower()
    if found not in KINDS:
        raise ValueError(f"unknown kind {text[:40]!r}, expected {', '.join(KINDS)}")
    return found
