"""The drawing of flows and the bars around a listing, as coordinates."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from flowlake.report.drawing import Drawing, draw
from flowlake.report.graph import Node
from flowlake.report.timeline import charts


def flow(
    hop: int, start: str, end: str | None, usd: str | None = "100", **more: Any
) -> dict[str, Any]:
    return {
        "hop": hop, "chain": "ethereum", "from_address": start, "to_address": end,
        "asset": "ethereum:eth", "symbol": "ETH", "transfers": 1,
        "amount": Decimal(7), "amount_usd": None if usd is None else Decimal(usd),
        "unpriced": int(usd is None), "category": None, "actor": None, "designated_name": None,
    } | more  # fmt: skip


def drawn(*flows: dict[str, Any]) -> Drawing:
    drawing = draw(flows)
    assert drawing is not None
    return drawing


def node(drawing: Drawing, name: str) -> Node:
    (found,) = [n for n in drawing.nodes if n.name == name]
    return found


def test_no_flows_give_no_drawing() -> None:
    assert draw([]) is None


def test_money_that_comes_back_stands_further_right() -> None:
    drawing = drawn(flow(1, "a", "b"), flow(2, "b", "a"), flow(3, "a", "b"))
    assert [(n.name, n.key[0]) for n in drawing.nodes] == [("a", 0), ("b", 1), ("a", 2), ("b", 3)]
    assert [n.x for n in drawing.nodes] == sorted(n.x for n in drawing.nodes)


def test_heights_are_shares_of_the_value() -> None:
    drawing = drawn(flow(1, "a", "b", "300"), flow(1, "a", "c", "100"))
    assert node(drawing, "b").height == pytest.approx(3 * node(drawing, "c").height)
    assert node(drawing, "a").height == pytest.approx(
        node(drawing, "b").height + node(drawing, "c").height
    )
    assert node(drawing, "b").note == "$300"


def test_no_two_labels_of_a_layer_overlap() -> None:
    drawing = drawn(*(flow(1, "a", f"b{i}", str(10**i)) for i in range(9)))
    middles = sorted(n.y + n.height / 2 for n in drawing.nodes if n.key[0] == 1)
    assert all(b - a >= 30 for a, b in pairwise(middles))
    assert all(n.y >= 0 and n.y + n.height <= drawing.height for n in drawing.nodes)


def test_small_addresses_of_a_full_layer_are_one_node_and_counted() -> None:
    flows = [flow(1, "a", f"b{i}", str(100 - i), category="exchange") for i in range(30)]
    drawing = drawn(*flows)
    rest = node(drawing, "22 other addresses")
    assert rest.weight == sum(100 - i for i in range(8, 30))
    assert rest.note.startswith("22 services among them")
    assert "to 30 service addresses" in drawing.summary


def test_hops_too_deep_to_draw_are_counted() -> None:
    drawing = drawn(*(flow(hop, f"n{hop}", f"n{hop + 1}") for hop in range(1, 12)))
    assert drawing.left_out == ["4 transfers beyond 7 hops"]


def test_without_any_price_widths_are_units_of_one_asset() -> None:
    other = flow(1, "a", "c", None, asset="ethereum:0xfe", symbol="FE", transfers=3)
    drawing = drawn(flow(1, "a", "b", None), other)
    assert drawing.unit == "FE"
    assert drawing.left_out == ["1 transfer of 1 asset without a price"]
    assert node(drawing, "c").note == "7.00"


def test_a_flow_without_a_price_among_priced_ones_is_a_dashed_line() -> None:
    drawing = drawn(flow(1, "a", "b"), flow(1, "a", "c", None))
    kinds = {r.hover.split(":")[0]: r.kind for r in drawing.ribbons}
    assert kinds == {"a → b": "area", "a → c": "line"}
    assert node(drawing, "c").note == "no price"


def test_ends_are_named_by_what_they_are() -> None:
    drawing = drawn(
        flow(1, "a", "exchange", category="payment_service", actor="Alder"),
        flow(1, "a", "b", designated_name="OTHER PARTY"),
        flow(1, "a", None),
    )
    assert {(n.name, n.kind) for n in drawing.nodes} == {
        ("a", "origin"),
        ("Alder", "service"),
        ("OTHER PARTY", "designated"),
        ("burned or paid as a fee", "end"),
    }
    assert node(drawing, "Alder").note == "payment service · $100"


def day(days: int, usd: str | None, **more: Any) -> dict[str, Any]:
    return {
        "entity_id": "e", "event_on": date(2025, 8, 27), "days_from_event": days,
        "transfers": 2, "amount_usd": None if usd is None else Decimal(usd),
        "unpriced": int(usd is None),
    } | more  # fmt: skip


def test_the_listing_day_is_not_before_the_listing() -> None:
    rows = [day(-1, "5"), day(0, "7"), day(90, "1")]
    (chart,) = charts(rows, {}, date(2024, 1, 1), date(2026, 1, 1))["e"]
    assert (chart.before.transfers, chart.before.amount_usd) == (2, Decimal(5))
    assert (chart.after.transfers, chart.after.amount_usd) == (4, Decimal(8))
    assert [b.phase for b in chart.bars] == ["before", "after", "after"]
    assert chart.unseen == []


def test_days_outside_the_data_are_marked() -> None:
    listed = date(2025, 8, 27)
    data = listed - timedelta(days=30), listed + timedelta(days=10)
    (chart,) = charts([day(0, "1")], {}, *data)["e"]
    assert chart.unseen == [(6.0, 120.0), (208.0, 160.0)]


def test_transfers_are_counted_where_nothing_has_a_price() -> None:
    (chart,) = charts([day(1, None), day(2, None, transfers=4)], {}, None, None)["e"]
    assert chart.counts_transfers
    assert chart.most == "4 transfers"
    assert chart.bars[1].height == pytest.approx(2 * chart.bars[0].height)


def test_first_news_far_from_the_listing_is_not_drawn() -> None:
    listed = date(2025, 8, 27)
    for days, expected in ((90, listed + timedelta(days=90)), (91, None)):
        news = {"e": listed + timedelta(days=days)}
        (chart,) = charts([day(0, "1")], news, None, None)["e"]
        assert chart.news_on == expected
