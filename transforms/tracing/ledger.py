"""The conserving ledger of one asset.

In: the asset's transfers in chain order, seeds, services, a policy. Out: a ``Trace`` of integers
and Arrow tables. ``seeded = held + sunk + burned + fees`` holds to the last unit or nothing comes
out. What the policies mean, for accounts and not for transaction outputs:

fifo     the oldest lot leaves first
lifo     the newest lot leaves first
tiho     tainted lots leave first, oldest first; a variant: the published TIHO assigns taint to the
         highest outputs of a transaction
haircut  every unit of a balance is equally tainted; the floor of a share stays with the sender
poison   whoever is paid by a tainted address is tainted; no amounts, it is reachability in time

Origins are ids the caller chooses, one per seed address or shared by several; leftover units of a
haircut go to them in ascending order, so give ids in an order that does not depend on the run.
"""

import importlib
import logging
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal

import pyarrow as pa

from transforms.tracing import exact, tables
from transforms.tracing.log import CLEAN, Log, Outcome, Reach, prepare

logger = logging.getLogger(__name__)

POLICIES: Final = ("fifo", "haircut", "lifo", "tiho", "poison")
SEED_FUNDS: Final = ("opening", "all")

# Rows times policies. Importing numba and loading the compiled ledger takes 1.5 s or more; in that
# time the Python ledger does this much.
KERNEL_PAYS_FROM: Final = 200_000
KERNEL: Final = "transforms.tracing.kernel"

Engine = Literal["auto", "kernel", "exact"]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Result of one policy over one asset ledger. Amounts are base units; poison has none."""

    policy: str
    seed_funds: str
    seeded: int
    held: int
    sunk: int
    burned: int
    fees: int
    residual: int
    clean_opening: int  # opening balances of all addresses that are neither seed nor service
    clean_opening_reached: int  # the same, of reached addresses: a restricted log keeps this one
    traced: pa.Table  # one row per origin and transfer that carries its taint, in the log's order
    balances: pa.Table  # address, origin and what still lies there; at a service it is sunk
    witness: pa.Table  # first taint of an address per origin, and each later one over fewer hops
    addresses: pa.Table  # one row per reached address
    addresses_reached: int
    addresses_tainted: int
    services_hit: int


def trace(
    transfers: pa.Table,
    seeds: Mapping[int, int],
    services: Collection[int],
    policy: str,
    seed_funds: str = "opening",
    *,
    zero_id: int | None = None,
    engine: Engine = "auto",
) -> Trace:
    """Follow the seeds' money through one asset's complete log under one policy."""
    traces = trace_all(
        transfers, seeds, services, [policy], seed_funds, zero_id=zero_id, engine=engine
    )
    return traces[policy]


def trace_all(
    transfers: pa.Table,
    seeds: Mapping[int, int],
    services: Collection[int],
    policies: Sequence[str] = POLICIES,
    seed_funds: str = "opening",
    *,
    zero_id: int | None = None,
    engine: Engine = "auto",
) -> dict[str, Trace]:
    """Trace several policies over one log, which is read and walked for openings only once."""
    for policy in policies:
        if policy not in POLICIES:
            raise ValueError(f"unknown policy {policy!r}, expected one of {', '.join(POLICIES)}")
    if seed_funds not in SEED_FUNDS:
        raise ValueError(f"unknown seed funds {seed_funds!r}, expected opening or all")
    both = seeds.keys() & set(services)
    if both:
        logger.warning(
            "%d seed addresses are also services: they absorb and pay clean, and are no origin",
            len(both),
        )
    log = prepare(transfers, seeds, services, zero_id)
    walk = _engine(log, engine, len(log) * len(policies))
    opened = walk.opening(log)
    reach = walk.reach(log)
    traces = {}
    for policy in policies:
        if policy == "poison":
            found = _reachability(log, reach)
        else:
            outcome = walk.run(log, policy, opened, all_funds=seed_funds == "all")
            found = _books(policy, log, reach, outcome)
        traces[policy] = Trace(
            policy=policy,
            seed_funds=seed_funds,
            clean_opening=walk.total(opened[log.seed == CLEAN]),
            clean_opening_reached=walk.total(opened[(log.seed == CLEAN) & reach.reached]),
            addresses_reached=int(reach.reached.sum()),
            **found,
        )
    return traces


def _engine(log: Log, engine: Engine, work: int) -> ModuleType:
    if engine == "kernel" and log.limbs is None:
        raise ValueError("amounts are too wide for the kernel's two limbs, use engine='exact'")
    if engine == "exact" or log.limbs is None:
        return exact
    if engine == "auto" and work < KERNEL_PAYS_FROM and KERNEL not in sys.modules:
        return exact
    return importlib.import_module(KERNEL)


def _reachability(log: Log, reach: Reach) -> dict[str, Any]:
    """Poison: everybody in reach is tainted, nobody by an amount."""
    return {
        **dict.fromkeys(("seeded", "held", "sunk", "burned", "fees", "residual"), 0),
        "traced": tables.TRACED.empty_table(),
        "balances": tables.BALANCES.empty_table(),
        "witness": tables.witness(log, reach.address, reach.origin, reach.row, reach.hop),
        "addresses": tables.addresses(log, reach, reach.reached),
        "addresses_tainted": int(reach.reached.sum()),
        "services_hit": int((reach.reached & log.service).sum()),
    }


def _books(policy: str, log: Log, reach: Reach, found: Outcome) -> dict[str, Any]:
    """Close the books of a conserving policy; refuse to if they do not balance."""
    residual = found.seeded - found.held - found.sunk - found.burned - found.fees
    if residual or found.held != found.booked:
        raise ArithmeticError(
            f"{policy}: books do not balance: seeded {found.seeded}, held {found.held} "
            f"(booked {found.booked}), sunk {found.sunk}, burned {found.burned}, "
            f"fees {found.fees}, residual {residual}; publish nothing, this is a bug in the engine"
        )
    hit = log.service[found.balance_address]
    return {
        "seeded": found.seeded,
        "held": found.held,
        "sunk": found.sunk,
        "burned": found.burned,
        "fees": found.fees,
        "residual": residual,
        "traced": found.traced,
        "balances": tables.balances(log, found),
        "witness": tables.witness(
            log, found.step_address, found.step_origin, found.step_row, found.step_hop
        ),
        "addresses": tables.addresses(log, reach, found.tainted),
        "addresses_tainted": int(found.tainted.sum()),
        "services_hit": len(set(found.balance_address[hit].tolist())),
    }
