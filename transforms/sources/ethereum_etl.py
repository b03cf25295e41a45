"""Exports of ethereum-etl: transactions, token transfers and traces with their side files.

In: a file or a folder of CSV, JSON lines or Parquet, plain or compressed, told apart by their
header; see https://ethereum-etl.readthedocs.io/en/latest/schema/. Out: ``staged.transfers``, and
``staged.assets`` from a token list. Blocks give times and withdrawals, receipts status and fees,
logs and contracts tell token ids from amounts; all are optional. Logs without token transfers are
decoded. A stream of several kinds of records in one file is read as if each had its own.

A file that is none of these or cannot be read is left out, and the others are taken without it.
A file of 0 bytes is what ethereum-etl writes for a range without rows, and what a failed export
leaves. Beside files with rows it is taken as empty; alone, or beside blocks that count
transactions, it is refused.
"""

from transforms.readers.evm_export import stage_export
from transforms.readers.evm_forms import FORMS, KINDS, headers
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="ethereum_etl",
    family=Family.TRANSFERS,
    publisher="Whoever ran ethereum-etl or took part in its data sets",
    page="https://github.com/blockchain-etl/ethereum-etl",
    format="csv, jsonl, parquet",
    licence="chain data; the exporter's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson", ".parquet"),
    kinds=KINDS,
    options=("chain",),
    families=("evm",),
    # Streamed records say what they are; but for that they look like BigQuery's.
    headers=(
        *headers(),
        *headers("type", "item_id"),
        *headers("type", "item_id", "block_timestamp", "block_hash"),
    ),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per transaction, Transfer event and trace, and one more per fee and withdrawal."""
    stage_export(raw, batch, FORMS)
