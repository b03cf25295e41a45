"""Transfers on Tron: exports of tronetl, answers of TronGrid and Tronscan, dumps of Bitquery.

In: a file or a folder of CSV, JSON or JSON lines, plain or compressed, told apart by its columns.
Out: ``staged.transfers`` and, where tokens are described, ``staged.assets``.

* tronetl (https://github.com/c0mm4nd/tronetl, SCHEMA.md): transactions, trc10, token_transfers and
  internal_transactions; blocks give times, tokens decimals, contracts tell token ids from amounts
  (what else it writes says nothing of transfers). Columns as its source writes them; no
  bundled specimen. Receipts name no payer, so fees stay unknown.
* TronGrid ``/v1/accounts/…/transactions`` (addresses as ``41…``, one contract per transaction, its
  fee, internal transactions between them) and ``…/transactions/trc20`` (base58, no log index).
* Tronscan's interface (``token_transfers``, or ``data`` for the coin) and its CSV download, whose
  columns From, To, Amount/TokenID, Token and Time(UTC) are known from a tool that reads it; the
  rest of its header, and that amounts are in whole units, is unverified.
* Bitquery's dumps of transfers and of transactions; the latter only say what fees were paid.

Rows without an index in their transaction are told apart by their order in the file.
"""

from transforms.errors import InputRefused
from transforms.readers import bitquery, bitquery_forms, evm_forms
from transforms.readers.forms import Form
from transforms.readers.tron_rows import Rows
from transforms.readers.tron_sites import Sites
from transforms.readers.vendor import Files
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="tron",
    family=Family.TRANSFERS,
    publisher="tronetl, TronGrid, Tronscan or Bitquery, by whoever exported",
    page="https://github.com/c0mm4nd/tronetl",
    format="csv, json, jsonl",
    licence="chain data; the exporter's or vendor's own terms",
    cadence=None,
    grouping=Grouping.FOLDER,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".json", ".jsonl", ".ndjson", ".csv.gz", ".json.gz", ".jsonl.gz"),
    kinds=(*evm_forms.KINDS, "trc10", "internal_transactions", "accounts"),
    headers=(
        ("block", "hash", "ownerAddress", "toAddress", "contractType", "tokenInfo"),
        ("transaction_id", "token_info", "block_timestamp", "from", "to", "value"),
        ("txID", "raw_data", "block_timestamp"),
        ("transaction_id", "quant", "from_address", "to_address", "contract_address"),
        ("From", "To", "Amount/TokenID", "Token"),
        ("Transfer_Sender", "Transfer_Receiver", "Transfer_Success", "Contract_Type"),
        ("Transaction_FeePayer", "Transaction_FeeLimit", "Witness_Address"),
        ("block_number", "transaction_hash", "contract_call_index", "asset_name"),
        ("caller_address", "transferTo_address", "call_value", "rejected"),
        ("fee_limit", "transaction_expiration", "from_address", "to_address", "value"),
        ("transaction_hash", "energy_usage", "net_usage"),
        ("account_name", "address", "type", "create_time"),
        ("block_number", "transaction_hash", "contract_address", "method"),
        # tronetl's own words for these are ethereum-etl's.
        *(
            header
            for form in ("transactions", "token_transfers", "blocks", "logs", "tokens", "contracts")
            for header in evm_forms.headers(form=form)
        ),
    ),
    families=("tron",),
)


def _form(name: str, required: str, optional: str = "", unread: str = "", **theirs: str) -> Form:
    return Form(
        name,
        tuple(required.split()),
        tuple(optional.split()),
        frozenset(unread.split()),
        {ours: tuple(names.split("|")) for ours, names in theirs.items()},
    )


