"""The ledger, compiled: one ordered pass with amounts as two 64-bit limbs.

In: a ``Log`` with limbs, whose totals stay below 2^127 (``log.KERNEL_BOUND`` sees to it). Out:
``Reach`` and ``Outcome``, equal to those of ``exact`` to the last unit.

A pass stops when a table is full and goes on where it stopped: rows are turned into Arrow as they
come, so that what is found never lies in memory twice. Importing this package imports numba; the
ledger does so only when it pays.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pyarrow as pa

from transforms.tracing import limbs, tables
from transforms.tracing.kernel.books import (
    BURNED,
    FAR,
    FEES,
    HELD,
    SEEDED,
    SHARE,
    STEP,
    TRACED,
)
from transforms.tracing.kernel.jit import Table
from transforms.tracing.kernel.passes import (
    closing_pass,
    ledger_pass,
    open_pass,
    opening_pass,
    reach_pass,
)
from transforms.tracing.kernel.purses import (
    ACCOUNT,
    AMOUNT,
    FIFO,
    FREE_LOT,
    HAIRCUT,
    LIFO,
    LOT,
    NONE,
    SHARES,
    STEPS,
    TIHO,
    TRACED_ROWS,
)
from transforms.tracing.kernel.wide import MOST_DIGITS, Words, write_text
from transforms.tracing.limbs import Limbs
from transforms.tracing.log import CLEAN, Codes, Log, Longs, Outcome, Reach

POLICIES: Final = {"fifo": FIFO, "lifo": LIFO, "tiho": TIHO, "haircut": HAIRCUT}

ROWS_AT_ONCE: Final = 2**20  # 32 MiB of traced rows before they become Arrow


def total(amounts: Limbs) -> int:
    """Add amounts up."""
    return limbs.total(amounts)


def opening(log: Log) -> Limbs:
    """Return the least balance each address must have started with."""
    opened = np.zeros((len(log.addresses), 2), np.uint64)
    opening_pass(log.payer, log.payee, _limbs(log), log.service, opened)
    return opened


def reach(log: Log) -> Reach:
    """Carry reachability through the log in one ordered pass."""
    hops = np.where(log.seed != CLEAN, np.int32(0), FAR)
    origins = log.seed.copy()
    arrival = np.full(len(hops), NONE, np.int64)
    steps: list[Table] = []
    row = 0
    while row < len(log):
        found = np.empty(ROWS_AT_ONCE, STEP)
        row, count = reach_pass(
            row, log.payer, log.payee, _limbs(log), log.service, hops, origins, arrival, found
        )
        steps.append(found[:count].copy())
    step = np.concatenate([np.empty(0, STEP), *steps])
    return Reach(
        reached=hops != FAR,
        arrival=arrival,
        address=step["address"],
        origin=step["origin"],
        row=step["row"],
        hop=step["hop"],
    )


@dataclass(slots=True)
class State:
    """Everything the ledger knows between two rows."""

    accounts: Table
    lots: Table
    shares: Table
    traced: Table
    steps: Table
    counters: Longs
    sums: Table
    moved: Words
    touched: Codes


def run(log: Log, policy: str, opened: Limbs, *, all_funds: bool) -> Outcome:
    """Trace one conserving policy."""
    code = POLICIES[policy]
    state = _open(log, code, opened)
    traced, steps = [tables.TRACED.empty_table()], [np.empty(0, STEP)]
    row = 0
    while row < len(log):
        row = ledger_pass(
            code,
            all_funds,
            row,
            log.payer,
            log.payee,
            _limbs(log),
            log.service,
            log.seed,
            *(getattr(state, field.name) for field in fields(state)),
        )
        found = state.traced[: state.counters[TRACED_ROWS]]
        traced.append(tables.traced(log, found["row"], found["origin"], _text(found), found["hop"]))
        steps.append(state.steps[: state.counters[STEPS]].copy())
        state.counters[[TRACED_ROWS, STEPS]] = 0
        used = state.counters[SHARES]
        if used > len(state.shares) // 2:
            longer = np.empty(2 * len(state.shares), SHARE)
            longer[:used] = state.shares[:used]
            state.shares = longer
    closing_pass(code, state.accounts, state.lots, state.sums[HELD:])
    return _outcome(log, state, pa.concat_tables(traced), np.concatenate(steps))


def _open(log: Log, code: int, opened: Limbs) -> State:
    origins, owners = len(log.origins), len(log.addresses)
    seeds = np.flatnonzero(log.seed != CLEAN)
    state = State(
        accounts=np.zeros(owners, ACCOUNT),
        lots=np.empty(0 if code == HAIRCUT else len(log) + owners, LOT),
        shares=np.empty(ROWS_AT_ONCE + len(seeds) + 4 * origins, SHARE),
        traced=np.empty(ROWS_AT_ONCE + origins, TRACED),
        steps=np.empty(ROWS_AT_ONCE + origins, STEP),
        counters=np.zeros(6, np.int64),
        sums=np.zeros(4, AMOUNT),
        moved=np.zeros((origins, 2), np.uint64),
        touched=np.empty(origins, np.int32),
    )
    state.accounts["head"] = state.accounts["tail"] = NONE
    state.counters[FREE_LOT] = NONE
    open_pass(code, log.seed, opened, state.accounts, state.lots, state.counters)

    state.accounts["start"][seeds] = np.arange(len(seeds))
    state.accounts["count"][seeds] = state.accounts["room"][seeds] = 1
    state.counters[SHARES] = len(seeds)
    first = state.shares[: len(seeds)]
    first["origin"], first["hop"] = log.seed[seeds], 0
    first["high"], first["low"] = opened[seeds].T
    seeded = total(opened[seeds])
    state.sums["high"][SEEDED], state.sums["low"][SEEDED] = seeded >> 64, seeded & 2**64 - 1
    return state


def _outcome(log: Log, state: State, traced: pa.Table, steps: Table) -> Outcome:
    sums = [(int(entry["high"]) << 64) + int(entry["low"]) for entry in state.sums]
    count = state.accounts["count"]
    owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
    place = np.repeat(state.accounts["start"] - np.cumsum(count) + count, count)
    share = state.shares[place + np.arange(len(owner))]
    positive = (share["high"] != 0) | (share["low"] != 0)
    owner, share = owner[positive], share[positive]
    sunk = log.service[owner]
    return Outcome(
        seeded=sums[SEEDED],
        held=sums[HELD],
        booked=total(np.column_stack((share["high"], share["low"]))[~sunk]),
        sunk=total(np.column_stack((share["high"], share["low"]))[sunk]),
        burned=sums[BURNED],
        fees=sums[FEES],
        tainted=count > 0,  # only seeds and receivers of tainted money ever get a page
        traced=traced,
        balance_address=owner,
        balance_origin=share["origin"],
        balance_amount=_text(share),
        step_address=steps["address"],
        step_origin=steps["origin"],
        step_row=steps["row"],
        step_hop=steps["hop"],
    )


def _limbs(log: Log) -> Limbs:
    if log.limbs is None:
        raise ValueError("amounts are too wide for the kernel's two limbs, use engine='exact'")
    return log.limbs


def _text(entries: Table) -> pa.Array:
    """Write the amounts of records as decimal text."""
    offsets = np.empty(len(entries) + 1, np.int32)
    text = np.empty(MOST_DIGITS * len(entries), np.uint8)
    high, low = np.ascontiguousarray(entries["high"]), np.ascontiguousarray(entries["low"])
    used = write_text(high, low, offsets, text)
    return pa.StringArray.from_buffers(
        len(entries), pa.py_buffer(offsets), pa.py_buffer(text[:used].copy())
    )
