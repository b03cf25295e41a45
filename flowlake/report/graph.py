"""Flows of one entity → nodes by (hop, chain, address) and what flows between them.

In: rows of ``flows.sql``. Widths are US dollars; where no flow of the entity has a price, they are
units of the asset with the most transfers. The small addresses of a full layer become one node.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flowlake.report.questions import Row
from flowlake.report.wording import (
    amount,
    asset_name,
    ellipsis,
    plural,
    plus,
    short,
    usd_short,
    words,
)

# What an eye can follow; the table beside the drawing has the rest.
_NODES = 8
Key = tuple[int, str, str]
_OTHERS = "others"


@dataclass(slots=True)
class Node:
    """An address in a layer: where it stands and what is written beside it."""

    key: Key
    kind: str
    name: str
    note: str = ""
    hover: str = ""
    services: frozenset[str] = frozenset()
    coming: Decimal = Decimal(0)
    going: Decimal = Decimal(0)
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0

    @property
    def weight(self) -> Decimal:
        """What passes through it."""
        return max(self.coming, self.going)


@dataclass(slots=True)
class Edge:
    """What flows from one node to another."""

    weight: Decimal = Decimal(0)
    transfers: int = 0
    unpriced: int = 0


def measured(flows: Sequence[Row]) -> tuple[list[dict[str, Any]], str, list[str]]:
    """Rows with their weight; the unit ('' for US dollars); what the unit leaves out."""
    if any(r["amount_usd"] for r in flows):
        rows = [{**r, "weight": r["amount_usd"] or Decimal(0)} for r in flows]
        return rows, "", []
    by_asset: dict[str, int] = defaultdict(int)
    for r in flows:
        by_asset[r["asset"]] += r["transfers"]
    chosen = min(by_asset, key=lambda asset: (-by_asset[asset], asset))
    rows = [{**r, "weight": r["amount"] or Decimal(0)} for r in flows if r["asset"] == chosen]
    rest = sum(n for asset, n in by_asset.items() if asset != chosen)
    others = plural(len(by_asset) - 1, "asset")
    left_out = [f"{plural(rest, 'transfer')} of {others} without a price"] if rest else []
    return rows, asset_name(rows[0]["symbol"], chosen), left_out


def graph(
    rows: Sequence[Mapping[str, Any]], unit: str
) -> tuple[dict[Key, Node], dict[tuple[Key, Key], Edge]]:
    """Nodes and edges, with the small addresses of a full layer merged into one node."""
    nodes: dict[Key, Node] = {}
    for r in rows:
        start, end = _start(r), _end(r)
        if start not in nodes:
            kind = "origin" if r["hop"] == 1 else "address"
            nodes[start] = Node(start, kind, short(r["from_address"]), hover=r["from_address"])
        if end not in nodes or nodes[end].kind == "address":
            nodes[end] = _receiver(r, end, nodes.get(end))
    _weigh(nodes, _edges(rows, {key: key for key in nodes}, unit))
    place = _merge(nodes)
    edges = _edges(rows, place, unit)
    kept = {key: replace(nodes[key], coming=Decimal(0), going=Decimal(0)) for key in place.values()}
    _weigh(kept, edges)
    for node in kept.values():
        value = amount(node.weight) if unit else usd_short(node.weight)
        if not unit and not node.weight:
            value = "no price"
        node.note = f"{node.note} · {value}" if node.note else value
    return kept, edges


def _edges(
    rows: Sequence[Mapping[str, Any]], place: Mapping[Key, Key], unit: str
) -> dict[tuple[Key, Key], Edge]:
    edges: dict[tuple[Key, Key], Edge] = defaultdict(Edge)
    for r in rows:
        edge = edges[place[_start(r)], place[_end(r)]]
        edge.weight = plus(edge.weight, r["weight"])
        edge.transfers += r["transfers"]
        edge.unpriced += 0 if unit else r["unpriced"]
    return edges


def _weigh(nodes: Mapping[Key, Node], edges: Mapping[tuple[Key, Key], Edge]) -> None:
    """Give every node what comes and goes along the edges."""
    for (a, b), edge in edges.items():
        nodes[a].going = plus(nodes[a].going, edge.weight)
        nodes[b].coming = plus(nodes[b].coming, edge.weight)


def _start(r: Mapping[str, Any]) -> Key:
    return (r["hop"] - 1, r["chain"], r["from_address"])


def _end(r: Mapping[str, Any]) -> Key:
    return (r["hop"], r["chain"], r["to_address"] or "nobody")


def _receiver(r: Mapping[str, Any], key: Key, known: Node | None) -> Node:
    address = r["to_address"]
    node = known or Node(key, "address", short(address or ""), hover=address or "")
    if address is None:
        node.kind, node.name, node.hover = "end", "burned or paid as a fee", ""
    elif r["category"] is not None:
        node.kind, node.note = "service", words(r["category"])
        node.services = frozenset({f"{r['chain']} {address}"})
        node.name = ellipsis(r["actor"], 24) if r["actor"] else short(address)
    elif r["designated_name"] is not None:
        node.kind, node.note = "designated", "designated"
        node.name = ellipsis(r["designated_name"], 24)
    return node


def _merge(nodes: dict[Key, Node]) -> dict[Key, Key]:
    """Where each node is drawn: by itself, or within the rest of its layer."""
    by_layer: dict[int, list[Node]] = defaultdict(list)
    for node in nodes.values():
        by_layer[node.key[0]].append(node)
    place: dict[Key, Key] = {}
    for hop, members in by_layer.items():
        members.sort(key=lambda n: (-n.weight, n.key))
        # One left over takes as much room as the node that would stand for it.
        shown = members if len(members) <= _NODES + 1 else members[:_NODES]
        place.update({n.key: n.key for n in shown})
        rest = members[len(shown) :]
        if rest:
            key = (hop, "", _OTHERS)
            services = frozenset().union(*(n.services for n in rest))
            note = f"{plural(len(services), 'service')} among them" if services else ""
            nodes[key] = Node(
                key, "others", f"{len(rest):,} other addresses", note, services=services
            )
            place.update({n.key: key for n in rest})
    return place
