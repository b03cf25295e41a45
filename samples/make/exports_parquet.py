"""Slices of the synthetic Ethereum chain as Parquet: tables of BigQuery's data set, and of cryo.

In: the laid out chain. Out: some days each under transfers/bigquery_ethereum and transfers/cryo.
All of it lies in the export of ethereum-etl too. The bytes are those of the locked pyarrow.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from samples.make.chain import GWEI, Tx
from samples.make.common import evm_address
from samples.make.etl import HEADERS, block_hash, trace_rows
from samples.make.exports import Event, between, events, when

BIGQUERY_DAYS = ("2025-02-20", "2025-02-24")
CRYO_DAYS = ("2025-09-10", "2025-09-12")
NUMERIC = pa.decimal128(38, 9)
TIME = pa.timestamp("us", "UTC")


def bigquery(folder: Path, ordered: list[Tx]) -> None:
    """Five days of three of its tables, one shard each."""
    txs = between(ordered, *BIGQUERY_DAYS)
    by_hash = {tx.hash: tx for tx in txs}
    placed: dict[str, tuple[pa.DataType, Callable[[Tx], Any]]] = {
        "block_timestamp": (TIME, when),
        "block_number": (pa.int64(), lambda tx: tx.block),
        "block_hash": (pa.string(), lambda tx: block_hash(tx.block)),
    }
    columns: dict[str, tuple[pa.DataType, Callable[[Tx], Any]]] = {
        "hash": (pa.string(), lambda tx: tx.hash),
        "nonce": (pa.int64(), lambda tx: tx.nonce),
        "transaction_index": (pa.int64(), lambda tx: tx.index),
        "from_address": (pa.string(), lambda tx: tx.sender),
        "to_address": (pa.string(), lambda tx: tx.receiver or None),
        "value": (NUMERIC, lambda tx: Decimal(tx.value)),
        "gas": (pa.int64(), lambda tx: tx.gas * 5 // 4),
        "gas_price": (pa.int64(), lambda tx: tx.gas_price),
        "input": (pa.string(), lambda tx: tx.data),
        "receipt_gas_used": (pa.int64(), lambda tx: tx.gas),
        "receipt_contract_address": (pa.string(), lambda tx: tx.created or None),
        "receipt_status": (pa.int64(), lambda tx: tx.status),
        **placed,
        "transaction_type": (pa.int64(), lambda _: 2),
        "receipt_effective_gas_price": (pa.int64(), lambda tx: tx.gas_price),
    }
    write_parquet(folder / "transactions-000000000000.parquet", columns, txs)
    moved: dict[str, tuple[pa.DataType, Callable[[Event], Any]]] = {
        "token_address": (pa.string(), lambda e: e.contract),
        "from_address": (pa.string(), lambda e: e.log.sender),
        "to_address": (pa.string(), lambda e: e.log.receiver),
        "value": (pa.string(), lambda e: str(e.log.value)),
        "transaction_hash": (pa.string(), lambda e: e.tx.hash),
        "log_index": (pa.int64(), lambda e: e.index),
        **{name: (kind, of_event(value)) for name, (kind, value) in placed.items()},
    }
    write_parquet(folder / "token_transfers-000000000000.parquet", moved, events(txs))
    numbers = ("transaction_index", "gas", "gas_used", "subtraces", "status", "block_number")
    kinds = dict.fromkeys(numbers, pa.int64()) | {"value": NUMERIC}
    traces: dict[str, tuple[pa.DataType, Callable[[dict[str, Any]], Any]]] = {
        name: (kinds.get(name, pa.string()), lambda row, name=name: cell(row, name))
        for name in HEADERS["traces"].split(",")
    }
    traces["block_timestamp"] = (TIME, lambda row: when(by_hash[row["transaction_hash"]]))
    traces["block_hash"] = (pa.string(), lambda row: block_hash(row["block_number"]))
    rows = [dict(zip(HEADERS["traces"].split(","), row, strict=True)) for row in trace_rows(txs)]
    write_parquet(folder / "traces-000000000000.parquet", traces, rows)


def cell(row: dict[str, Any], name: str) -> Any:
    value = row[name]
    return Decimal(value) if name == "value" else value if value != "" else None


def of_event(value: Callable[[Tx], Any]) -> Callable[[Event], Any]:
    return lambda event: value(event.tx)


def write_parquet(path: Path, columns: dict[str, Any], rows: Iterable[Any]) -> None:
    """Rows by what each column takes of them."""
    found = list(rows)
    table = pa.table(
        {name: pa.array([value(r) for r in found], kind) for name, (kind, value) in columns.items()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="snappy", store_schema=False)


def raw(text: str) -> bytes | None:
    return bytes.fromhex(text[2:]) if text else None


def cryo(folder: Path, ordered: list[Tx]) -> None:
    """Three days of the datasets erc20_transfers and transactions, with their blocks."""
    txs = between(ordered, *CRYO_DAYS)
    blocks = sorted({tx.block: tx for tx in txs}.values(), key=lambda tx: tx.block)
    span = f"{blocks[0].block}_to_{blocks[-1].block}.parquet"
    chain_id = {"chain_id": (pa.uint64(), lambda _: 1)}
    of_block = {
        "block_number": (pa.uint32(), lambda tx: tx.block),
        "block_hash": (pa.binary(), lambda tx: raw(block_hash(tx.block))),
        "timestamp": (pa.uint32(), lambda tx: tx.time),
        "author": (pa.binary(), lambda tx: raw(evm_address("miner", tx.block % 7))),
        **chain_id,
    }
    write_parquet(folder / f"ethereum__blocks__{span}", of_block, blocks)
    of_tx = {
        "block_number": (pa.uint32(), lambda tx: tx.block),
        "transaction_index": (pa.uint64(), lambda tx: tx.index),
        "transaction_hash": (pa.binary(), lambda tx: raw(tx.hash)),
        "nonce": (pa.uint64(), lambda tx: tx.nonce),
        "from_address": (pa.binary(), lambda tx: raw(tx.sender)),
        "to_address": (pa.binary(), lambda tx: raw(tx.receiver)),
        "value_binary": (pa.binary(), lambda tx: tx.value.to_bytes(32, "big")),
        "value_string": (pa.string(), lambda tx: str(tx.value)),
        "value_f64": (pa.float64(), lambda tx: float(tx.value)),
        "input": (pa.binary(), lambda tx: raw(tx.data)),
        "gas_limit": (pa.uint64(), lambda tx: tx.gas * 5 // 4),
        "gas_used": (pa.uint64(), lambda tx: tx.gas),
        "gas_price": (pa.uint64(), lambda tx: tx.gas_price),
        "transaction_type": (pa.uint32(), lambda _: 2),
        "max_fee_per_gas": (pa.uint64(), lambda tx: tx.gas_price * 2),
        "max_priority_fee_per_gas": (pa.uint64(), lambda _: GWEI // 10),
        "success": (pa.bool_(), lambda tx: bool(tx.status)),
        **chain_id,
    }
    write_parquet(folder / f"ethereum__transactions__{span}", of_tx, txs)
    of_transfer = {
        "block_number": (pa.uint32(), lambda e: e.tx.block),
        "transaction_index": (pa.uint32(), lambda e: e.tx.index),
        "log_index": (pa.uint32(), lambda e: e.index),
        "transaction_hash": (pa.binary(), lambda e: raw(e.tx.hash)),
        "erc20": (pa.binary(), lambda e: raw(e.contract)),
        "from_address": (pa.binary(), lambda e: raw(e.log.sender)),
        "to_address": (pa.binary(), lambda e: raw(e.log.receiver)),
        "value_binary": (pa.binary(), lambda e: e.log.value.to_bytes(32, "big")),
        "value_string": (pa.string(), lambda e: str(e.log.value)),
        "value_f64": (pa.float64(), lambda e: float(e.log.value)),
        **chain_id,
    }
    write_parquet(folder / f"ethereum__erc20_transfers__{span}", of_transfer, events(txs))


def write(out: Path, ordered: list[Tx]) -> None:
    bigquery(out / "transfers" / "bigquery_ethereum", ordered)
    cryo(out / "transfers" / "cryo", ordered)
