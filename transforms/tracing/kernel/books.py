"""Taint per address and origin, and what is written down when it moves.

An address keeps its shares side by side in one pool, ordered by origin: its page. When the page
needs more room it moves to the end of the pool and the old place is given up. A share stays when
its amount falls to nothing, because its hops stay true.
"""
# ruff: noqa: PLR0917 (numba knows no keyword-only arguments)

from typing import Final

import numpy as np

from transforms.tracing.kernel.jit import Table, part
from transforms.tracing.kernel.purses import SHARES, STEPS, TOUCHED, TRACED_ROWS
from transforms.tracing.kernel.wide import ZERO, Words, add_to, take_from
from transforms.tracing.log import FEE_SINK, NOBODY, Codes, Longs

FAR: Final = np.int32(2**31 - 1)  # the hops of an address not reached yet

SHARE: Final = np.dtype([("origin", "i4"), ("hop", "i4"), ("high", "u8"), ("low", "u8")])
TRACED: Final = np.dtype(
    [("row", "i8"), ("origin", "i4"), ("hop", "i4"), ("high", "u8"), ("low", "u8")]
)
STEP: Final = np.dtype([("row", "i8"), ("address", "i4"), ("origin", "i4"), ("hop", "i4")])

SEEDED, BURNED, FEES, HELD = range(4)  # places in the array of sums


@part
def find(account: Table, shares: Table, origin: int) -> int:
    """Return the place of an origin that is known to be on the page."""
    place = int(account.start)
    while shares[place].origin != origin:
        place += 1
    return place


@part
def missing(account: Table, shares: Table, touched: Codes, count: int) -> int:
    """Count the touched origins, ascending, that are not on the page."""
    place, end, absent = account.start, account.start + account.count, 0
    for index in range(count):
        while place < end and shares[place].origin < touched[index]:
            place += 1
        if place == end or shares[place].origin != touched[index]:
            absent += 1
    return absent


@part
def make_room(account: Table, shares: Table, counters: Longs, needed: int) -> None:
    """Move the page to the end of the pool, at least doubled, when it is too short."""
    if needed <= account.room:
        return
    room = max(needed, 2 * account.room)
    start = counters[SHARES]
    counters[SHARES] += room
    for offset in range(account.count):
        old, new = shares[account.start + offset], shares[start + offset]
        new.origin, new.hop, new.high, new.low = old.origin, old.hop, old.high, old.low
    account.start, account.room = start, room


@part
def enter(account: Table, shares: Table, counters: Longs, touched: Codes, count: int) -> None:
    """Give every touched origin its place on the page, by merging from behind."""
    absent = missing(account, shares, touched, count)
    if absent == 0:
        return
    make_room(account, shares, counters, account.count + absent)
    source, index = account.start + account.count - 1, count - 1
    target = source + absent
    account.count += absent
    while index >= 0:
        new = shares[target]
        if source >= account.start and shares[source].origin >= touched[index]:
            old = shares[source]
            if old.origin == touched[index]:
                index -= 1
            new.origin, new.hop, new.high, new.low = old.origin, old.hop, old.high, old.low
            source -= 1
        else:
            new.origin, new.hop, new.high, new.low = touched[index], FAR, ZERO, ZERO
            index -= 1
        target -= 1


@part
def book(
    row: int,
    payer: int,
    payee: int,
    accounts: Table,
    shares: Table,
    traced: Table,
    steps: Table,
    counters: Longs,
    sums: Table,
    moved: Words,
    touched: Codes,
) -> None:
    """Enter the touched origins of one transfer: shares, traced rows, steps."""
    count = counters[TOUCHED]
    counters[TOUCHED] = 0
    if count > 1:
        touched[:count].sort()
    got = 0
    if payee >= 0:
        enter(accounts[payee], shares, counters, touched, count)
        got = accounts[payee].start
    paid = accounts[payer].start
    for index in range(count):
        origin = touched[index]
        high, low = moved[origin, 0], moved[origin, 1]
        moved[origin, 0], moved[origin, 1] = ZERO, ZERO
        while shares[paid].origin != origin:
            paid += 1
        take_from(shares[paid], high, low)
        hop = np.int32(shares[paid].hop + 1)
        note = traced[counters[TRACED_ROWS]]
        counters[TRACED_ROWS] += 1
        note.row, note.origin, note.hop, note.high, note.low = row, origin, hop, high, low
        if payee == NOBODY:
            add_to(sums[BURNED], high, low)
        elif payee == FEE_SINK:
            add_to(sums[FEES], high, low)
        else:
            while shares[got].origin != origin:
                got += 1
            add_to(shares[got], high, low)
            if hop < shares[got].hop:
                shares[got].hop = hop
                step = steps[counters[STEPS]]
                counters[STEPS] += 1
                step.row, step.address, step.origin, step.hop = row, payee, origin, hop
