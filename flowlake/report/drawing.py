"""Flows of one entity → a layered drawing: nodes by (hop, chain, address), ribbons between them.

In: rows of ``flows.sql``. Out: coordinates; the template makes SVG of them. A node belongs to a
layer, so money that comes back to an earlier address is drawn as that address once more, further
right, and no cycle can break the drawing. Widths are US dollars; where no flow of the entity has a
price, they are units of the asset with the most transfers. What is not drawn is counted.
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

# What a screen holds and an eye can follow; the table beside the drawing has the rest.
_LAYERS = 7
_NODES = 8
_COLUMN = 190
_BAR = 12
_MARGIN = 28
# Two lines of a label.
_SLOT = 38
# Height of the layer that carries most, without the gaps.
_BODY = 230
_LABEL = 21
# Below this a ribbon is a line.
_THIN = 1.2

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


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Flow between two nodes as an SVG path."""

    path: str
    hover: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template needs, and what it must say was left out."""

    width: int
    height: int
    nodes: Sequence[Node]
    ribbons: Sequence[Ribbon]
    unit: str
    left_out: Sequence[str]
    summary: str


@dataclass(slots=True)
class _Edge:
    weight: Decimal = Decimal(0)
    transfers: int = 0
    unpriced: int = 0


def draw(flows: Sequence[Row]) -> Drawing | None:
    """Lay out the flows of one entity; None where there are none to draw."""
    if not flows:
        return None
    measured, unit, left_out = _measured(flows)
    deep = sum(r["transfers"] for r in measured if r["hop"] > _LAYERS)
    if deep:
        left_out.append(f"{plural(deep, 'transfer')} beyond {_LAYERS} hops")
    nodes, edges = _graph([r for r in measured if r["hop"] <= _LAYERS], unit)
    layers = _layers(nodes, edges)
    height = _place(layers)
    drawn = [n for layer in layers for n in layer]
    return Drawing(
        width=_MARGIN * 2 + _COLUMN * len(layers),
        height=height,
        nodes=drawn,
        ribbons=_ribbons(nodes, edges, layers, unit),
        unit=unit or "US dollars",
        left_out=left_out,
        summary=_summary(layers, unit),
    )


def _measured(flows: Sequence[Row]) -> tuple[list[dict[str, Any]], str, list[str]]:
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


def _graph(
    rows: Sequence[Mapping[str, Any]], unit: str
) -> tuple[dict[Key, Node], dict[tuple[Key, Key], _Edge]]:
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
) -> dict[tuple[Key, Key], _Edge]:
    edges: dict[tuple[Key, Key], _Edge] = defaultdict(_Edge)
    for r in rows:
        edge = edges[place[_start(r)], place[_end(r)]]
        edge.weight = plus(edge.weight, r["weight"])
        edge.transfers += r["transfers"]
        edge.unpriced += 0 if unit else r["unpriced"]
    return edges


def _weigh(nodes: Mapping[Key, Node], edges: Mapping[tuple[Key, Key], _Edge]) -> None:
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


def _layers(nodes: dict[Key, Node], edges: Mapping[tuple[Key, Key], _Edge]) -> list[list[Node]]:
    """Nodes by hop, each layer ordered by where its money comes from."""
    layers: list[list[Node]] = [[] for _ in range(max(k[0] for k in nodes) + 1)]
    for node in nodes.values():
        layers[node.key[0]].append(node)
    payers: dict[Key, list[Key]] = defaultdict(list)
    for a, b in edges:
        payers[b].append(a)
    rank: dict[Key, float] = {}
    for layer in layers:

        def order(n: Node) -> tuple[bool, float, Decimal, Key]:
            found = sorted(rank[a] for a in payers[n.key] if a in rank)
            middle = sum(found) / len(found) if found else 0.0
            return (n.kind == "others", middle, -n.weight, n.key)

        layer.sort(key=order)
        rank.update({n.key: float(i) for i, n in enumerate(layer)})
    return [layer for layer in layers if layer]


def _place(layers: Sequence[Sequence[Node]]) -> int:
    """Give every node its place; the height of the whole."""
    most = max(sum((n.weight for n in layer), Decimal(0)) for layer in layers)
    for x, layer in enumerate(layers):
        for n in layer:
            n.x = _MARGIN + x * _COLUMN
            n.height = max(3.0, float(n.weight / most) * _BODY) if most else 3.0
    heights = [sum(max(n.height, _SLOT) + _SLOT / 4 for n in layer) for layer in layers]
    tallest = max(heights)
    for layer, height in zip(layers, heights, strict=True):
        y = _LABEL + (tallest - height) / 2
        for n in layer:
            slot = max(n.height, _SLOT)
            n.y = y + (slot - n.height) / 2
            y += slot + _SLOT / 4
    return round(tallest + 2 * _LABEL)


def _ribbons(
    nodes: Mapping[Key, Node],
    edges: Mapping[tuple[Key, Key], _Edge],
    layers: Sequence[Sequence[Node]],
    unit: str,
) -> list[Ribbon]:
    most = max(sum((n.weight for n in layer), Decimal(0)) for layer in layers)
    leaving: dict[Key, float] = {k: n.y for k, n in nodes.items()}
    reaching: dict[Key, float] = {k: n.y for k, n in nodes.items()}
    ribbons = []
    for (a, b), edge in sorted(
        edges.items(), key=lambda e: (nodes[e[0][0]].y, nodes[e[0][1]].y, e[0])
    ):
        start, end = nodes[a], nodes[b]
        width = max(_THIN, float(edge.weight / most) * _BODY) if most else _THIN
        kind = "line" if edge.unpriced else "line priced"
        x0, x1 = start.x + _BAR, end.x
        y0, y1 = leaving[a], reaching[b]
        leaving[a] += width
        reaching[b] += width
        middle = (x0 + x1) / 2
        value = f"{amount(edge.weight)} {unit}" if unit else usd_short(edge.weight)
        hover = f"{start.name} → {end.name}: {value}, {plural(edge.transfers, 'transfer')}"
        if edge.unpriced:
            hover += f", {edge.unpriced:,} without a price"
        path = f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        if width > _THIN:
            kind = "area"
            y0, y1 = y0 + width, y1 + width
            path += f"V{y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y0:.1f} {x0:.1f} {y0:.1f}Z"
        ribbons.append(Ribbon(path, hover, kind))
    return ribbons


def _summary(layers: Sequence[Sequence[Node]], unit: str) -> str:
    services = frozenset().union(*(n.services for layer in layers for n in layer))
    hops = len(layers) - 1
    measure = f"units of {unit}" if unit else "US dollars"
    return (
        f"From {plural(len(layers[0]), 'designated address')} over up to {plural(hops, 'hop')}"
        f" to {plural(len(services), 'service address')}; widths are {measure}."
    )
