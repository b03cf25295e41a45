"""Transfers on Tron, Solana and BNB Smart Chain, apart from the story's designated wallets.

In: facts/story/other_chains.toml. Out under transfers/: tron (CSV of tronetl), solana and bitquery
(Bitquery's dumps as JSON).
"""

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import base58

from samples.make.common import (
    FACTS,
    actors,
    bitcoin_address,
    digest,
    draw,
    evm_address,
    tron_address,
    write_csv,
)

Facts = dict[str, Any]
# Height and time of a block of each chain, and seconds per block, all about right.
HEIGHTS = {
    "bitcoin": (902_500, 1_750_760_000, 600),
    "tron": (75_400_000, 1_756_684_800, 3),
    "solana": (338_000_000, 1_746_500_000, Decimal("0.4")),
    "bsc": (49_900_000, 1_747_699_200, Decimal("1.5")),
}
COINS = {"TRX": 6, "SOL": 9, "BNB": 18}
DECIMALS = {**COINS, "tron_USDT": 6, "solana_USDC": 6, "bsc_USDT": 18}
SOLANA_FEE = "0.000005"
BSC_FEE = "0.000021"


@cache
def facts() -> Facts:
    return tomllib.loads((FACTS / "story" / "other_chains.toml").read_text("utf-8"))


def address(chain: str, name: str) -> str:
    """A named actor's own address where the story has one on that chain, else a drawn one."""
    if chain == "bitcoin":
        return bitcoin_address(name)
    if chain == "solana":
        return base58.b58encode(digest("solana", name)).decode()
    if chain == "tron":
        known = actors().get(name)
        return known.address if known and known.chain == "tron" else tron_address(name)
    return actors()[name].address if name in actors() else evm_address(name)


