"""Numbers of an engine → Arrow tables with the caller's ids.

The order of the rows never depends on the engine.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from transforms.tracing.log import CLEAN, Codes, Flags, Log, Longs, Outcome, Reach

TRACED: Final = pa.schema(
    [
        ("seq", pa.int64()),
        ("from_id", pa.int64()),
        ("to_id", pa.int64()),  # null for fees and where nobody receives
        ("value", pa.string()),
        ("tainted", pa.string()),
        ("origin_id", pa.int64()),
        ("hop", pa.int32()),
    ]
)
BALANCES: Final = pa.schema(
    [
        ("address_id", pa.int64()),
        ("origin_id", pa.int64()),
        ("tainted", pa.string()),
        ("is_service", pa.bool_()),
    ]
)
WITNESS: Final = pa.schema(
    [
        ("address_id", pa.int64()),
        ("origin_id", pa.int64()),
        ("seq", pa.int64()),
        ("from_id", pa.int64()),
        ("hop", pa.int32()),
    ]
)
ADDRESSES: Final = pa.schema(
    [
        ("address_id", pa.int64()),
        ("arrival_seq", pa.int64()),  # null for seeds
        ("is_seed", pa.bool_()),
        ("is_service", pa.bool_()),
        ("is_tainted", pa.bool_()),
    ]
)


def traced(log: Log, row: Longs, origin: Codes, amount: pa.Array, hop: Codes) -> pa.Table:
    """One row per origin and transfer that carries its taint, in order."""
    rows = pa.array(row)
    return pa.table(
        [
            *(column.take(rows) for column in (log.seq, log.from_id, log.to_id)),
            log.value.take(rows).cast(pa.string()),
            amount,
            log.origins[origin],
            hop,
        ],
        schema=TRACED,
    )


def balances(log: Log, outcome: Outcome) -> pa.Table:
    """What lies where in the end, by address and origin."""
    address = log.addresses[outcome.balance_address]
    origin = log.origins[outcome.balance_origin]
    order = np.lexsort((origin, address))
    return pa.table(
        [
            address[order],
            origin[order],
            outcome.balance_amount.take(pa.array(order)),
            log.service[outcome.balance_address][order],
        ],
        schema=BALANCES,
    )


def witness(log: Log, address: Codes, origin: Codes, row: Longs, hop: Codes) -> pa.Table:
    """Return the steps by address, origin and time: the first of each is the first taint."""
    order = np.lexsort((row, log.origins[origin], log.addresses[address]))
    row = row[order]
    return pa.table(
        [
            log.addresses[address[order]],
            log.origins[origin[order]],
            log.seq.take(pa.array(row)),
            log.addresses[log.payer[row]],
            hop[order],
        ],
        schema=WITNESS,
    )


def addresses(log: Log, reach: Reach, tainted: Flags) -> pa.Table:
    """Every reached address, ascending."""
    numbers = np.flatnonzero(reach.reached)
    numbers = numbers[np.argsort(log.addresses[numbers])]
    seed = log.seed[numbers] != CLEAN
    arrival = log.seq.take(pa.array(reach.arrival[numbers], mask=seed))
    return pa.table(
        [
            log.addresses[numbers],
            arrival,
            seed,
            log.service[numbers],
            tainted[numbers],
        ],
        schema=ADDRESSES,
    )
