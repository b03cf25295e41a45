"""Days of transfers, and what must be true of whatever is built of them."""

from typing import Any

from tests.models.given import MODELS
from tests.parts.given import Build, Lake, transfer
from transforms.parts.days import PATTERNS
from transforms.parts.degrees import COUNTERPARTIES, DEGREES
from transforms.parts.graph import ADDRESSES, EDGES
from transforms.parts.moved import MOVED
from transforms.parts.stretches import CELL


def day(number: int, blocks: int = 8 * CELL) -> list[dict[str, Any]]:
    first = number * blocks
    return [transfer(b, f"0x{b}", p) for b in range(first, first + blocks, 16) for p in (0, 1)]


def check(lake: Lake) -> set[Any]:
    """Extend, compare with a build from nothing, publish; the stretches that were built."""
    made, whole = lake.extend(), lake.extend(is_forced=True)
    for name in ("core.transfers", "core.transfer_conflicts"):
        assert lake.rows(made, name) == lake.rows(whole, name)
        assert made.transfers.paths(name) == whole.transfers.paths(name)
    made.db.step(COUNTERPARTIES, MODELS[COUNTERPARTIES].sql or "")
    for name in (MOVED, DEGREES, PATTERNS):
        found = made.db.con.sql(MODELS[name].sql or "").order("all").fetchall()
        assert lake.rows(made, name) == lake.rows(whole, name) == found
    check_graph(lake, made)
    lake.publish(made)
    return made.built


def check_graph(lake: Lake, made: Build) -> None:
    """Edges are what the query makes of these numbers; nobody's number is another's, or changes."""
    con = made.db.con
    edges = con.sql(MODELS[EDGES].sql or "").order("all").fetchall()
    assert lake.rows(made, EDGES) == edges
    seqs = con.sql("select seq from core.transfers").order("all").fetchall()
    assert con.sql(f"select seq from {EDGES}").order("all").fetchall() == seqs
    numbers = {(chain, address): n for n, chain, address in lake.rows(made, ADDRESSES)}
    assert sorted(numbers.values()) == list(range(len(lake.rows(made, ADDRESSES))))
    named = con.sql(MODELS[ADDRESSES].sql or "").fetchall()
    assert {(chain, address) for _, chain, address in named} <= numbers.keys()
    before = lake.numbers
    assert {address: numbers[address] for address in before} == before
    lake.numbers = numbers
