"""What an address holds: a chain of lots (FIFO, LIFO, TIHO) or one balance (haircut).

All lots lie in one pool. A transfer splits at most one lot or makes one, so a pool of as many lots
as there are rows and addresses is always large enough; pages never used cost nothing.

Under LIFO the chain starts at the newest lot, else at the oldest. Under TIHO it holds tainted lots
only and ``balance`` is the clean money beside it; under haircut ``balance`` is everything.
"""
# ruff: noqa: PLR0917 (numba knows no keyword-only arguments)

from typing import Final

import numpy as np

from transforms.tracing.kernel.jit import Table, part
from transforms.tracing.kernel.wide import (
    ONE,
    ZERO,
    Wide,
    Word,
    Words,
    add_to,
    less,
    minus,
    plus,
    take_from,
    times_over,
)
from transforms.tracing.log import CLEAN, Codes, Longs

NONE: Final = -1
FIFO, LIFO, TIHO, HAIRCUT = range(4)

AMOUNT: Final = np.dtype([("high", "u8"), ("low", "u8")])
LOT: Final = np.dtype([("next", "i4"), ("origin", "i4"), ("high", "u8"), ("low", "u8")])
# Everything about an address side by side, in one line of the processor's cache.
ACCOUNT: Final = np.dtype(
    [
        ("balance", AMOUNT),
        ("taint", AMOUNT),  # under haircut: the part of the balance that is tainted
        ("head", "i4"),
        ("tail", "i4"),
        ("start", "i8"),  # its page of shares, see books.py
        ("count", "i4"),
        ("room", "i4"),
        ("spare", "u8"),
    ],
    align=True,
)

# Places in the array of counters: the pool's free lots and the first one never used, then what
# books.py keeps, then how many origins the present transfer touches.
FREE_LOT, LOTS, SHARES, TRACED_ROWS, STEPS, TOUCHED = range(6)


@part
def new_lot(lots: Table, counters: Longs, origin: int, high: Word, low: Word) -> int:
    """Take a lot out of the pool."""
    lot = int(counters[FREE_LOT])
    if lot == NONE:
        lot = int(counters[LOTS])
        counters[LOTS] += 1
    else:
        counters[FREE_LOT] = lots[lot].next
    lots[lot].next = NONE
    lots[lot].origin = origin
    lots[lot].high, lots[lot].low = high, low
    return lot


@part
def drop_lots(lots: Table, counters: Longs, lot: int) -> None:
    """Return a chain to the pool."""
    while lot != NONE:
        after = int(lots[lot].next)
        lots[lot].next = counters[FREE_LOT]
        counters[FREE_LOT] = lot
        lot = after


@part
def touch(
    moved: Words, touched: Codes, counters: Longs, origin: int, high: Word, low: Word
) -> None:
    """Note tainted money of one transfer under its origin."""
    if moved[origin, 0] == ZERO and moved[origin, 1] == ZERO:
        touched[counters[TOUCHED]] = origin
        counters[TOUCHED] += 1
    moved[origin, 0], moved[origin, 1] = plus(moved[origin, 0], moved[origin, 1], high, low)


@part
def take_lots(
    account: Table,
    lots: Table,
    counters: Longs,
    high: Word,
    low: Word,
    moved: Words,
    touched: Codes,
) -> tuple[int, Word, Word]:
    """Detach lots from the head: the chain in the order taken, and what they could not pay."""
    first, last = NONE, NONE
    while (high != ZERO or low != ZERO) and account.head != NONE:
        lot = int(account.head)
        if less(high, low, lots[lot].high, lots[lot].low):
            take_from(lots[lot], high, low)
            lot = new_lot(lots, counters, lots[lot].origin, high, low)
        else:
            account.head = lots[lot].next
            lots[lot].next = NONE
        high, low = minus(high, low, lots[lot].high, lots[lot].low)
        if lots[lot].origin != CLEAN:
            touch(moved, touched, counters, lots[lot].origin, lots[lot].high, lots[lot].low)
        if first == NONE:
            first = lot
        else:
            lots[last].next = lot
        last = lot
    return first, high, low


@part
def give_lots(account: Table, lots: Table, counters: Longs, lot: int, on_top: bool) -> None:
    """Append a chain, or pile it up lot by lot; neighbours of one origin merge."""
    while lot != NONE:
        after = int(lots[lot].next)
        lots[lot].next = NONE
        end = int(account.head if on_top or account.head == NONE else account.tail)
        if end == NONE:
            account.head = account.tail = lot
        elif lots[end].origin == lots[lot].origin:
            add_to(lots[end], lots[lot].high, lots[lot].low)
            drop_lots(lots, counters, lot)
        elif on_top:
            lots[lot].next = end
            account.head = lot
        else:
            lots[end].next = lot
            account.tail = lot
        lot = after


@part
def stain_lots(lots: Table, lot: int, origin: int, share: Table, seeded: Table) -> None:
    """Turn the clean lots of a chain into the seed's."""
    while lot != NONE:
        if lots[lot].origin == CLEAN:
            lots[lot].origin = origin
            add_to(share, lots[lot].high, lots[lot].low)
            add_to(seeded, lots[lot].high, lots[lot].low)
        lot = int(lots[lot].next)


@part
def receive(
    policy: int,
    account: Table,
    lots: Table,
    counters: Longs,
    origin: int,
    high: Word,
    low: Word,
) -> None:
    """Put one amount of one origin into a account."""
    if high == ZERO and low == ZERO:
        return
    if policy == HAIRCUT or (policy == TIHO and origin == CLEAN):
        add_to(account.balance, high, low)
        if origin != CLEAN:
            add_to(account.taint, high, low)
    else:
        lot = new_lot(lots, counters, origin, high, low)
        give_lots(account, lots, counters, lot, policy == LIFO)


@part
def cut(
    account: Table,
    shares: Table,
    counters: Longs,
    high: Word,
    low: Word,
    moved: Words,
    touched: Codes,
) -> Wide:
    """Haircut of (high, low): its tainted part, split by origin, leftover units in origin order."""
    taint, balance = account.taint, account.balance
    if taint.high == ZERO and taint.low == ZERO:
        return ZERO, ZERO
    high, low = times_over(high, low, taint.high, taint.low, balance.high, balance.low)
    left = low  # the leftover is smaller than the number of origins: its low limb is enough
    start, end = account.start, account.start + account.count
    for place in range(start, end):
        own = shares[place]
        part_high, part_low = share_of(high, low, own, taint)
        moved[own.origin, 0], moved[own.origin, 1] = part_high, part_low
        left -= part_low
    for place in range(start, end):
        own = shares[place]
        origin = own.origin
        if left != ZERO and less(moved[origin, 0], moved[origin, 1], own.high, own.low):
            moved[origin, 0], moved[origin, 1] = plus(moved[origin, 0], moved[origin, 1], ZERO, ONE)
            left -= ONE
        if moved[origin, 0] != ZERO or moved[origin, 1] != ZERO:
            touched[counters[TOUCHED]] = origin
            counters[TOUCHED] += 1
    return high, low


@part
def share_of(high: Word, low: Word, own: Table, taint: Table) -> Wide:
    """Return one origin's part of a tainted amount, cut off."""
    if own.high == ZERO and own.low == ZERO:
        return ZERO, ZERO
    if own.high == taint.high and own.low == taint.low:
        return high, low
    return times_over(high, low, own.high, own.low, taint.high, taint.low)