_EVERYTHING = "*"
# TronGrid names what an internal transaction moves by _ for the coin, else a TRC-10 token's number.
_CALL_VALUE = "data.call_value."
_FORMS = (
    _form(
        "transactions",
        "hash block_number transaction_index from_address to_address value transaction_type",
        "status block_hash block_timestamp",
        "nonce gas gas_price input data max_fee_per_gas max_priority_fee_per_gas "
        "transaction_timestamp transaction_expiration fee_limit",
    ),
    _form(
        "token_transfers",
        "token_address from_address to_address value transaction_hash log_index block_number",
        "block_timestamp",
        "block_hash",
    ),
    _form(
        "trc10",
        "block_number transaction_hash contract_call_index asset_name from_address to_address "
        "value",
        "transaction_index block_hash status block_timestamp",
        "transaction_timestamp transaction_expiration fee_limit gas gas_price data",
    ),
    _form(
        "internal_transactions",
        "block_number transaction_hash internal_index caller_address transfer_to_address "
        "call_info_index call_token_id call_value rejected",
        "block_timestamp",
        "internal_hash note",
        transfer_to_address="transferTo_address|transfer_to_address",
    ),
    _form("blocks", "number hash timestamp transaction_count", unread=_EVERYTHING),
    _form("tokens", "address symbol decimals", "total_supply", "name block_number"),
    _form(
        "contracts",
        "address is_erc20 is_erc721",
        "is_erc1155",
        "bytecode function_sighashes "
        "block_number ContractName ConsumeUserResourcePercent OriginAddress OriginEnergyLimit",
    ),
    _form("accounts", "account_name address type create_time", unread=_EVERYTHING),
    _form("new contracts", "block_number transaction_hash contract_address method"),
    _form("receipts", "transaction_hash energy_usage net_usage", unread=_EVERYTHING),
    _form("logs", "log_index transaction_hash address topics", unread=_EVERYTHING),
    _form(
        "TronGrid's token transfers",
        "transaction_id contract block_timestamp from to value",
        "symbol decimals type",
        "token_info.name",
        contract="token_info.address",
        symbol="token_info.symbol",
        decimals="token_info.decimals",
    ),
    _form(
        "TronGrid's transactions",
        "txID contract block_timestamp",
        "ret blockNumber internal_tx_id tx_id from_address to_address call_value rejected",
        _EVERYTHING,
        contract="raw_data.contract",
        call_value="data.call_value._",
        rejected="data.rejected",
    ),
    _form(
        "Tronscan's token transfers",
        "transaction_hash block_number block_timestamp from to contract value",
        "result symbol decimals",
        _EVERYTHING,
        transaction_hash="transaction_id",
        block_number="block",
        block_timestamp="block_ts",
        **{"from": "from_address"},
        to="to_address",
        contract="contract_address",
        value="quant",
        result="contractRet|finalResult",
        symbol="tokenInfo.tokenAbbr",
        decimals="tokenInfo.tokenDecimal",
    ),
    _form(
        "Tronscan's coin transfers",
        "transaction_hash block_number block_timestamp from to value",
        "result contract token contract_type",
        _EVERYTHING,
        transaction_hash="transactionHash|hash",
        block_number="block",
        block_timestamp="timestamp",
        **{"from": "transferFromAddress|ownerAddress"},
        to="transferToAddress|toAddress",
        value="amount",
        result="contractRet",
        contract="contract_address",
        token="tokenInfo.tokenId|tokenName",  # noqa: S106 a field of the answer
        contract_type="contractType",
    ),
    _form(
        "Tronscan's download",
        "transaction_hash block_timestamp from to value token",
        "block_number result",
        _EVERYTHING,
        transaction_hash="Txn Hash|Transaction Hash|TxHash|Hash|TxID|Transaction ID",
        block_number="Block",
        block_timestamp="Time(UTC)|Time (UTC)|Time*",
        **{"from": "From"},
        to="To",
        value="Amount/TokenID|Amount",
        token="Token",  # noqa: S106 a column of the download
        result="Result|Status",
    ),
    bitquery_forms.TRON_TRANSFERS,
    bitquery_forms.TRON_TRANSACTIONS,
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Side files first, because rows look things up in them."""
    files = Files(raw, batch, _FORMS, lists=("data", "token_transfers", "transfers"))
    for part in files.parts:
        for column in part.header:
            if column.startswith(_CALL_VALUE) and column != f"{_CALL_VALUE}_":
                token = column.removeprefix(_CALL_VALUE)
                batch.warn(f"token {token[:20]} of internal transactions is not read")
    rows = Rows()
    sites = Sites(rows)
    dumps = bitquery.Rows(rows.assets)
    moving = {
        "transactions": rows.transactions,
        "token_transfers": rows.token_transfers,
        "trc10": rows.trc10,
        "internal_transactions": rows.internal_transactions,
        "TronGrid's token transfers": sites.trongrid_trc20,
        "TronGrid's transactions": sites.trongrid,
        "Tronscan's token transfers": sites.tronscan,
        "Tronscan's coin transfers": sites.tronscan,
        "Tronscan's download": sites.tronscan_csv,
        bitquery_forms.TRON_TRANSFERS.name: dumps.tron_transfers,
        bitquery_forms.TRON_TRANSACTIONS.name: dumps.tron_transactions,
    }
    if not files.has(*moving, "tokens"):
        names = ", ".join(f.name for f in raw.files)
        raise InputRefused(f"{raw.source} {names}: expected transfers or transactions beside them")
    files.read("blocks", rows.blocks, rows.take_blocks)
    files.read("tokens", rows.tokens, rows.take_tokens)
    files.read("contracts", rows.contracts, rows.take_contracts)
    for form, work in moving.items():
        files.read(form, work)
    for form in ("receipts", "logs"):
        if files.has(form):
            batch.warn(f"{form} are not read: they name no payer")
    rows.assets.stage(batch)
