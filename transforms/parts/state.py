"""What core.transfers was last built from: staged files, assets, prices; and its parts.

A memory, not a source: without it, or where it is damaged, everything is built again. A part that
it names is taken over only where its fingerprint is the one it would have now and its files are
among those the tables hold, so a build that died between any two steps costs work and no rows.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from transforms.lake.storage import Storage
from transforms.parts.memory import from_bytes, pack, to_bytes, unpack
from transforms.parts.stretches import Stretch

logger = logging.getLogger(__name__)

STATE: Final = "_flowlake/transfers.parquet"

SPANS = pa.schema(
    [
        ("path", pa.string()),
        ("chain", pa.string()),
        ("cell", pa.int64()),
        ("rows", pa.int64()),
        ("strays", pa.int64()),
    ]
)
# Assets and prices: a key, and what it stood for.
FACTS = pa.schema([("name", pa.string()), ("day", pa.string()), ("said", pa.string())])
_PARTS = pa.schema(
    [
        ("chain", pa.string()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("is_whole", pa.bool_()),
        ("fingerprint", pa.string()),
        ("is_joined", pa.bool_()),
        ("transfers", pa.string()),
        ("transfer_rows", pa.int64()),
        ("conflicts", pa.string()),
        ("conflict_rows", pa.int64()),
    ]
)
_SECTIONS = {"spans": SPANS, "assets": FACTS, "prices": FACTS, "parts": _PARTS}


@dataclass(frozen=True, slots=True)
class Part:
    """A built stretch: where its rows are, inside the tables' folders (None for no rows).

    ``is_joined``: a transaction of it stands in the next part, too, by some other export.
    """

    stretch: Stretch
    fingerprint: str
    is_joined: bool
    transfers: str | None
    transfer_rows: int
    conflicts: str | None
    conflict_rows: int


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered."""

    spans: pa.Table = field(default_factory=SPANS.empty_table)
    assets: pa.Table = field(default_factory=FACTS.empty_table)
    prices: pa.Table = field(default_factory=FACTS.empty_table)
    parts: Sequence[Part] = ()


def read_state(storage: Storage) -> State:
    """What the last build remembered; nothing where there was none."""
    try:
        tables = {
            name: from_bytes(data, _SECTIONS[name])
            for name, data in unpack(storage.read_bytes(STATE))[0].items()
        }
    except FileNotFoundError:
        return State()
    except (pa.ArrowException, ValueError, KeyError, OSError) as error:
        logger.warning("%s is damaged (%s): all transfers are built again", STATE, error)
        return State()
    parts = [
        Part(
            Stretch(row["chain"], row["first"], row["last"], row["is_whole"]),
            *(row[name] for name in _PARTS.names[4:]),
        )
        for row in tables["parts"].to_pylist()
    ]
    return State(tables["spans"], tables["assets"], tables["prices"], parts)


def write_state(storage: Storage, state: State) -> None:
    """Remember what was built; called once its tables hold it."""
    rows = [
        (
            p.stretch.chain, p.stretch.first, p.stretch.last, p.stretch.is_whole, p.fingerprint,
            p.is_joined, p.transfers, p.transfer_rows, p.conflicts, p.conflict_rows,
        )
        for p in state.parts
    ]  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [()] * len(_PARTS)
    parts = pa.table([pa.array(c, f.type) for c, f in zip(columns, _PARTS, strict=True)], _PARTS)
    tables = {"spans": state.spans, "assets": state.assets, "prices": state.prices, "parts": parts}
    storage.write_bytes(STATE, pack({name: to_bytes(t) for name, t in tables.items()}))
