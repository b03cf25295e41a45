"""The three passes over a log: opening balances, reach, and the conserving ledger."""
# ruff: noqa: PLR0917 (numba knows no keyword-only arguments)

import numpy as np

from transforms.tracing.kernel.books import FAR, SEEDED, book, find
from transforms.tracing.kernel.jit import Table, compiled
from transforms.tracing.kernel.purses import (
    HAIRCUT,
    LIFO,
    NONE,
    SHARES,
    STEPS,
    TIHO,
    TOUCHED,
    TRACED_ROWS,
    cut,
    drop_lots,
    give_lots,
    receive,
    stain_lots,
    take_lots,
)
from transforms.tracing.kernel.wide import ZERO, Words, add_to, less, minus, plus, take_from
from transforms.tracing.log import CLEAN, Codes, Flags, Longs


@compiled
def opening_pass(payer: Codes, payee: Codes, value: Words, service: Flags, opened: Words) -> None:
    """Find the least balance each address must have started with."""
    balance = np.zeros((len(service), 2), np.uint64)
    for row in range(len(payer)):
        source, target, high, low = payer[row], payee[row], value[row, 0], value[row, 1]
        if source >= 0 and not service[source]:
            has_high, has_low = balance[source, 0], balance[source, 1]
            if less(has_high, has_low, high, low):
                lack_high, lack_low = minus(high, low, has_high, has_low)
                opened[source, 0], opened[source, 1] = plus(
                    opened[source, 0], opened[source, 1], lack_high, lack_low
                )
                has_high, has_low = high, low
            balance[source, 0], balance[source, 1] = minus(has_high, has_low, high, low)
        if target >= 0:
            balance[target, 0], balance[target, 1] = plus(
                balance[target, 0], balance[target, 1], high, low
            )


@compiled
def reach_pass(
    row: int,
    payer: Codes,
    payee: Codes,
    value: Words,
    service: Flags,
    hops: Codes,
    origins: Codes,
    arrival: Longs,
    steps: Table,
) -> tuple[int, int]:
    """Carry reachability on from a row: where it stopped for want of room, and how many steps."""
    count = 0
    while row < len(payer) and count < len(steps):
        source, target = payer[row], payee[row]
        if source >= 0 and target >= 0 and not service[source] and hops[source] != FAR:
            hop = np.int32(hops[source] + 1)
            if hop < hops[target] and (value[row, 0] != ZERO or value[row, 1] != ZERO):
                if hops[target] == FAR:
                    arrival[target] = row
                hops[target], origins[target] = hop, origins[source]
                step = steps[count]
                step.row, step.address, step.origin, step.hop = row, target, origins[source], hop
                count += 1
        row += 1
    return row, count


@compiled
def ledger_pass(
    policy: int,
    all_funds: bool,
    row: int,
    payer: Codes,
    payee: Codes,
    value: Words,
    service: Flags,
    seed: Codes,
    accounts: Table,
    lots: Table,
    shares: Table,
    traced: Table,
    steps: Table,
    counters: Longs,
    sums: Table,
    moved: Words,
    touched: Codes,
) -> int:
    """Carry the ledger on from a row: where it stopped for want of room."""
    # The most one transfer can need: every origin moves, to a page that has to be doubled.
    traced_end = len(traced) - len(touched)
    steps_end = len(steps) - len(touched)
    shares_end = len(shares) - 2 * len(touched)
    while (
        row < len(payer)
        and counters[TRACED_ROWS] <= traced_end
        and counters[STEPS] <= steps_end
        and counters[SHARES] <= shares_end
    ):
        source, target, high, low = payer[row], payee[row], value[row, 0], value[row, 1]
        if source == target or (high == ZERO and low == ZERO):
            row += 1
            continue
        # What moves: a chain of lots, an amount already tainted, and in (high, low) clean money.
        chain, stained_high, stained_low = NONE, ZERO, ZERO
        if source >= 0 and not service[source]:
            account = accounts[source]
            if policy == HAIRCUT:
                stained_high, stained_low = cut(
                    account, shares, counters, high, low, moved, touched
                )
                take_from(account.taint, stained_high, stained_low)
                take_from(account.balance, high, low)
                high, low = minus(high, low, stained_high, stained_low)
            else:
                chain, high, low = take_lots(account, lots, counters, high, low, moved, touched)
                if policy == TIHO:
                    take_from(account.balance, high, low)
            if counters[TOUCHED]:
                book(
                    row,
                    source,
                    target,
                    accounts,
                    shares,
                    traced,
                    steps,
                    counters,
                    sums,
                    moved,
                    touched,
                )
        if target < 0 or service[target]:
            drop_lots(lots, counters, chain)
        else:
            origin = int(seed[target]) if all_funds else CLEAN
            if origin != CLEAN:
                share = shares[find(accounts[target], shares, origin)]
                stain_lots(lots, chain, origin, share, sums[SEEDED])
                add_to(share, high, low)
                add_to(sums[SEEDED], high, low)
            account = accounts[target]
            give_lots(account, lots, counters, chain, policy == LIFO)
            receive(policy, account, lots, counters, 0, stained_high, stained_low)
            receive(policy, account, lots, counters, origin, high, low)
        row += 1
    return row


@compiled
def open_pass(
    policy: int, seed: Codes, opened: Words, accounts: Table, lots: Table, counters: Longs
) -> None:
    """Put every opening balance into its account, the seeds' as tainted."""
    for owner in range(len(seed)):
        high, low = opened[owner, 0], opened[owner, 1]
        receive(policy, accounts[owner], lots, counters, seed[owner], high, low)


@compiled
def closing_pass(policy: int, accounts: Table, lots: Table, held: Table) -> None:
    """Add up what lies tainted in the accounts."""
    for owner in range(len(accounts)):
        if policy == HAIRCUT:
            add_to(held[0], accounts[owner].taint.high, accounts[owner].taint.low)
            continue
        lot = int(accounts[owner].head)
        while lot != NONE:
            if lots[lot].origin != CLEAN:
                add_to(held[0], lots[lot].high, lots[lot].low)
            lot = int(lots[lot].next)
