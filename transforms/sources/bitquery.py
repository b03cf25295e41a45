"""Bitquery's data dumps of EVM chains, Bitcoin and the Omni layer.

In: a file or a folder of JSON, JSON lines, CSV or Parquet with the columns of
https://github.com/bitquery/blockchain-cloud-data-dump-sample. Out: ``staged.transfers`` and, where
tokens are described, ``staged.assets``. Dumps of Tron and Solana are the sources ``tron`` and
``solana``; the columns are read in ``readers/bitquery.py``.

An EVM dump does not name its chain. The option ``chain`` does; without it the coin's symbol and
registered tokens of each file must leave exactly one chain, or one that files beside it are of.
Bitcoin's inputs and outputs are dumps of their own and hold no fee: ingest both, or half of each
transaction is missing. The samples hold one record per form; values of columns that vary there are
known from them alone.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files as package_files

import pyarrow as pa

from transforms.chains import CHAINS
from transforms.errors import InputRefused
from transforms.readers import bitquery, bitquery_forms, vendor
from transforms.readers.bitquery_bitcoin import BitcoinRows
from transforms.readers.forms import Part
from transforms.readers.sieve import one_chunk
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="bitquery",
    family=Family.TRANSFERS,
    publisher="Bitquery",
    page="https://github.com/bitquery/blockchain-cloud-data-dump-sample",
    format="json, jsonl, csv, parquet",
    licence="Bitquery's terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".json", ".jsonl", ".csv", ".parquet", ".json.gz", ".jsonl.gz", ".csv.gz"),
    options=("chain",),
    headers=(
        ("Transfer_Sender", "Transfer_Receiver", "Transfer_Type", "Transfer_Currency_*"),
        ("tx_hash", "input_index", "input_address", "value_decimal"),
        ("tx_hash", "output_index", "output_address", "value_decimal"),
        ("tx_hash", "currency_token_id", "transfer_from", "transfer_to"),
    ),
)

_FORMS = (
    bitquery_forms.EVM_TRANSFERS,
    bitquery_forms.BITCOIN_INPUTS,
    bitquery_forms.BITCOIN_OUTPUTS,
    bitquery_forms.OMNI_TRANSFERS,
)
# Bitquery still calls some coins as they were called before.
_SYMBOLS = {"matic": "pol"}


def parse(raw: RawSet, batch: Batch) -> None:
    """One movement per record, and the fee where a record is the transaction's own."""
    found = vendor.Files(raw, batch, _FORMS)
    assets = vendor.Assets()
    bitcoin = BitcoinRows(assets)
    for part, chain in _chains(raw, found.parts, batch):
        found.read_part(part, bitquery.Rows(assets, chain).evm_transfers)
    if batch.refused and not batch.rows_read and len(batch.refused) == len(found.parts):
        raise InputRefused("; ".join(batch.refused.values()))
    found.read(bitquery_forms.BITCOIN_INPUTS.name, bitcoin.bitcoin_inputs)
    found.read(bitquery_forms.BITCOIN_OUTPUTS.name, bitcoin.bitcoin_outputs)
    found.read(bitquery_forms.OMNI_TRANSFERS.name, bitcoin.omni_transfers)
    sides = {bitquery_forms.BITCOIN_INPUTS.name, bitquery_forms.BITCOIN_OUTPUTS.name}
    if len(sides & {p.form.name for p in found.parts}) == 1:
        batch.warn("inputs or outputs alone: half of each transaction is missing", batch.rows_read)
    assets.stage(batch)


def _chains(raw: RawSet, parts: Iterable[Part], batch: Batch) -> Iterator[tuple[Part, str]]:
    """Files of an EVM chain and which, by the option or by what the transfers are of.

    A file whose transfers fit several chains is of the one that the files beside it are of.
    """
    known = [c.name for c in CHAINS.values() if c.family == "evm"]
    said = raw.options.get("chain")
    if said and said not in known:
        raise InputRefused(
            f"{raw.source}: option chain is {said!r}, expected one of {', '.join(known)}"
        )
    dumps = [p for p in parts if p.form is bitquery_forms.EVM_TRANSFERS]
    if said:
        yield from ((part, said) for part in dumps)
        return
    found = [(part, _of_file(part)) for part in dumps]
    told = {chain for _, fitting in found if len(fitting) == 1 for chain in fitting}
    for part, fitting in found:
        own = fitting if len(fitting) == 1 else fitting & told
        if len(own) == 1:
            yield part, next(iter(own))
            continue
        reason = (
            f"{part.name}: which chain? its transfers fit "
            f"{', '.join(c for c in known if c in fitting) or 'none'}; say it with --chain"
        )
        if len(raw.files) == 1:
            raise InputRefused(f"{raw.source} {reason}")
        batch.refuse(reason, file=part.file.name)


def _of_file(part: Part) -> set[str]:
    """Chains that a file's first records may be of."""
    reading = part.records()
    return next((_fitting(reading.read(piece).columns) for piece in reading), set())


def _fitting(columns: pa.Table) -> set[str]:
    """Chains that have all the coins and registered tokens of some rows."""
    fitting = {c.name for c in CHAINS.values() if c.family == "evm"}
    contracts = one_chunk(columns["Transfer_Currency_SmartContract"]).to_pylist()
    natives: set[str] = set()
    if "Transfer_Currency_Symbol" in columns.column_names:
        symbols = one_chunk(columns["Transfer_Currency_Symbol"]).to_pylist()
        natives = {
            symbol.lower()
            for contract, symbol in zip(contracts, symbols, strict=True)
            if contract in ("", "0x")
        }
    for symbol in natives:
        ticker = _SYMBOLS.get(symbol, symbol)
        fitting &= {c.name for c in CHAINS.values() if c.ticker == ticker}
    for contract in set(contracts):
        if chains := _registered().get(contract.lower()):
            fitting &= chains
    return fitting


@cache
def _registered() -> dict[str, set[str]]:
    """Chains of each registered token."""
    text = package_files("transforms").joinpath("seeds/assets.csv").read_text("utf-8")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["contract"].lower(), set()).add(row["chain"])
    return found
