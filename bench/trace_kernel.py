"""The compiled ledger beside the Python one: python -m bench.trace_kernel [rows] [seeds].

A generated log with a power law of partners, in wei, so that amounts and sums pass 64 bits. Seconds
are of processor time, for one core. The peer is the ledger in Python integers, on the first rows of
the same log; both must find the same there.
"""

import resource
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.tracing import exact
from transforms.tracing.ledger import trace_all
from transforms.tracing.log import prepare

POLICIES = ("fifo", "haircut", "lifo", "tiho")
PEER_ROWS = 50_000


def generate(rows, addresses):
    rng = np.random.default_rng(20220808)
    payer, payee = (np.minimum(addresses * rng.random(rows) ** 3, addresses - 1) for _ in "ab")
    cents = (rng.lognormal(5, 2, rows) * 100).astype(np.int64) + 1
    names = rng.permutation(addresses)
    return pa.table(
        {
            "seq": pa.array(np.arange(rows)),
            "from_id": names[payer.astype(np.int64)],
            "to_id": names[payee.astype(np.int64)],
            "value": pc.binary_join_element_wise(pa.array(cents).cast(pa.string()), "0" * 16, ""),
            "is_fee": pa.array(np.zeros(rows, bool)),
        }
    )


def timed(work, *args, **options):
    start = time.process_time()
    return work(*args, **options), time.process_time() - start


def main(rows=1_000_000, seeds=10):
    addresses = rows // 5
    log = generate(rows, addresses)
    rng = np.random.default_rng(1)
    origins = {int(a): int(a) for a in rng.choice(addresses, seeds, replace=False)}
    stops = rng.choice(addresses, addresses // 1000, replace=False).tolist()
    peer_log = log.slice(0, PEER_ROWS)

    compiled, start = timed(trace_all, peer_log, origins, stops, POLICIES, engine="kernel")
    print(f"kernel, first use in this process    {start:8.2f} s (imports, loads or compiles)")
    plain, _ = timed(trace_all, peer_log, origins, stops, POLICIES, engine="exact")
    same = all(compiled[p].balances == plain[p].balances for p in POLICIES)
    print(f"same balances on {PEER_ROWS:,} rows       {same}")

    from transforms.tracing import kernel  # its import is a part of the first use

    ready, reading = timed(prepare, log, origins, stops, None)
    opened, opening = timed(kernel.opening, ready)
    reach, spreading = timed(kernel.reach, ready)
    print(f"{rows:,} rows: read {reading:.2f} s, openings {opening:.2f} s, reach {spreading:.2f} s")
    print(f"{seeds} seeds reach {int(reach.reached.sum()):,} of {addresses:,} addresses")
    peer = prepare(peer_log, origins, stops, None)
    peer_opened = exact.opening(peer)
    for policy in POLICIES:
        found, fast = timed(kernel.run, ready, policy, opened, all_funds=False)
        _, slow = timed(exact.run, peer, policy, peer_opened, all_funds=False)
        ratio = (rows / fast) / (PEER_ROWS / slow)
        print(
            f"{policy:8} {rows / fast / 1e6:6.2f} M transfers/s, Python"
            f" {PEER_ROWS / slow / 1e6:5.2f}, ratio {ratio:6.1f},"
            f" {found.traced.num_rows:,} traced rows"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
