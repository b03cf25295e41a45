"""The ledger in Python integers: any width, no compiler.

In: a ``Log``. Out: ``Reach`` and ``Outcome``, equal to the kernel's to the last unit. It takes over
where a value or a total is too wide for two 64-bit limbs, and for logs so short that loading the
compiler would cost more than the work.
"""

from collections import defaultdict
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.tracing import tables
from transforms.tracing.log import CLEAN, FEE_SINK, NOBODY, Log, Outcome, Reach
from transforms.tracing.purses import PURSES, Fifo, Haircut, Piece

Amounts: TypeAlias = npt.NDArray[np.object_]  # Python integers


def total(amounts: Amounts) -> int:
    """Add amounts up."""
    return sum(amounts.tolist())


def opening(log: Log) -> Amounts:
    """Return the least balance each address must have started with."""
    missing = [0] * len(log.addresses)
    balance = [0] * len(log.addresses)
    service = log.service.tolist()
    for payer, payee, value in zip(
        log.payer.tolist(), log.payee.tolist(), log.values(), strict=True
    ):
        if payer >= 0 and not service[payer]:
            if balance[payer] < value:
                missing[payer] += value - balance[payer]
                balance[payer] = value
            balance[payer] -= value
        if payee >= 0:
            balance[payee] += value
    return np.array(missing, dtype=object)


def reach(log: Log) -> Reach:
    """Carry reachability through the log in one ordered pass."""
    hops: list[int | None] = [0 if origin != CLEAN else None for origin in log.seed.tolist()]
    origins = log.seed.tolist()
    service = log.service.tolist()
    arrival = np.full(len(hops), -1, dtype=np.int64)
    steps: list[tuple[int, int, int, int]] = []
    rows = zip(log.payer.tolist(), log.payee.tolist(), log.values(), strict=True)
    for row, (payer, payee, value) in enumerate(rows):
        if not value or payer < 0 or payee < 0 or service[payer]:
            continue
        hop, known = hops[payer], hops[payee]
        if hop is None or (known is not None and known <= hop + 1):
            continue
        if known is None:
            arrival[payee] = row
        hops[payee], origins[payee] = hop + 1, origins[payer]
        steps.append((payee, origins[payer], row, hop + 1))
    address, origin, row_of, hop_of = np.array(steps, dtype=np.int64).reshape(-1, 4).T
    return Reach(
        reached=np.array([hop is not None for hop in hops], dtype=np.bool_),
        arrival=arrival,
        address=address.astype(np.int32),
        origin=origin.astype(np.int32),
        row=row_of,
        hop=hop_of.astype(np.int32),
    )


class Books:
    """Taint per address and origin, and everything written down on the way."""

    def __init__(self, log: Log) -> None:
        self.taint: dict[tuple[int, int], int] = {}
        self.hops: dict[tuple[int, int], int] = {}
        self.traced: list[tuple[int, int, int, int]] = []  # row, origin, amount, hop
        self.steps: list[tuple[int, int, int, int]] = []  # address, origin, row, hop
        self.seeded = 0
        self.gone = {NOBODY: 0, FEE_SINK: 0}
        self.tainted = np.zeros(len(log.addresses), dtype=np.bool_)
        for seed in np.flatnonzero(log.seed != CLEAN).tolist():
            self.hops[seed, int(log.seed[seed])] = 0
            self.tainted[seed] = True

    def born(self, seed: int, origin: int, amount: int) -> None:
        """Enter money that turns tainted at a seed."""
        self.seeded += amount
        self.taint[seed, origin] = self.taint.get((seed, origin), 0) + amount

    def moved(self, row: int, payer: int, payee: int, pieces: list[Piece]) -> None:
        """Enter the tainted pieces of one transfer."""
        amounts: dict[int, int] = {}
        for amount, origin in pieces:
            if origin != CLEAN:
                amounts[origin] = amounts.get(origin, 0) + amount
        for origin, amount in sorted(amounts.items()):
            hop = self.hops[payer, origin] + 1
            self.taint[payer, origin] -= amount
            self.traced.append((row, origin, amount, hop))
            if payee < 0:
                self.gone[payee] += amount
                continue
            self.taint[payee, origin] = self.taint.get((payee, origin), 0) + amount
            self.tainted[payee] = True
            known = self.hops.get((payee, origin))
            if known is None or hop < known:
                self.hops[payee, origin] = hop
                self.steps.append((payee, origin, row, hop))


def run(log: Log, policy: str, opened: Amounts, *, all_funds: bool) -> Outcome:
    """Trace one conserving policy."""
    books = Books(log)
    service, seed = log.service.tolist(), log.seed.tolist()
    purses: defaultdict[int, Fifo | Haircut] = defaultdict(PURSES[policy])
    for address in np.flatnonzero(opened).tolist():
        purses[address].give([Piece(opened[address], seed[address])])
        if seed[address] != CLEAN:
            books.born(address, seed[address], opened[address])

    rows = zip(log.payer.tolist(), log.payee.tolist(), log.values(), strict=True)
    for row, (payer, payee, value) in enumerate(rows):
        if not value or payer == payee:
            continue
        if payer < 0 or service[payer]:
            pieces = [Piece(value, CLEAN)]
        else:
            pieces = purses[payer].take(value)
            books.moved(row, payer, payee, pieces)
        if payee < 0 or service[payee]:
            continue
        if all_funds and seed[payee] != CLEAN:
            clean = sum(piece.amount for piece in pieces if piece.origin == CLEAN)
            books.born(payee, seed[payee], clean)
            pieces = [
                piece if piece.origin != CLEAN else Piece(piece.amount, seed[payee])
                for piece in pieces
            ]
        purses[payee].give(pieces)

    return _outcome(log, books, held=sum(purse.tainted() for purse in purses.values()))


def _outcome(log: Log, books: Books, held: int) -> Outcome:
    row, origin, amount, hop = list(zip(*books.traced, strict=True)) or [()] * 4
    address, of, at, hops = list(zip(*books.steps, strict=True)) or [()] * 4
    left = {key: amount for key, amount in sorted(books.taint.items()) if amount}
    owner = np.array([address for address, _ in left], dtype=np.int32)
    amounts = np.array(list(left.values()), dtype=object)
    return Outcome(
        seeded=books.seeded,
        held=held,
        booked=total(amounts[~log.service[owner]]),
        sunk=total(amounts[log.service[owner]]),
        burned=books.gone[NOBODY],
        fees=books.gone[FEE_SINK],
        tainted=books.tainted,
        traced=tables.traced(
            log,
            np.array(row, dtype=np.int64),
            np.array(origin, dtype=np.int32),
            pa.array(map(str, amount), pa.string()),
            np.array(hop, dtype=np.int32),
        ),
        balance_address=owner,
        balance_origin=np.array([origin for _, origin in left], dtype=np.int32),
        balance_amount=pa.array(map(str, amounts.tolist()), pa.string()),
        step_address=np.array(address, dtype=np.int32),
        step_origin=np.array(of, dtype=np.int32),
        step_row=np.array(at, dtype=np.int64),
        step_hop=np.array(hops, dtype=np.int32),
    )
