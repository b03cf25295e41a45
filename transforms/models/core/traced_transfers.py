"""Where the value of designated addresses went (see ``transforms.tracing``)."""

from transforms.engine.base import Engine
from transforms.tracing.rows import traced_rows

READS = (
    "core.transfers",
    "core.addresses",
    "core.transfer_edges",
    "core.entity_wallets",
    "core.services",
    "core.assets",
)


def build(engine: Engine) -> int:
    """Trace every ledger a designated address touches; rows made."""
    name = "core.traced_transfers"
    return engine.register(name, traced_rows(engine, name, is_backward=False))
