"""Slices of the synthetic Ethereum chain as other tools export them.

In: the laid out chain. Out: Etherscan's website, Dune and Blockchair, each in its form under
transfers/; what is Parquet comes from exports_parquet. All of it lies in the export of ethereum-etl
too: who ingests one movement several times must have it once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from samples.make.chain import Log, Tx
from samples.make.common import (
    DECIMALS,
    address_of,
    day_of,
    tokens,
    write_csv,
)

BLOCKCHAIR_DAY = "2025-09-13"
FUNGIBLE = ("USDT", "USDC", "FAKE")


@dataclass(frozen=True, slots=True)
class Event:
    """A Transfer event at its place."""

    tx: Tx
    index: int
    log: Log

    @property
    def contract(self) -> str:
        return tokens()[self.log.asset]["address"]


def between(ordered: list[Tx], first: str, last: str) -> list[Tx]:
    return [tx for tx in ordered if first <= day_of(tx.time) <= last]


def events(txs: Iterable[Tx]) -> Iterator[Event]:
    for tx in txs:
        for offset, log in enumerate(tx.logs):
            if log.asset in FUNGIBLE:
                yield Event(tx, tx.first_log + offset, log)


def when(tx: Tx) -> datetime:
    return datetime.fromtimestamp(tx.time, UTC)


def clock(tx: Tx) -> str:
    return f"{when(tx):%Y-%m-%d %H:%M:%S}"


def whole(value: int, decimals: int) -> str:
    """An amount in whole units as people read it: 12,345.6."""
    text = f"{Decimal(value).scaleb(-decimals):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# Etherscan


def etherscan(folder: Path, ordered: list[Tx]) -> None:
    """Two downloads of the website: tokens of one address, transactions of another."""
    company = address_of("front_company")
    header = (
        "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,TokenValue,"
        "USDValueDayOfTx,ContractAddress,TokenName,TokenSymbol"
    )
    rows = [
        [
            *(e.tx.hash, e.tx.block, e.tx.time, clock(e.tx), e.log.sender, e.log.receiver),
            whole(e.log.value, DECIMALS[e.log.asset]),
            "N/A",
            e.contract,
            tokens()[e.log.asset]["name"],
            tokens()[e.log.asset]["symbol"],
        ]
        for e in events(ordered)
        if company in (e.log.sender, e.log.receiver)
    ]
    write_csv(folder / f"export-address-token-{company}.csv", header.split(","), rows)
    courier = address_of("eth_courier")
    header = (
        "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,ContractAddress,"
        "Value_IN(ETH),Value_OUT(ETH),CurrentValue @ $0/Eth,TxnFee(ETH),TxnFee(USD),"
        "Historical $Price/Eth,Status,ErrCode,Method"
    )
    rows = [
        [
            *(tx.hash, tx.block, tx.time, clock(tx), tx.sender, tx.receiver, tx.created),
            whole(tx.value if tx.receiver == courier else 0, 18),
            whole(tx.value if tx.sender == courier else 0, 18),
            "N/A",
            whole(tx.fee, 18),
            "N/A",
            "N/A",
            "" if tx.status else "Error(0)",
            "",
            "Transfer" if tx.data == "0x" else tx.data[:10],
        ]
        for tx in ordered
        if courier in (tx.sender, tx.receiver)
    ]
    write_csv(folder / f"export-{courier}.csv", header.split(","), rows)


# Dune and Blockchair


def dune(folder: Path, ordered: list[Tx]) -> None:
    """USDT's decoded Transfer events from and to the OTC desk."""
    desk = address_of("otc_desk")
    header = (
        "contract_address,evt_tx_hash,evt_tx_from,evt_tx_to,evt_tx_index,evt_index,"
        "evt_block_time,evt_block_number,evt_block_date,from,to,value"
    )
    rows = [
        [
            *(e.contract, e.tx.hash, e.tx.sender, e.tx.receiver, e.tx.index, e.index),
            *(f"{clock(e.tx)}.000 UTC", e.tx.block, day_of(e.tx.time)),
            *(e.log.sender, e.log.receiver, e.log.value),
        ]
        for e in events(ordered)
        if e.log.asset == "USDT" and desk in (e.log.sender, e.log.receiver)
    ]
    write_csv(folder / "tether_evt_transfer_otc_desk.csv", header.split(","), rows)


def blockchair(folder: Path, ordered: list[Tx]) -> None:
    """A day's dumps of transactions and of ERC-20 transfers: no 0x, no log index."""
    txs = between(ordered, BLOCKCHAIR_DAY, BLOCKCHAIR_DAY)
    day = BLOCKCHAIR_DAY.replace("-", "")
    header = (
        "block_id index hash time failed type sender recipient call_count value value_usd "
        "internal_value internal_value_usd fee fee_usd gas_used gas_limit gas_price input_hex "
        "nonce v r s"
    )
    rows = [
        [
            *(tx.block, tx.index, tx.hash[2:], clock(tx), int(not tx.status)),
            "call_tree" if tx.calls else "call" if tx.receiver else "create",
            *(tx.sender[2:], (tx.receiver or tx.created)[2:], 1 + len(tx.calls), tx.value, 0),
            *(sum(call.value for call in tx.calls) + tx.value, 0, tx.fee, 0),
            *(tx.gas, tx.gas * 5 // 4, tx.gas_price, tx.data[2:10], tx.nonce, 0, 0, 0),
        ]
        for tx in txs
    ]
    write_tabs(folder / f"blockchair_ethereum_transactions_{day}.tsv", header, rows)
    header = (
        "block_id transaction_hash time token_address token_name token_symbol token_decimals "
        "sender recipient value"
    )
    rows = [
        [
            *(e.tx.block, e.tx.hash[2:], clock(e.tx), e.contract[2:]),
            *(tokens()[e.log.asset][word] for word in ("name", "symbol", "decimals")),
            *(e.log.sender[2:], e.log.receiver[2:], e.log.value),
        ]
        for e in events(txs)
    ]
    write_tabs(folder / f"blockchair_erc-20_transactions_{day}.tsv", header, rows)


def write_tabs(path: Path, header: str, rows: list[list[Any]]) -> None:
    lines = [header.split(" "), *rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join("\t".join(map(str, line)) + "\n" for line in lines).encode())


def write(out: Path, ordered: list[Tx]) -> None:
    for name, export in (
        ("etherscan", etherscan),
        ("dune", dune),
        ("blockchair", blockchair),
    ):
        export(out / "transfers" / name, ordered)
