"""Google's public data set ``bigquery-public-data.crypto_ethereum`` and its twins on other chains.

In: exports of its tables transactions, token_transfers, traces, logs, blocks, tokens and contracts,
as Parquet, CSV or JSON lines, one file or a folder of shards, told apart by their columns (schemas:
https://github.com/blockchain-etl/ethereum-etl-airflow/tree/master/dags/resources/stages/raw/schemas).
Out: ``staged.transfers``, and ``staged.assets`` from the table tokens. The columns are those of
ethereum-etl, every row has its block's time, and transactions carry their receipt.

``value`` is NUMERIC in transactions and traces: 38 digits, of which nine stand behind the point,
and NULL where 29 digits in front of it do not suffice (pull request 757 of ethereum-etl-airflow).
Such a row is rejected, as is an amount in scientific notation or in a double beyond 2^53: its last
digits are lost. BigQuery writes no arrays into CSV, so that logs come as Parquet or JSON.

Not seen here: an export of the data set itself; columns and types are those of the schemas.
"""

from typing import Final

from transforms.readers.evm_export import stage_export
from transforms.readers.evm_forms import FORMS, KINDS, headers
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="bigquery_ethereum",
    family=Family.TRANSFERS,
    publisher="Google Cloud Public Datasets, filled with ethereum-etl",
    page="https://console.cloud.google.com/marketplace/product/ethereum/crypto-ethereum-blockchain",
    format="parquet, csv, jsonl",
    licence="chain data; Google's terms for public data sets",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".parquet", ".csv", ".json", ".jsonl", ".ndjson"),
    kinds=KINDS,
    options=("chain",),
    families=("evm",),
    # Rows of the data set say their block's time and hash; only its blocks look like an export's.
    headers=(*headers("block_timestamp", "block_hash"), *headers(form="blocks")),
)

_NULL: Final = (
    "is NULL, which BigQuery's NUMERIC leaves where an amount is too large; cast it to STRING from "
    "a table that has it"
)


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per transaction, Transfer event and trace."""
    stage_export(raw, batch, FORMS, empty_value=_NULL)
