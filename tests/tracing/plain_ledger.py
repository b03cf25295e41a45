"""The ledger once more, with one list entry per unit of money: too simple to be wrong.

It shares nothing with transforms.tracing. Only for small values.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

CLEAN = None


class Row(NamedTuple):
    seq: int
    from_id: int | None
    to_id: int | None
    value: int
    is_fee: bool = False


@dataclass
class Books:
    seeded: int = 0
    burned: int = 0
    fees: int = 0
    opening: dict[int, int] = field(default_factory=dict)
    traced: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    balances: dict[tuple[int, int], int] = field(default_factory=dict)
    tainted: set[int] = field(default_factory=set)


def openings(rows, services, zero):
    balance, least = Counter(), Counter()
    for row in rows:
        if row.from_id is not None and row.from_id != zero and row.from_id not in services:
            balance[row.from_id] -= row.value
            least[row.from_id] = min(least[row.from_id], balance[row.from_id])
        is_coming_back = row.is_fee and row.from_id is None
        if row.to_id is not None and (not row.is_fee or is_coming_back):
            balance[row.to_id] += row.value
    return {address: -low for address, low in least.items() if low < 0}


def take(units, amount, policy):
    """Remove so many units from a list of origins, in the order in which they leave."""
    if policy == "fifo":
        order = range(amount)
    elif policy == "lifo":
        order = range(len(units) - 1, len(units) - 1 - amount, -1)
    elif policy == "tiho":
        order = sorted(range(len(units)), key=lambda place: (units[place] is CLEAN, place))[:amount]
    else:
        return haircut(units, amount)
    taken = [units[place] for place in order]
    for place in sorted(order, reverse=True):
        del units[place]
    return taken


def haircut(units, amount):
    taint = Counter(unit for unit in units if unit is not CLEAN)
    pooled = amount * taint.total() // len(units)
    share = {origin: pooled * own // taint.total() for origin, own in taint.items()}
    left = pooled - sum(share.values())
    while left:
        for origin in sorted(taint):
            if left and share[origin] < taint[origin]:
                share[origin] += 1
                left -= 1
    taken = [origin for origin in sorted(share) for _ in range(share[origin])]
    taken += [CLEAN] * (amount - len(taken))
    for unit in taken:
        units.remove(unit)
    return taken


def trace(rows, seeds, services, policy, seed_funds="opening", *, zero=None):
    present = {address for row in rows for address in (row.from_id, row.to_id)}
    seeds = {a: o for a, o in seeds.items() if a in present and a not in services and a != zero}
    books = Books(opening=openings(rows, services, zero), tainted=set(seeds))
    units = defaultdict(list)
    hops = dict.fromkeys(seeds.items(), 0)
    for address, amount in books.opening.items():
        units[address] = [seeds.get(address, CLEAN)] * amount
        books.seeded += amount if address in seeds else 0

    for row in rows:
        payer = None if row.from_id == zero else row.from_id
        payee = None if row.to_id == zero else row.to_id
        if row.is_fee and row.from_id is not None:
            payee = "the fee sink"
        if row.value == 0 or payer == payee:
            continue
        if payer is None or payer in services:
            moved = [CLEAN] * row.value
        else:
            moved = take(units[payer], row.value, policy)
        note(books, hops, row, (payer, payee), moved)
        if seed_funds == "all" and payee in seeds:
            books.seeded += moved.count(CLEAN)
            moved = [seeds[payee] if unit is CLEAN else unit for unit in moved]
        units[payee] += moved
    close(books, units)
    return books


def note(books, hops, row, parties, moved):
    payer, payee = parties
    for origin, amount in Counter(unit for unit in moved if unit is not CLEAN).items():
        hop = hops[payer, origin] + 1
        books.traced[row.seq, origin] = (amount, hop)
        hops[payee, origin] = min(hop, hops.get((payee, origin), hop))
        if payee not in {None, "the fee sink"}:
            books.tainted.add(payee)


def close(books, units):
    for address, held in units.items():
        counted = Counter(unit for unit in held if unit is not CLEAN)
        if address is None:
            books.burned = counted.total()
        elif address == "the fee sink":
            books.fees = counted.total()
        else:
            books.balances |= {(address, origin): n for origin, n in counted.items()}


def reach(rows, seeds, services, zero=None):
    """Earliest arrival of each address, by trying all rows until nothing changes any more."""
    present = {address for row in rows for address in (row.from_id, row.to_id)}
    arrival = {a: -1 for a in seeds if a in present and a not in services and a != zero}
    while True:
        before = dict(arrival)
        for row in rows:
            usable = row.value > 0 and not row.is_fee and row.to_id not in {None, zero}
            if usable and row.from_id not in services and row.seq > arrival.get(row.from_id, 10**9):
                arrival[row.to_id] = min(row.seq, arrival.get(row.to_id, row.seq))
        if arrival == before:
            return arrival
