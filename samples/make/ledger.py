"""A plain ledger to check the compiled one with: Python integers, lists, one pass, nothing clever.

It follows tracing.md §2 word by word and shares no code with transforms.tracing, so that a mistake
would have to be made twice to stay hidden. Slow on purpose: use it on thousands of rows, not more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

POLICIES = ("fifo", "haircut", "lifo", "tiho")
ZERO = "0x" + "0" * 40
CLEAN = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One movement of one asset; `fee` rows have no receiver."""

    sender: str
    receiver: str
    value: int
    kind: str = "token"


@dataclass(slots=True)
class Lot:
    origin: str
    amount: int


@dataclass(slots=True)
class Result:
    """Where taint was born and where it is at the end, all by origin."""

    seeded: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    sunk: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    burned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    fees: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # (row number, service, origin, amount, hops)
    receipts: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    tainted: set[str] = field(default_factory=set)
    # Haircut: units that no origin's exact share covers. The story is built to have none.
    odd_units: int = 0

    def residual(self) -> int:
        born = sum(self.seeded.values())
        stores = (self.held, self.sunk, self.burned, self.fees)
        return born - sum(sum(store.values()) for store in stores)


def openings(rows: Iterable[Row], services: set[str]) -> dict[str, int]:
    """What each address must have held before the first row."""
    balance: dict[str, int] = defaultdict(int)
    shortfall: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.sender != ZERO and row.sender not in services:
            balance[row.sender] -= row.value
            shortfall[row.sender] = max(shortfall[row.sender], -balance[row.sender])
        balance[row.receiver] += row.value
    return {address: amount for address, amount in shortfall.items() if amount > 0}


def take(lots: list[Lot], amount: int, policy: str) -> list[Lot]:
    """Lots worth `amount`, in the order in which the policy takes them."""
    taken = []
    while amount:
        position = 0
        if policy == "lifo":
            position = len(lots) - 1
        elif policy == "tiho":
            position = next((n for n, lot in enumerate(lots) if lot.origin != CLEAN), 0)
        lot = lots[position]
        part = min(lot.amount, amount)
        taken.append(Lot(lot.origin, part))
        lot.amount -= part
        amount -= part
        if not lot.amount:
            del lots[position]
    return taken


def shares(lots: list[Lot], amount: int, result: Result) -> list[Lot]:
    """Haircut: of `amount` out of the balance, floor(amount × taint / balance) is tainted."""
    total = sum(lot.amount for lot in lots)
    taint = sum(lot.amount for lot in lots if lot.origin != CLEAN)
    moved = amount * taint // total if total else 0
    taken = []
    for origin in sorted({lot.origin for lot in lots if lot.origin != CLEAN}):
        own = sum(lot.amount for lot in lots if lot.origin == origin)
        taken.append(Lot(origin, moved * own // taint))
    odd = moved - sum(lot.amount for lot in taken)
    result.odd_units += odd
    for lot in taken[:odd]:
        lot.amount += 1
    taken.append(Lot(CLEAN, amount - moved))
    for part in taken:
        remaining = part.amount
        for lot in lots:
            if lot.origin == part.origin:
                used = min(lot.amount, remaining)
                lot.amount -= used
                remaining -= used
    lots[:] = [lot for lot in lots if lot.amount]
    return [lot for lot in taken if lot.amount]


class Tracer:
    """One pass over the rows of one asset, for one policy."""

    def __init__(
        self, seeds: Mapping[str, str], services: set[str], policy: str, seed_funds: str
    ) -> None:
        # An address that is both seed and service is a service.
        self.origins = {seed: origin for seed, origin in seeds.items() if seed not in services}
        self.services = services
        self.policy = policy
        self.seed_funds = seed_funds
        self.result = Result()
        self.lots: dict[str, list[Lot]] = defaultdict(list)
        self.hops = dict.fromkeys(self.origins.items(), 0)

    def open(self, rows: Sequence[Row]) -> None:
        for address, amount in openings(rows, self.services).items():
            origin = self.origins.get(address, CLEAN)
            self.lots[address].append(Lot(origin, amount))
            if origin != CLEAN:
                self.result.seeded[origin] += amount

    def move(self, row: Row) -> list[Lot]:
        if row.sender == ZERO or row.sender in self.services:
            return [Lot(CLEAN, row.value)]
        if self.policy == "haircut":
            return shares(self.lots[row.sender], row.value, self.result)
        return take(self.lots[row.sender], row.value, self.policy)

    def receive(self, row: Row, lot: Lot) -> None:
        """Put a lot where it belongs; taint is counted there, clean units are only kept."""
        origin = lot.origin
        if origin == CLEAN and self.seed_funds == "all" and row.receiver in self.origins:
            origin = self.origins[row.receiver]
            self.result.seeded[origin] += lot.amount
        if row.receiver != ZERO and row.receiver not in self.services and row.kind != "fee":
            self.lots[row.receiver].append(Lot(origin, lot.amount))
        elif origin == CLEAN:
            return
        elif row.kind == "fee":
            self.result.fees[origin] += lot.amount
        elif row.receiver == ZERO:
            self.result.burned[origin] += lot.amount
        else:
            self.result.sunk[row.receiver, origin] += lot.amount

    def arrive(self, number: int, row: Row, moved: Iterable[Lot]) -> None:
        """Note who was reached by whose taint, and over how many hops."""
        amounts: dict[str, int] = defaultdict(int)
        for lot in moved:
            amounts[lot.origin] += lot.amount
        amounts.pop(CLEAN, None)
        for origin, amount in amounts.items():
            hop = self.hops.get((row.sender, origin), 0) + 1
            known = self.hops.get((row.receiver, origin), hop)
            self.hops[row.receiver, origin] = min(known, hop)
            self.result.tainted.add(row.receiver)
            if row.receiver in self.services:
                self.result.receipts.append((number, row.receiver, origin, amount, hop))

    def close(self) -> Result:
        for address, left in self.lots.items():
            for lot in left:
                if lot.origin != CLEAN:
                    self.result.held[address, lot.origin] += lot.amount
        if self.result.residual():
            raise ArithmeticError(f"{self.policy}: {self.result.residual()} units lost")
        return self.result


def trace(
    rows: Sequence[Row],
    seeds: Mapping[str, str],
    services: set[str],
    policy: str,
    seed_funds: str,
) -> Result:
    """Follow taint through the rows of one asset; `seeds` maps an address to its origin."""
    tracer = Tracer(seeds, services, policy, seed_funds)
    tracer.open(rows)
    for number, row in enumerate(rows):
        if row.value == 0 or row.sender == row.receiver:
            continue
        moved = tracer.move(row)
        for lot in moved:
            tracer.receive(row, lot)
        if row.kind != "fee" and row.receiver != ZERO:
            tracer.arrive(number, row, moved)
    return tracer.close()


def reach(rows: Sequence[Row], seeds: Iterable[str], services: set[str]) -> dict[str, int]:
    """Time-respecting: address → fewest hops from a seed; services are reached and not left."""
    found = {seed: 0 for seed in seeds if seed not in services}
    for row in rows:
        if row.kind == "fee" or row.value == 0 or ZERO in (row.sender, row.receiver):
            continue
        if row.sender in found and row.sender not in services:
            hop = found[row.sender] + 1
            found[row.receiver] = min(found.get(row.receiver, hop), hop)
    return found
