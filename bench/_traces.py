"""A generated ethereum-etl export of traces, for benchmarks: CSV of Parity's or Geth's form.

Transactions call six levels deep at most, create, lend code and fail with what is below them; each
block of Parity's form ends in its reward. With faults every ten thousandth record or so is one that
must be rejected or is spelled in an unusual way.
"""

import csv
from pathlib import Path

import numpy as np

from bench._token_transfers import hexes

NAMES = [
    "block_number",
    "transaction_hash",
    "transaction_index",
    "from_address",
    "to_address",
    "value",
    "input",
    "output",
    "trace_type",
    "call_type",
    "reward_type",
    "gas",
    "gas_used",
    "subtraces",
    "trace_address",
    "error",
    "status",
    "trace_id",
]
_BLOCK = 40  # transactions
_ODD_EVERY = 9_973
_ODD = (
    ("value", "1e18"),
    ("value", str(2**256)),
    ("value", str(2**256 - 1)),
    ("value", "007"),
    ("from_address", "0x" + "12" * 19),
    ("from_address", "0x" + "AbCdEf0123" * 4),
    ("to_address", "0x" + "0" * 40),
    ("trace_type", "staking"),
    ("trace_type", "selfdestruct"),
    ("trace_address", "0,x"),
    ("trace_address", "[7, 8]"),
    ("trace_address", "0,0000001"),
    ("transaction_index", ""),
    ("block_number", "0x10"),
    ("status", "2"),
)


def export(folder: Path, rows: int, form: str = "parity", *, has_faults: bool = False) -> Path:
    """The export of that many rows, written once into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"traces_{form}_{rows}{'_faulty' if has_faults else ''}.csv"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("w", encoding="ascii", newline="") as file:
            writer = csv.DictWriter(file, NAMES, lineterminator="\n")
            writer.writeheader()
            for number, row in enumerate(traces(rows, form)):
                if has_faults and number % _ODD_EVERY == _ODD_EVERY - 1:
                    name, text = _ODD[number // _ODD_EVERY % len(_ODD)]
                    row[name] = text
                writer.writerow(row)
        part.replace(path)
    return path


def traces(rows, form="parity"):
    """So many traces, each as texts by column."""
    rng = np.random.default_rng(20160918)
    accounts = hexes(rng, 50_000, 20).to_pylist()
    is_geth = form == "geth"
    made, block = 0, 15_000_000
    while made < rows:
        hashes = hexes(rng, _BLOCK, 32).to_pylist()
        for index, name in enumerate(hashes):
            for row in _transaction(rng, accounts, is_geth=is_geth):
                if made == rows:
                    return
                place = row["trace_address"].replace(",", "_")
                row |= {"block_number": str(block), "transaction_index": str(index)}
                row["transaction_hash"] = "" if is_geth else name
                row["trace_id"] = "" if is_geth else f"{row['trace_type']}_{name}_{place}"
                yield row
                made += 1
        if not is_geth and made < rows:
            yield _row(
                to_address=accounts[block % 50], value=str(2 * 10**18), trace_type="reward"
            ) | {
                "block_number": str(block),
                "reward_type": "block",
                "trace_id": f"reward_{block}_0",
            }
            made += 1
        block += 1


def _row(**given):
    return dict.fromkeys(NAMES, "") | {"subtraces": "0", "status": "1"} | given


def _transaction(rng, accounts, *, is_geth):
    """Traces of a transaction, depth first."""
    size = min(int(rng.geometric(0.2)), 200)
    who = (len(accounts) * rng.random(2 * size + 2) ** 3).astype(np.int64).tolist()
    luck, values = rng.random(size).tolist(), (rng.random(size) ** 6 * 5e18).astype(np.int64)
    down = rng.integers(0, 3, size).tolist()
    rows, paths, children = [], [()], {}
    failed = None
    for n in range(size):
        path = paths[-1]
        if n:
            path = paths[min(down[n], len(paths) - 1) - 1 if down[n] else -1][:5]
            path = (*path, children.setdefault(path, 0))
            children[path[:-1]] += 1
        paths = [path[:depth] for depth in range(len(path) + 1)]
        if failed is not None and path[: len(failed)] != failed:
            failed = None
        kind, call, value, error = "call", "call", str(int(values[n])), ""
        if luck[n] < 0.1:
            call = "delegatecall"
        elif luck[n] < 0.25:
            call, value = "staticcall", "0"
        elif luck[n] < 0.28:
            kind, call = "create", ""
        elif luck[n] < 0.29 and n and not is_geth:
            kind, call = "suicide", ""
        elif luck[n] > 0.97:
            error = "Reverted" if is_geth or luck[n] > 0.98 else "Out of gas"
            failed = path if failed is None else failed
        elif luck[n] > 0.6:
            value = "0"
        status = "" if is_geth else str(int(failed is None))
        rows.append(
            _row(
                from_address=accounts[who[2 * n]],
                to_address=accounts[who[2 * n + 1]],
                value=value,
                input="0xa9059cbb" + "0" * 24 + accounts[who[2 * n + 1]][2:],
                output="0x",
                trace_type=kind,
                call_type=call,
                gas="108244",
                gas_used="8244",
                trace_address=",".join(map(str, path)),
                error=error,
                status=status,
            )
        )
    return sorted(rows, key=lambda r: [int(p) for p in r["trace_address"].split(",") if p])
