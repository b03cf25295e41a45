"""A generated ethereum-etl export of token transfers, for benchmarks: 230 bytes a row."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

NAMES = [
    "token_address",
    "from_address",
    "to_address",
    "value",
    "transaction_hash",
    "log_index",
    "block_number",
]
_CHUNK = 500_000
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
# Fast enough not to be most of the benchmark; level 6 would be a tenth smaller.
_GZIP_LEVEL = 1
# Every so many rows one of these stands in its column, the rejected ones in the first half.
_ODD_EVERY, _ODD_AT = 49_999, 4_711
_ZERO = "0x" + "0" * 40
_ODD = (
    ("value", "9.63e+20"),
    ("from_address", "0x" + "12" * 19),
    ("value", ""),
    ("transaction_hash", "0x" + "zz" * 32),
    ("log_index", ""),
    ("block_number", "0x10"),
    ("token_address", "unknown"),
    ("value", str(2**256)),
    ("from_address", _ZERO),
    ("to_address", _ZERO),
    ("value", str(2**256 - 1)),
    ("value", "000"),
    ("value", "0001234567890"),
    ("value", "9" * 38),
    ("value", "1" + "0" * 38),
    ("from_address", "0x" + "AbCdEf0123" * 4),
)


def export(folder: Path, rows: int, *, is_packed: bool = False, has_faults: bool = False) -> Path:
    """The export of that many rows, written once into the folder.

    With faults every hundred thousandth record or so is one that must be rejected, and the zero
    address, leading zeros and the largest amounts stand in others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"token_transfers_{rows}{'_faulty' if has_faults else ''}.csv"
    if not path.exists():
        _write(path.with_suffix(".part"), rows, has_faults=has_faults)
        path.with_suffix(".part").replace(path)
    if not is_packed:
        return path
    packed = path.with_suffix(".csv.gz")
    if not packed.exists():
        part = packed.with_suffix(".part")
        with path.open("rb") as plain, gzip.open(part, "wb", _GZIP_LEVEL) as f:
            shutil.copyfileobj(plain, f, 1 << 20)
        part.replace(packed)
    return packed


def hexes(rng, rows, size):
    """Random 0x… texts of that many bytes."""
    raw = rng.integers(0, 256, (rows, size), np.uint8)
    text = np.empty((rows, 2 + 2 * size), np.uint8)
    text[:, 0], text[:, 1] = ord("0"), ord("x")
    text[:, 2::2], text[:, 3::2] = _HEX[raw >> 4], _HEX[raw & 15]
    offsets = np.arange(0, (rows + 1) * (2 + 2 * size), 2 + 2 * size, np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))


def _write(path, rows, *, has_faults):
    """Blocks of 200 logs, two logs a transaction; tokens and accounts by a power law."""
    rng = np.random.default_rng(20250827)
    accounts, tokens = hexes(rng, 400_000, 20), hexes(rng, 5_000, 20)
    schema = pa.schema([(n, pa.string()) for n in NAMES])
    options = pa_csv.WriteOptions(quoting_style="none")
    with pa_csv.CSVWriter(path, schema, write_options=options) as writer:
        for start in range(0, rows, _CHUNK):
            size = min(_CHUNK, rows - start)
            who = [
                (len(pool) * rng.random(size) ** 3).astype(np.int64)
                for pool in (tokens, accounts, accounts)
            ]
            values = pa.array(rng.integers(1, 10**15, size)).cast(pa.string())
            zeros = pa.array(["0" * n for n in range(16)]).take(pa.array(rng.integers(0, 16, size)))
            numbers = np.arange(start, start + size)
            columns = [
                tokens.take(who[0]),
                accounts.take(who[1]),
                accounts.take(who[2]),
                pa.compute.binary_join_element_wise(values, zeros, ""),
                hexes(rng, (size + 1) // 2, 32).take(pa.array(np.arange(size) // 2)),
                pa.array(numbers % 200).cast(pa.string()),
                pa.array(17_000_000 + numbers // 200).cast(pa.string()),
            ]
            if has_faults:
                columns = [
                    _replaced(column, name, numbers)
                    for name, column in zip(NAMES, columns, strict=True)
                ]
            writer.write_table(pa.table(columns, schema=schema))


def _replaced(column, name, numbers):
    """A column with its share of the odd texts."""
    own = [n for n, (where, _) in enumerate(_ODD) if where == name]
    of_row = np.where(numbers % _ODD_EVERY == _ODD_AT, numbers // _ODD_EVERY % len(_ODD), -1)
    mask = np.isin(of_row, own)
    texts = [_ODD[n][1] for n in of_row[mask]]
    return pa.compute.replace_with_mask(column, pa.array(mask), pa.array(texts, pa.string()))
