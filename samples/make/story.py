"""The planted story: wages, consolidation, layers, cash-outs. SYNTHETIC.

In: facts/story (payroll.csv, legs.csv). Out: transactions. Companies pay wages in stablecoins to
worker wallets; workers hand most of it to consolidators, these to a designated treasury; from there
it goes through intermediaries, a swap and a mixer to exchanges, an OTC desk and an unlabelled hub.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from samples.make.chain import Call, Log, Tx, token_payment
from samples.make.common import (
    ZERO,
    address_of,
    base_units,
    draw,
    evm_address,
    read_facts,
    tokens,
    unix,
)

MONTHS = [date(2025, month, 1) for month in range(2, 10)]
CENT = 10_000  # base units of a token with six decimals
# Workers keep a sixth or so for themselves; the rest goes up the line.
FORWARDED_PER_MILLE = 850
FIRST_HALF = {f"worker_{n:02}" for n in range(1, 5)}


def at(month: date, day: int, hour: int) -> int:
    return unix(f"{month:%Y-%m}-{day:02}T{hour:02}:00:00")


def pay(time: int, asset: str, between: tuple[str, str], value: int, label: str) -> Tx:
    sender, receiver = map(address_of, between)
    return token_payment(time, Log(asset, sender, receiver, value), label)


def wages() -> Iterator[Tx]:
    """Salaries around the agreed sum, overtime and all, and what the workers hand on."""
    for month in MONTHS:
        earned: dict[tuple[str, str], int] = defaultdict(int)
        for row in read_facts("story", "payroll.csv"):
            label = f"wage {month:%Y-%m} {row['company']} {row['worker']} {row['asset']}"
            cents = int(row["monthly"]) * 100 + draw(-25_000, 40_000, label)
            day = 2 + int(row["company"][-2:]) % 5
            earned[row["worker"], row["asset"]] += cents
            parties = (row["company"], row["worker"])
            yield pay(at(month, day, 12), row["asset"], parties, cents * CENT, label)
        yield from consolidation(month, earned)


def consolidation(month: date, earned: dict[tuple[str, str], int]) -> Iterator[Tx]:
    collected: dict[tuple[str, str], int] = defaultdict(int)
    for (worker, asset), cents in earned.items():
        if worker == "delegation_wages":
            continue
        target = "consolidator_a" if worker in FIRST_HALF else "consolidator_b"
        value = cents * FORWARDED_PER_MILLE // 1000 * CENT
        collected[target, asset] += value
        label = f"consolidate {month:%Y-%m} {worker} {asset}"
        yield pay(at(month, 12, 9), asset, (worker, target), value, label)
    for (source, asset), value in collected.items():
        label = f"treasury {month:%Y-%m} {source} {asset}"
        yield pay(at(month, 18, 9), asset, (source, "delegation_treasury"), value, label)


def legs() -> Iterator[Tx]:
    """The steps that facts/story/legs.csv spells out one by one."""
    for row in read_facts("story", "legs.csv"):
        label = " ".join(("leg", row["at"], row["from"], row["to"]))
        how, *more = row["how"].split(" ")
        sender, receiver = address_of(row["from"]), address_of(row["to"])
        value = base_units(row["amount"], row["asset"])
        log = Log(row["asset"], sender, receiver, value)
        time = unix(row["at"])
        if how == "swap":
            yield swap(time, log, base_units(more[0], "ETH"), label)
        elif how == "withdrawal":
            yield withdrawal(time, log, base_units(more[0], "ETH"), label)
        elif how == "routed":
            pool = Call(receiver, address_of(more[0]), value, "0")
            yield Tx(time, sender, receiver, label, value, 980_000, "0x", calls=[pool])
        elif row["asset"] == "ETH":
            gas = 870_000 if how == "deposit" else 21_000
            status = 0 if how == "failed" else 1
            yield Tx(time, sender, receiver, label, value, gas, status=status, traced=True)
        elif sender == ZERO:
            contract = tokens()[row["asset"]]["address"]
            yield Tx(time, evm_address("minter"), contract, label, gas=90_000, logs=[log])
        else:
            yield token_payment(time, log, label)


def swap(time: int, log: Log, ether: int, label: str) -> Tx:
    """A token goes to the pool, ether comes back from the router, both in one transaction.

    The delegatecall carries the caller's value along without moving it.
    """
    router = address_of("dex_router")
    calls = [
        Call(router, evm_address("dex implementation"), ether, "0", call_type="delegatecall"),
        Call(router, log.sender, ether, "1"),
    ]
    return Tx(time, log.sender, router, label, gas=182_000, logs=[log], calls=calls)


def withdrawal(time: int, log: Log, fee: int, label: str) -> Tx:
    """A relayer takes ether out of a mixer's pool for somebody else and keeps a fee."""
    relayer = address_of("mixer_relayer")
    calls = [
        Call(log.sender, log.receiver, log.value, "0"),
        Call(log.sender, relayer, fee, "1"),
    ]
    return Tx(time, relayer, log.sender, label, gas=340_000, calls=calls)


def transactions() -> list[Tx]:
    return [*wages(), *legs()]
