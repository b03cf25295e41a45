"""Taint per address and origin, and what is written down when it moves.

An address keeps its shares side by side in one pool, ordered by origin; when it needs more room its
shares move to the end of the pool and the old place is given up. A share stays when its amount
falls to nothing, because its hops stay true.
"""
# ruff: noqa: PLR0917 (numba knows no keyword-only arguments)

from typing import Final

import numpy as np

from transforms.tracing.kernel.jit import Table, part
from transforms.tracing.kernel.purses import SHARES, STEPS, TOUCHED, TRACED_ROWS
from transforms.tracing.kernel.wide import ZERO, Words, add_to, take_from
from transforms.tracing.log import FEE_SINK, NOBODY, Codes, Longs

FAR: Final = np.int32(2**31 - 1)  # the hops of an address not reached yet

PAGE: Final = np.dtype([("start", "i8"), ("count", "i4"), ("room", "i4")])
SHARE: Final = np.dtype([("origin", "i4"), ("hop", "i4"), ("high", "u8"), ("low", "u8")])
TRACED: Final = np.dtype(
    [("row", "i8"), ("origin", "i4"), ("hop", "i4"), ("high", "u8"), ("low", "u8")]
)
STEP: Final = np.dtype([("row", "i8"), ("address", "i4"), ("origin", "i4"), ("hop", "i4")])

SEEDED, BURNED, FEES, HELD = range(4)  # places in the array of sums


@part
def find(page: Table, shares: Table, origin: int) -> int:
    """Return the place of an origin that is known to be on the page."""
    place = int(page.start)
    while shares[place].origin != origin:
        place += 1
    return place


@part
def missing(page: Table, shares: Table, touched: Codes, count: int) -> int:
    """Count the touched origins, ascending, that are not on the page."""
    place, end, absent = page.start, page.start + page.count, 0
    for index in range(count):
        while place < end and shares[place].origin < touched[index]:
            place += 1
        if place == end or shares[place].origin != touched[index]:
            absent += 1
    return absent


@part
def make_room(page: Table, shares: Table, counters: Longs, needed: int) -> None:
    """Move the page to the end of the pool, at least doubled, when it is too short."""
    if needed <= page.room:
        return
    room = max(needed, 2 * page.room)
    start = counters[SHARES]
    counters[SHARES] += room
    for offset in range(page.count):
        old, new = shares[page.start + offset], shares[start + offset]
        new.origin, new.hop, new.high, new.low = old.origin, old.hop, old.high, old.low
    page.start, page.room = start, room


@part
def enter(page: Table, shares: Table, counters: Longs, touched: Codes, count: int) -> None:
    """Give every touched origin its place on the page, by merging from behind."""
    absent = missing(page, shares, touched, count)
    if absent == 0:
        return
    make_room(page, shares, counters, page.count + absent)
    source, index = page.start + page.count - 1, count - 1
    target = source + absent
    page.count += absent
    while index >= 0:
        new = shares[target]
        if source >= page.start and shares[source].origin >= touched[index]:
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
    pages: Table,
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
        enter(pages[payee], shares, counters, touched, count)
        got = pages[payee].start
    paid = pages[payer].start
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
