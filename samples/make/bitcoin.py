"""A few transactions of Bitcoin as bitcoin-etl exports them after it enriched them.

In: facts/story/other_chains.toml. Out: transfers/bitcoin_etl/{blocks,transactions}.json.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from samples.make.chain import Movement
from samples.make.common import ZERO
from samples.make.other_chains import (
    Facts,
    address,
    facts,
    height,
    plain_hash,
    seconds,
    units,
    write_json,
)

SUBSIDY = 312_500_000
SATOSHI = 8


@cache
def bitcoin() -> list[Facts]:
    """Each transaction alone in a block behind the coinbase that collects its fee."""
    found: list[Facts] = []
    spendable: dict[tuple[str, str], tuple[str, int]] = {}
    for row in facts()["bitcoin"]:
        number = height("bitcoin", row["at"])
        common = {
            "size": 250,
            "virtual_size": 250,
            "version": 2,
            "lock_time": 0,
            "block_number": number,
            "block_hash": plain_hash("bitcoin block", number),
            "block_timestamp": seconds(row["at"]),
        }
        hashed = plain_hash("bitcoin", row["at"])
        inputs = [
            {
                "index": place,
                "spent_transaction_hash": hash_,
                "spent_output_index": output,
                "script_asm": "",
                "script_hex": "",
                "sequence": 4_294_967_295,
                "required_signatures": 1,
                "type": "pubkeyhash",
                "addresses": [address("bitcoin", name)],
                "value": units(amount, SATOSHI),
            }
            for place, (name, amount) in enumerate(row["inputs"])
            for hash_, output in [
                spendable.get((name, amount), (plain_hash("older", name, amount), place))
            ]
        ]
        outputs = [
            output(place, name, units(amount, SATOSHI))
            for place, (name, amount) in enumerate(row["outputs"])
        ]
        for place, (name, amount) in enumerate(row["outputs"]):
            spendable[name, amount] = (hashed, place)
        fee = sum(i["value"] for i in inputs) - sum(o["value"] for o in outputs)
        reward = [output(0, "miner_btc", SUBSIDY + fee)]
        first = {"hash": plain_hash("coinbase", number), **common, "is_coinbase": True, "index": 0}
        found.append(with_totals(first, [], reward, 0))
        paid = {"hash": hashed, **common, "is_coinbase": False, "index": 1}
        found.append(with_totals(paid, inputs, outputs, fee))
    return found


def output(place: int, name: str, value: int) -> Facts:
    return {
        "index": place,
        "script_asm": "",
        "script_hex": "",
        "required_signatures": 1,
        "type": "pubkeyhash",
        "addresses": [address("bitcoin", name)],
        "value": value,
    }


def with_totals(head: Facts, inputs: list[Facts], outputs: list[Facts], fee: int) -> Facts:
    return {
        **head,
        "inputs": inputs,
        "outputs": outputs,
        "input_count": len(inputs),
        "output_count": len(outputs),
        "input_value": sum(i["value"] for i in inputs),
        "output_value": sum(o["value"] for o in outputs),
        "fee": fee,
    }


def bitcoin_blocks() -> Iterator[Facts]:
    for tx in bitcoin():
        if tx["is_coinbase"]:
            yield {
                "hash": tx["block_hash"],
                "size": 1_000,
                "stripped_size": 1_000,
                "weight": 4_000,
                "number": tx["block_number"],
                "version": 536_870_912,
                "merkle_root": plain_hash("merkle", tx["block_number"]),
                "timestamp": tx["block_timestamp"],
                "nonce": "00",
                "bits": "17020684",
                "coinbase_param": "",
                "transaction_count": 2,
            }


def book() -> list[Movement]:
    """What the transactions move: through an account that bears the hash, rewards from nobody."""
    found = []
    for tx in bitcoin():
        hash_, is_first = tx["hash"], tx["is_coinbase"]
        payer, kind = (ZERO, "reward") if is_first else (hash_, "utxo")
        moved = [(kind, *i["addresses"], hash_, i["value"]) for i in tx["inputs"]]
        moved += [(kind, payer, *o["addresses"], o["value"]) for o in tx["outputs"]]
        moved += [("fee", hash_, "", tx["fee"])] if tx["fee"] else []
        found += [Movement(tx["block_timestamp"], "BTC", *move, hash_) for move in moved]
    return found


def movements() -> Iterator[list[object]]:
    """The same as rows of the truth."""
    for move in book():
        sender = "" if move.sender == ZERO else move.sender
        yield ["bitcoin", "bitcoin:btc", move.kind, sender, move.receiver, move.value]


def write(out: Path) -> None:
    for name, rows in (("blocks", bitcoin_blocks()), ("transactions", bitcoin())):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        write_json(out / "transfers" / "bitcoin_etl" / f"{name}.json", lines)
