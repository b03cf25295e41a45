"""Transfers on Solana: dumps of Bitquery, downloads and answers of Solscan.

In: a file or a folder of JSON, JSON lines, CSV or Parquet, told apart by its columns. Out:
``staged.transfers`` and, where tokens are described, ``staged.assets``. Addresses and signatures
are base58 and stay as they are: letter case counts.

Tokens lie in token accounts that belong to an owner. Where the export tells the owner, the owner
pays and is paid (``is_owner_known``); where it does not, the token account stands there, counted
by a warning. Bitquery's transfers are placed by instruction and path of calls. Solscan's rows have
no index; its download is capped at 5,000 rows, so a file of exactly as many is reported as cut. Its
columns are known from two public tools' documentation of the site, not from a specimen; the
site's older downloads (balance changes) are not read.
"""

from transforms.readers import bitquery, bitquery_forms, solscan, vendor
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="solana",
    family=Family.TRANSFERS,
    publisher="Bitquery or Solscan, by whoever exported",
    page="https://github.com/bitquery/blockchain-cloud-data-dump-sample",
    format="json, jsonl, csv, parquet",
    licence="chain data; the vendor's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".json", ".jsonl", ".csv", ".parquet", ".json.gz", ".jsonl.gz", ".csv.gz"),
    headers=(
        ("Transaction_Signature", "Instruction_CallPath", "Transfer_Sender_Address"),
        ("Signature", "Block Time", "Action", "From", "To", "Amount", "Token Address"),
        ("trans_id", "block_id", "activity_type", "from_address", "token_address"),
    ),
)

_CAP = 5_000


def parse(raw: RawSet, batch: Batch) -> None:
    """One transfer per record, and the fee once per transaction where it stands there."""
    files = vendor.Files(
        raw,
        batch,
        (bitquery_forms.SOLANA_TRANSFERS, solscan.DOWNLOAD, solscan.ANSWER),
        lists=("data",),
    )
    assets = vendor.Assets()
    site = solscan.Rows(assets)
    files.read(bitquery_forms.SOLANA_TRANSFERS.name, bitquery.Rows(assets).solana_transfers)
    before = batch.rows_read
    files.read(solscan.DOWNLOAD.name, site.download)
    downloads = sum(p.form is solscan.DOWNLOAD for p in files.parts)
    if downloads == 1 and batch.rows_read - before == _CAP:
        batch.warn("download of exactly 5,000 rows: the site cuts longer ones")
    files.read(solscan.ANSWER.name, site.answer)
    assets.stage(batch)
