"""The synthetic chain in ethereum-etl's files and headers.

Out: blocks.csv, transactions.csv, receipts.csv, token_transfers.csv, traces.csv, tokens.csv. Lines
end with CRLF, as ethereum-etl's writer ends them. logs_bloom is left empty: 512 digits a block
would be a tenth of the whole sample.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from samples.make.chain import GENESIS_HEIGHT, GWEI, Call, Tx
from samples.make.common import draw, evm_address, synthetic_hash, tokens, write_csv

CRLF = "\r\n"
HEADERS = {
    "blocks": "number,hash,parent_hash,nonce,sha3_uncles,logs_bloom,transactions_root,state_root,"
    "receipts_root,miner,difficulty,total_difficulty,size,extra_data,gas_limit,gas_used,timestamp,"
    "transaction_count,base_fee_per_gas,withdrawals_root,withdrawals",
    "transactions": "hash,nonce,block_hash,block_number,transaction_index,from_address,to_address,"
    "value,gas,gas_price,input,block_timestamp,max_fee_per_gas,max_priority_fee_per_gas,"
    "transaction_type",
    "receipts": "transaction_hash,transaction_index,block_hash,block_number,cumulative_gas_used,"
    "gas_used,contract_address,root,status,effective_gas_price,l1_fee,l1_gas_used,l1_gas_price,"
    "l1_fee_scalar",
    "token_transfers": "token_address,from_address,to_address,value,transaction_hash,log_index,"
    "block_number",
    "traces": "block_number,transaction_hash,transaction_index,from_address,to_address,value,input,"
    "output,trace_type,call_type,reward_type,gas,gas_used,subtraces,trace_address,error,status,"
    "trace_id",
    "tokens": "address,symbol,name,decimals,total_supply,block_number",
}


def block_hash(number: int) -> str:
    return synthetic_hash("block", number)


def block_rows(ordered: list[Tx]) -> Iterator[list[object]]:
    of_block: dict[int, list[Tx]] = defaultdict(list)
    for tx in ordered:
        of_block[tx.block].append(tx)
    for position, (number, txs) in enumerate(of_block.items()):
        # Post-merge validators' withdrawals, in gwei: a trap for whoever adds them as wei.
        paid = [] if position % 60 else [withdrawal(number)]
        yield [
            number,
            block_hash(number),
            block_hash(number - 1),
            "0x" + "0" * 16,
            synthetic_hash("uncles"),
            "",
            synthetic_hash("transactions root", number),
            synthetic_hash("state root", number),
            synthetic_hash("receipts root", number),
            evm_address("miner", number % 7),
            0,
            58_750_003_716_598_352_816_469,
            draw(20_000, 90_000, "size", number),
            "0x" + b"flowlake sample".hex(),
            36_000_000,
            sum(tx.gas for tx in txs),
            txs[0].time,
            len(txs),
            draw(5, 40, "base fee", number) * GWEI // 10,
            synthetic_hash("withdrawals root", number),
            json.dumps(paid, separators=(",", ":")),
        ]


def withdrawal(number: int) -> dict[str, object]:
    return {
        "index": draw(80_000_000, 90_000_000, "withdrawal", number),
        "validator_index": draw(1, 1_500_000, "validator", number),
        "address": evm_address("validator", number),
        "amount": str(draw(15_000_000, 19_000_000, "withdrawn", number)),
    }


def transaction_rows(ordered: list[Tx]) -> Iterator[list[object]]:
    for tx in ordered:
        yield [
            tx.hash,
            tx.nonce,
            block_hash(tx.block),
            tx.block,
            tx.index,
            tx.sender,
            tx.receiver,
            tx.value,
            tx.gas * 5 // 4,
            tx.gas_price,
            tx.data,
            tx.time,
            tx.gas_price * 2,
            GWEI // 10,
            2,
        ]


def receipt_rows(ordered: list[Tx]) -> Iterator[list[object]]:
    cumulative: dict[int, int] = defaultdict(int)
    for tx in ordered:
        cumulative[tx.block] += tx.gas
        yield [
            tx.hash,
            tx.index,
            block_hash(tx.block),
            tx.block,
            cumulative[tx.block],
            tx.gas,
            tx.created,
            "",
            tx.status,
            tx.gas_price,
            "",
            "",
            "",
            "",
        ]


def token_rows(ordered: list[Tx]) -> Iterator[list[object]]:
    for tx in ordered:
        for offset, log in enumerate(tx.logs):
            contract = tokens()[log.asset]["address"]
            index = tx.first_log + offset
            yield [contract, log.sender, log.receiver, log.value, tx.hash, index, tx.block]


def trace_rows(ordered: list[Tx]) -> Iterator[list[object]]:
    """Root call of every traced transaction, repeating its value, then the calls inside it."""
    for tx in ordered:
        if not (tx.traced or tx.calls):
            continue
        kind = "call" if tx.receiver else "create"
        root = Call(tx.sender, tx.receiver or tx.created, tx.value, "", kind, status=tx.status)
        if kind == "create":
            root.call_type = ""
        for call in [root, *tx.calls]:
            below = sum(1 for c in tx.calls if parent_of(c.path) == call.path)
            suicide = call.kind == "suicide"
            yield [
                tx.block,
                tx.hash,
                tx.index,
                call.sender,
                call.receiver,
                call.value,
                "" if suicide else "0x",
                "" if suicide else "0x",
                call.kind,
                call.call_type,
                "",
                "" if suicide else tx.gas,
                "" if suicide else tx.gas // (1 + len(call.path)),
                below,
                call.path,
                "" if call.status else "Reverted",
                call.status,
                f"{call.kind}_{tx.hash}_{call.path.replace(',', '_')}",
            ]


def parent_of(path: str) -> str | None:
    """`0,1` lies below `0`, `0` below the root, the root below nothing."""
    return path.rpartition(",")[0] if path else None


def token_list() -> Iterator[list[object]]:
    for token in tokens().values():
        names = ("address", "symbol", "name", "decimals", "total_supply")
        yield [*(token[name] for name in names), GENESIS_HEIGHT]


def write(out: Path, ordered: list[Tx]) -> None:
    folder = out / "transfers" / "ethereum_etl"
    rows = {
        "blocks": block_rows(ordered),
        "transactions": transaction_rows(ordered),
        "receipts": receipt_rows(ordered),
        "token_transfers": token_rows(ordered),
        "traces": trace_rows(ordered),
        "tokens": token_list(),
    }
    for name, lines in rows.items():
        write_csv(folder / f"{name}.csv", HEADERS[name].split(","), lines, CRLF)
