"""Where the value that reached designated addresses came from: the trace of the reversed log."""

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
    name = "core.traced_sources"
    return engine.register(name, traced_rows(engine, name, is_backward=True))
