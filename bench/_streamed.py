"""Generated JSON lines of exporters, for benchmarks: ethereum-etl's stream and bitcoin-etl's.

Amounts are JSON numbers beyond 2^53 and 2^64, as ethereum-etl writes them. With faults every so
many records one is broken, spelled in an unusual way or must be rejected.
"""

import json

import numpy as np

from bench._token_transfers import hexes

FORMS = ("token_transfers", "transactions", "logs", "traces", "bitcoin")
_SEEN, _AT = 1_683_029_999, "2023-05-02T12:19:59Z"
_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
_ODD_EVERY = 9_973
_CHUNK = 10_000
# What becomes of an odd record: (text to find, text in its place).
_ODD = (
    ('"value": ', '"value": 1'),
    ('"value": ', '"value": 1.5e'),
    ('"value": ', '"value": NaN, "v": '),
    ('"value": ', '"value": "0x10", "v": '),
    ('"value": ', f'"value": {2**256 - 1}, "v": '),
    ('"value": ', f'"value": {2**256}, "v": '),
    ('"value": ', f'"value": {"7" * 5_000}, "v": '),
    ('"block_number": ', '"block_number": 1, "block_number": '),
    ('"block_hash": "0x', '"block_hash": "0X'),
    ('"type": "', '"type": "\\u00e9\\"'),
    ('"type": "', '"type": "é'),
    ('"type": "', '"type": "\x00'),
    ('"type": ', '"type": ' + "[" * 100_000),
    ("}", ""),
    ("{", " \t{ "),
)


def export(folder, rows, form, *, has_faults=False):
    """The export of that many records, written once into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{form}_{rows}{'_faulty' if has_faults else ''}.json"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="\n") as file:
            for number, record in enumerate(_records(form, rows)):
                line = json.dumps(record)
                if has_faults and number % _ODD_EVERY == _ODD_EVERY - 1:
                    line = line.replace(*_ODD[number // _ODD_EVERY % len(_ODD)], 1)
                file.write(line + "\n")
        part.replace(path)
    return path


def _records(form, rows):
    rng = np.random.default_rng(20230502)
    if form == "traces":
        from bench._traces import traces

        yield from map(_trace, traces(rows))
        return
    if form == "bitcoin":
        from base58 import b58encode_check

        accounts = [b58encode_check(b"\0" + rng.bytes(20)).decode() for _ in range(50_000)]
    else:
        accounts = hexes(rng, 50_000, 20).to_pylist()
    make = {"token_transfers": _token, "transactions": _transaction, "logs": _log}
    for start in range(0, rows, _CHUNK):
        size = min(_CHUNK, rows - start)
        hashes = hexes(rng, size, 32).to_pylist()
        who = (len(accounts) * rng.random((size, 4)) ** 3).astype(np.int64).tolist()
        # Up to 26 digits, most of them beyond 64 bits.
        low, high = rng.integers(1, 10**15, size).tolist(), rng.integers(0, 12, size).tolist()
        for n, name in enumerate(hashes):
            parties = [accounts[w] for w in who[n]]
            value = low[n] * 10 ** high[n]
            if form == "bitcoin":
                yield _bitcoin(start + n, name[2:], hashes[n - 1][2:], parties, low[n] % 10**11)
            else:
                yield make[form](start + n, name, parties, value) | {
                    "item_id": f"{form[:-1]}_{name}",
                    "item_timestamp": _AT,
                }


def _place(number, per_block):
    block = 17_000_000 + number // per_block
    return {
        "block_number": block,
        "block_timestamp": _SEEN + 12 * (block - 17_000_000),
        "block_hash": f"0x{block * 0x9E3779B97F4A7C15 % 2**64:064x}",
    }


def _token(number, name, parties, value):
    return {
        "type": "token_transfer",
        "token_address": parties[0],
        "from_address": parties[1],
        "to_address": parties[2],
        "value": value,
        "transaction_hash": name,
        "log_index": number % 200,
        **_place(number, 200),
    }


def _transaction(number, name, parties, value):
    return {
        "type": "transaction",
        "hash": name,
        "nonce": number % 97,
        "transaction_index": number % 150,
        "from_address": parties[0],
        "to_address": parties[1],
        "value": value,
        "gas": 180_817,
        "gas_price": 80_969_370_967,
        "input": "0x3593564c" + name[2:] * (number % 12),
        **_place(number, 150),
        "max_fee_per_gas": 91_022_338_812,
        "max_priority_fee_per_gas": 100_000_000,
        "transaction_type": 2,
        "receipt_cumulative_gas_used": 203_935,
        "receipt_gas_used": 118_792,
        "receipt_contract_address": None,
        "receipt_root": None,
        "receipt_status": int(number % 31 > 0),
        "receipt_effective_gas_price": 80_969_370_967,
    }


def _log(number, name, parties, value):
    return {
        "type": "log",
        "log_index": number % 400,
        "transaction_hash": name,
        "transaction_index": number % 150,
        "address": parties[0],
        "data": f"0x{value:064x}",
        "topics": [_TRANSFER, *(f"0x{int(p, 16):064x}" for p in parties[1:3])],
        **_place(number, 400),
    }


def _trace(row):
    numbers = {k: int(row[k]) if row[k] else None for k in _NUMBERS}
    path = [int(n) for n in row["trace_address"].split(",") if n]
    texts = {k: v or None for k, v in row.items()}
    number = numbers["block_number"] - 17_000_000
    return {"type": "trace", **texts, **numbers, "trace_address": path, **_place(number, 1)}


_NUMBERS = ("block_number", "transaction_index", "value", "gas", "gas_used", "subtraces", "status")


def _bitcoin(number, name, spent, parties, value):
    block, index = 700_000 + number // 2_000, number % 2_000
    script = f"OP_DUP OP_HASH160 {name[:40]} OP_EQUALVERIFY OP_CHECKSIG"

    def entry(place, address, amount, **more):
        return {
            "index": place,
            **more,
            "script_asm": script,
            "script_hex": f"76a914{name[:40]}88ac",
            "required_signatures": 1,
            "type": "pubkeyhash",
            "addresses": [address],
            "value": amount,
        }

    inputs = [
        entry(n, parties[n], value, spent_transaction_hash=spent, spent_output_index=n)
        for n in range(1 + number % 2)
        if index
    ]
    total = value * len(inputs)
    paid = [total * 2 // 3, total // 4] if inputs else [625_000_000]
    outputs = [entry(n, parties[2 + n], amount) for n, amount in enumerate(paid)]
    return {
        "type": "transaction",
        "hash": name,
        "size": 225,
        "virtual_size": 225,
        "version": 1,
        "lock_time": 0,
        "block_number": block,
        "block_hash": f"{block:064x}",
        "block_timestamp": 1_630_000_000 + 600 * (block - 700_000),
        "is_coinbase": not index,
        "index": index,
        "inputs": inputs,
        "outputs": outputs,
        "input_count": len(inputs),
        "output_count": len(outputs),
        "input_value": total,
        "output_value": sum(paid),
        "fee": total - sum(paid) if inputs else 0,
        "item_id": f"transaction_{name}",
    }
