"""Generated days of an ethereum-etl export, for benchmarks: transactions and token transfers.

Half of the rows are transactions and half are logs of every second of them. Accounts follow a
power law, as they do on a chain: a few have a percent of all transfers each, and are hubs to
their thousands of counterparties. One receiver in twenty is new.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from bench._token_transfers import hexes

BLOCKS = 7_200  # Ethereum's a day
_FIRST_BLOCK, _FIRST_SECOND, _BLOCK_SECONDS = 17_000_000, 1_680_912_000, 12
_ACCOUNTS, _TOKENS = 1_000_000, 1_000
_EVERY_NEW = 20


def write_day(folder, day, rows):
    """``transactions.csv`` and ``token_transfers.csv`` of one day; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    fixed, rng = np.random.default_rng(20250827), np.random.default_rng(day)
    accounts, tokens = hexes(fixed, _ACCOUNTS, 20), hexes(fixed, _TOKENS, 20)
    size = rows // 2
    numbers = np.arange(size)
    of_block = numbers * BLOCKS // size
    place = numbers - np.searchsorted(of_block, of_block)
    blocks = _FIRST_BLOCK + day * BLOCKS + of_block
    hashes = hexes(rng, size, 32)
    _write(
        folder / "transactions.csv",
        {
            "hash": hashes,
            "nonce": numbers,
            "block_hash": hexes(rng, BLOCKS, 32).take(pa.array(of_block)),
            "block_number": blocks,
            "transaction_index": place,
            "from_address": _some(rng, accounts, size),
            "to_address": _receivers(rng, accounts, size),
            "value": _amounts(rng, size),
            "gas": np.full(size, 21_000),
            "gas_price": np.full(size, 20_000_000_000),
            "input": pa.array(["0x"]).take(pa.array(np.zeros(size, np.int64))),
            "block_timestamp": _FIRST_SECOND + (blocks - _FIRST_BLOCK) * _BLOCK_SECONDS,
        },
    )
    emitting = numbers - numbers % 2
    _write(
        folder / "token_transfers.csv",
        {
            "token_address": _some(rng, tokens, size),
            "from_address": _some(rng, accounts, size),
            "to_address": _receivers(rng, accounts, size),
            "value": _amounts(rng, size),
            "transaction_hash": hashes.take(pa.array(emitting)),
            "log_index": 2 * place[emitting] + numbers % 2,
            "block_number": blocks[emitting],
        },
    )
    return folder


def _some(rng, pool, size):
    return pool.take(pa.array((len(pool) * rng.random(size) ** 3).astype(np.int64)))


def _receivers(rng, accounts, size):
    new = hexes(rng, size // _EVERY_NEW, 20)
    mask = np.zeros(size, np.bool_)
    mask[: len(new) * _EVERY_NEW : _EVERY_NEW] = True
    return pc.replace_with_mask(_some(rng, accounts, size), pa.array(mask), new)


def _amounts(rng, size):
    """A tenth of them nothing, the others of nine to twenty-four digits."""
    units = rng.integers(1, 10**15, size)
    zeros = pa.array(["0" * n for n in range(9)]).take(pa.array(rng.integers(0, 9, size)))
    texts = pc.binary_join_element_wise(pa.array(units).cast(pa.string()), zeros, "")
    return pc.if_else(pa.array(np.arange(size) % 10 == 3), "0", texts)


def _write(path, columns):
    texts = {name: pa.array(c).cast(pa.string()) for name, c in columns.items()}
    options = pa_csv.WriteOptions(quoting_style="none")
    pa_csv.write_csv(pa.table(texts), path, write_options=options)
