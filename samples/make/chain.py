"""A synthetic chain: transactions, their places in blocks, and what they move.

Blocks are whole (indices run from 0) but not adjacent: heights follow the time at one block per
12 s, beginning at about the height mainnet had then.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from samples.make.common import (
    ZERO,
    digest,
    draw,
    evm_address,
    synthetic_hash,
    tokens,
    unix,
)

GENESIS_TIME = unix("2025-02-01T00:00:00")
# About mainnet's height of that day, so that no check of plausible heights is surprised.
GENESIS_HEIGHT = 21_750_000
SLOT = 12
GWEI = 10**9
TRANSFER_SELECTOR = "0xa9059cbb"


@dataclass(slots=True)
class Log:
    """A Transfer event of a token (by its short name in the facts)."""

    asset: str
    sender: str
    receiver: str
    value: int


@dataclass(slots=True)
class Call:
    """A call inside a transaction; its position in the call tree is `path`."""

    sender: str
    receiver: str
    value: int
    path: str
    kind: str = "call"
    call_type: str = "call"
    status: int = 1

    def moves(self) -> bool:
        return self.kind == "suicide" or self.call_type == "call"


@dataclass(slots=True)
class Tx:
    """A transaction before it has a block; `label` makes its hash."""

    at: int
    sender: str
    receiver: str
    label: str
    value: int = 0
    gas: int = 21_000
    data: str = "0x"
    status: int = 1
    logs: list[Log] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    traced: bool = False
    # Set when the chain is laid out.
    block: int = 0
    index: int = 0
    first_log: int = 0
    nonce: int = 0

    @property
    def hash(self) -> str:
        return synthetic_hash("tx", self.label)

    @property
    def gas_price(self) -> int:
        return draw(8, 60, "gas price", self.label) * GWEI // 10

    @property
    def fee(self) -> int:
        return self.gas * self.gas_price

    @property
    def time(self) -> int:
        return GENESIS_TIME + (self.block - GENESIS_HEIGHT) * SLOT

    @property
    def created(self) -> str:
        return "" if self.receiver else evm_address("contract", self.label)


def token_payment(at: int, log: Log, label: str) -> Tx:
    """What a wallet sends to move a token: a call of transfer(address,uint256)."""
    data = TRANSFER_SELECTOR + log.receiver[2:].rjust(64, "0") + f"{log.value:064x}"
    gas = draw(46_000, 64_000, "gas", label)
    contract = tokens()[log.asset]["address"]
    return Tx(at, log.sender, contract, label, gas=gas, data=data, logs=[log])


def lay_out(transactions: list[Tx]) -> list[Tx]:
    """Give every transaction its block, index, first log and nonce; returned in chain order."""
    ordered = sorted(transactions, key=lambda tx: (tx.at, tx.label))
    labels = {tx.label for tx in ordered}
    if len(labels) != len(ordered):
        raise ValueError("two transactions with one label")
    indices: dict[int, int] = defaultdict(int)
    logs: dict[int, int] = defaultdict(int)
    nonces: dict[str, int] = {}
    for tx in ordered:
        tx.block = GENESIS_HEIGHT + (tx.at - GENESIS_TIME) // SLOT
        tx.index = indices[tx.block]
        tx.first_log = logs[tx.block]
        tx.nonce = nonces.setdefault(tx.sender, draw(0, 400, "nonce", tx.sender))
        indices[tx.block] += 1
        logs[tx.block] += len(tx.logs)
        nonces[tx.sender] += 1
    return ordered


@dataclass(frozen=True, slots=True)
class Movement:
    """What really moved: the generator's own view, from which the truth is computed."""

    time: int
    asset: str
    kind: str
    sender: str
    receiver: str
    value: int
    hash: str


def movements(ordered: list[Tx]) -> Iterator[Movement]:
    """In chain order: per transaction its value, the calls inside it, its logs, its fee."""
    for tx in ordered:
        if tx.status:
            target = tx.receiver or tx.created
            yield Movement(tx.time, "ETH", "native", tx.sender, target, tx.value, tx.hash)
            for call in tx.calls:
                if call.moves() and call.status:
                    inner = (call.sender, call.receiver, call.value)
                    yield Movement(tx.time, "ETH", "internal", *inner, tx.hash)
            for log in tx.logs:
                kind = {log.sender: "mint", log.receiver: "burn"}.get(ZERO, "token")
                between = (log.sender, log.receiver, log.value)
                yield Movement(tx.time, log.asset, kind, *between, tx.hash)
        yield Movement(tx.time, "ETH", "fee", tx.sender, "", tx.fee, tx.hash)


def unused_slots(count: int, *label: object) -> list[int]:
    """Times of a few blocks, spread over the story, that noise shares with each other."""
    span = unix("2025-10-01T00:00:00") - GENESIS_TIME
    return sorted(
        GENESIS_TIME + int.from_bytes(digest("slot", *label, n)[:6], "big") % span // SLOT * SLOT
        for n in range(count)
    )
