"""One proof path per origin and service, out of a trace.

In: a ``Trace``. Out: one row per (origin, service) that received tainted money: the addresses from
the designated one to the service and the transfers between them, the last of which is the last
tainted receipt; ``amount`` is the tainted part of that receipt.

Every step of a path brought the origin's taint to the address that took the next one, so times
increase along it (and decrease in a trace of a reversed log). The path is as long as the receipt's
``hop`` says: the shortest way the taint had come by then. It proves that a way exists; it does not
say that these very units took it. Poison follows no amounts and has no paths here.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.tracing.ledger import Trace

PATHS: Final = pa.schema(
    [
        ("origin_id", pa.int64()),
        ("service_id", pa.int64()),
        ("hops", pa.int32()),
        ("address_ids", pa.list_(pa.int64())),  # hops + 1 of them
        ("seqs", pa.list_(pa.int64())),
        ("amount", pa.string()),
    ]
)


def proof_paths(trace: Trace) -> pa.Table:
    """Rebuild the path to every origin's last receipt at every service, by origin and service."""
    steps = _Steps(trace.witness)
    rows = []
    for receipt in _last_receipts(trace):
        addresses, seqs = [receipt["to_id"], receipt["from_id_last"]], [receipt["seq_last"]]
        for hop in range(receipt["hop_last"] - 1, 0, -1):
            seq, payer = steps.find(addresses[-1], receipt["origin_id"], hop)
            addresses.append(payer)
            seqs.append(seq)
        rows.append(
            {
                "origin_id": receipt["origin_id"],
                "service_id": receipt["to_id"],
                "hops": receipt["hop_last"],
                "address_ids": addresses[::-1],
                "seqs": seqs[::-1],
                "amount": receipt["tainted_last"],
            }
        )
    return pa.Table.from_pylist(rows, PATHS)


def _last_receipts(trace: Trace) -> list[dict[str, Any]]:
    services = trace.addresses.filter(pc.field("is_service"))["address_id"]
    receipts = trace.traced.filter(pc.is_in(trace.traced["to_id"], services))
    last = receipts.group_by(["origin_id", "to_id"], use_threads=False).aggregate(
        [(column, "last") for column in ("seq", "from_id", "tainted", "hop")]
    )
    by = [("origin_id", "ascending"), ("to_id", "ascending")]
    rows: list[dict[str, Any]] = last.sort_by(by).to_pylist()
    return rows


class _Steps:
    """The witness, found by address, origin and hop; it comes sorted by address and origin."""

    def __init__(self, witness: pa.Table) -> None:
        self.address, self.origin, self.hop, self.seq, self.payer = (
            witness[column].to_numpy()
            for column in ("address_id", "origin_id", "hop", "seq", "from_id")
        )

    def find(self, address: int, origin: int, hop: int) -> tuple[int, int]:
        """Seq and payer of the transfer that first brought the taint over so many hops."""
        start, end = np.searchsorted(self.address, [address, address + 1])
        start, end = start + np.searchsorted(self.origin[start:end], [origin, origin + 1])
        place = start + int(np.flatnonzero(self.hop[start:end] == hop)[0])
        return int(self.seq[place]), int(self.payer[place])