def units(amount: str, decimals: int) -> int:
    return int(Decimal(amount).scaleb(decimals))


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def height(chain: str, at: datetime) -> int:
    number, time, each = HEIGHTS[chain]
    return number + int((seconds(at) - time) // each)


def plain_hash(*label: object) -> str:
    return digest("hash", *label).hex()


def payments(chain: str) -> Iterator[tuple[str, Facts]]:
    """Payments with their transaction's hash."""
    for row in facts()[chain]:
        label = (chain, row["at"], row["from"], row["to"])
        if chain == "solana":
            yield base58.b58encode(digest(*label) + digest("more", *label)).decode(), row
        else:
            yield ("0x" if chain == "bsc" else "") + plain_hash(*label), row


# Tron


def tron(folder: Path) -> None:
    coins, events, blocks = [], [], {}
    contract = facts()["contracts"]["tron_USDT"]
    for hashed, row in payments("tron"):
        number = height("tron", row["at"])
        block = plain_hash("tron block", number)
        miner = tron_address("witness", number % 27)
        blocks[number] = [number, block, seconds(row["at"]), 1, miner]
        between = [address("tron", row[side]) for side in ("from", "to")]
        is_coin = row["asset"] in COINS
        value = units(row["amount"], 6)
        kind = "TransferContract" if is_coin else "TriggerSmartContract"
        status = "FAILED" if row.get("fails") else "SUCCESS"
        to = between[1] if is_coin else contract
        time = seconds(row["at"])
        moved = [between[0], to, value if is_coin else 0, 0, 420, "", ""]
        coins.append(
            [hashed, "", block, number, 0, *moved, time, "", "", kind, status, time, time + 60, 0]
        )
        if not is_coin:
            events.append([number, hashed, 0, contract, *between, value])
    header = (
        "hash,nonce,block_hash,block_number,transaction_index,from_address,to_address,value,gas,"
        "gas_price,input,data,block_timestamp,max_fee_per_gas,max_priority_fee_per_gas,"
        "transaction_type,Status,transaction_timestamp,transaction_expiration,fee_limit"
    )
    write_csv(folder / "transactions.csv", header.split(","), coins)
    header = "block_number,transaction_hash,log_index,token_address,from_address,to_address,value"
    write_csv(folder / "token_transfers.csv", header.split(","), events)
    header = "number,hash,timestamp,transaction_count,miner"
    write_csv(folder / "blocks.csv", header.split(","), blocks.values())
    header = "address,symbol,name,decimals,total_supply,block_number"
    supply = 80_000_000_000 * 10**6
    about = [contract, "USDT", "Tether USD", 6, supply, min(blocks)]
    write_csv(folder / "tokens.csv", header.split(","), [about])


# Bitquery's dumps of Solana and of an EVM chain


def solana_rows() -> Iterator[Facts]:
    mint = facts()["contracts"]["solana_USDC"]
    for hashed, row in payments("solana"):
        is_coin = row["asset"] == "SOL"
        time, slot = seconds(row["at"]), height("solana", row["at"])
        owners = {side: address("solana", row[side]) for side in ("from", "to")}
        # Tokens lie in an account of their own that belongs to the owner's.
        accounts = {s: o if is_coin else address("solana", f"{o} USDC") for s, o in owners.items()}
        yield {
            "Block_Date": time // 86_400 * 86_400_000,
            "Block_Height": slot - 21_800_000,
            "Block_Slot": slot,
            "Block_Time": time,
            "Instruction_CallPath": [],
            "Instruction_ExternalSeqNumber": 1,
            "Instruction_Index": 0,
            "Transaction_Fee": SOLANA_FEE,
            "Transaction_FeePayer": owners["from"],
            "Transaction_Index": draw(0, 900, hashed),
            "Transaction_Result_Success": "false" if row.get("fails") else "true",
            "Transaction_Signature": hashed,
            "Transfer_Amount": row["amount"],
            "Transfer_Currency_Decimals": 9 if is_coin else 6,
            "Transfer_Currency_Fungible": "true",
            "Transfer_Currency_MintAddress": "11111111111111111111111111111111"
            if is_coin
            else mint,
            "Transfer_Currency_Native": "true" if is_coin else "false",
            "Transfer_Currency_Symbol": row["asset"],
            "Transfer_Index": 0,
            "Transfer_Receiver_Address": accounts["to"],
            "Transfer_Receiver_Token_Owner": "" if is_coin else owners["to"],
            "Transfer_Sender_Address": accounts["from"],
            "Transfer_Sender_Token_Owner": "" if is_coin else owners["from"],
        }


def bsc_rows() -> Iterator[Facts]:
    """A token's transfer stands behind the payment of nothing that called its contract."""
    contract = facts()["contracts"]["bsc_USDT"]
    for hashed, row in payments("bsc"):
        time = seconds(row["at"])
        sender, receiver = (address("bsc", row[side]) for side in ("from", "to"))
        transaction = {
            "Block_Date": time // 86_400 * 86_400_000,
            "Block_Number": height("bsc", row["at"]),
            "Block_Time": time,
            "Fee_SenderFee": BSC_FEE,
            "Transaction_Hash": hashed,
            "Transaction_Index": draw(0, 200, hashed),
            "TransactionStatus_Success": "false" if row.get("fails") else "true",
            "Transaction_Type": 0,
            "Transfer_Currency_Decimals": 18,
            "Transfer_Currency_Fungible": "true",
            "Transfer_Id": "0",
            "Transfer_Sender": sender,
        }
        is_coin = row["asset"] == "BNB"
        yield {
            **transaction,
            "Transfer_Amount": row["amount"] if is_coin else "0",
            "Transfer_Currency_Native": "true",
            "Transfer_Currency_SmartContract": "0x",
            "Transfer_Currency_Symbol": "BNB",
            "Transfer_Index": 0,
            "Transfer_Receiver": receiver if is_coin else contract,
            "Transfer_Type": "transaction",
        }
        if not is_coin:
            yield {
                **transaction,
                "Transfer_Amount": row["amount"],
                "Transfer_Currency_Native": "false",
                "Transfer_Currency_SmartContract": contract,
                "Transfer_Currency_Symbol": row["asset"],
                "Transfer_Index": 1,
                "Transfer_Receiver": receiver,
                "Transfer_Type": "token",
            }


def movements() -> Iterator[list[object]]:
    """What all of this moves, fees included, as (chain, asset, kind, from, to, value)."""
    for chain, fee in (("tron", ""), ("solana", SOLANA_FEE), ("bsc", BSC_FEE)):
        for _, row in payments(chain):
            coin = {"tron": "TRX", "solana": "SOL", "bsc": "BNB"}[chain]
            is_coin = row["asset"] == coin
            word = coin.lower() if is_coin else facts()["contracts"][f"{chain}_{row['asset']}"]
            decimals = DECIMALS[coin if is_coin else f"{chain}_{row['asset']}"]
            between = [address(chain, row[side]) for side in ("from", "to")]
            if not row.get("fails"):
                value = units(row["amount"], decimals)
                kind = "native" if is_coin else "token"
                yield [chain, f"{chain}:{word}", kind, *between, value]
            if chain in ("tron", "bsc") and not is_coin:
                called = facts()["contracts"][f"{chain}_{row['asset']}"]
                yield [chain, f"{chain}:{coin.lower()}", "native", between[0], called, 0]
            if fee:
                paid = units(fee, COINS[coin])
                yield [chain, f"{chain}:{coin.lower()}", "fee", between[0], "", paid]


def write_json(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write(out: Path) -> None:
    folder = out / "transfers"
    tron(folder / "tron")
    for name, rows in (("solana", solana_rows()), ("bitquery", bsc_rows())):
        text = json.dumps(list(rows), indent=1) + "\n"
        write_json(folder / name / "transfers.json", text)
