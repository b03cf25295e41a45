"""Flows of one entity → a layered drawing: nodes by (hop, chain, address), ribbons between them.

In: rows of ``flows.sql``. Out: coordinates; the template makes SVG of them. A node belongs to a
layer, so money that comes back to an earlier address is drawn as that address once more, further
right, and no cycle can break the drawing. What is not drawn is counted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flowlake.report.graph import Edge, Key, Node, graph, measured
from flowlake.report.questions import Row
from flowlake.report.wording import amount, plural, usd_short

# What a screen holds and an eye can follow; the table beside the drawing has the rest.
_LAYERS = 7
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


def draw(flows: Sequence[Row]) -> Drawing | None:
    """Lay out the flows of one entity; None where there are none to draw."""
    if not flows:
        return None
    rows, unit, left_out = measured(flows)
    deep = sum(r["transfers"] for r in rows if r["hop"] > _LAYERS)
    if deep:
        left_out.append(f"{plural(deep, 'transfer')} beyond {_LAYERS} hops")
    nodes, edges = graph([r for r in rows if r["hop"] <= _LAYERS], unit)
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


def _layers(nodes: dict[Key, Node], edges: Mapping[tuple[Key, Key], Edge]) -> list[list[Node]]:
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
    edges: Mapping[tuple[Key, Key], Edge],
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
