"""Transfers around a listing → one small bar chart per entity and listing.

In: rows of ``reaction.sql``. Out: coordinates; the template makes SVG of them. Days before
the first and after the last transfer of the lake are marked: there, no bar means no data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from flowlake.report.questions import Row
from flowlake.report.wording import plural, total, usd_short

# Days either side, as marts.designation_reaction holds them.
_DAYS = 90
_LEFT, _TOP, _BASE = 6.0, 24.0, 104.0
_STEP = 2.0
_WIDTH = 2 * _DAYS + 1


@dataclass(frozen=True, slots=True)
class Bar:
    """Transfers of one day."""

    x: float
    y: float
    height: float
    phase: str
    is_unpriced: bool
    hover: str


@dataclass(frozen=True, slots=True)
class Side:
    """All days of one side of the listing."""

    transfers: int
    amount_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One listing of one entity."""

    event_on: date
    bars: Sequence[Bar]
    before: Side
    after: Side
    zero: float
    news: float | None
    news_on: date | None
    unseen: Sequence[tuple[float, float]]
    most: str
    counts_transfers: bool
    right: float = _LEFT + _WIDTH * _STEP
    base: float = _BASE


def charts(
    rows: Sequence[Row], news: Mapping[str, date], first: date | None, last: date | None
) -> dict[str, list[Chart]]:
    """Charts by entity, in order of the listing."""
    found: dict[str, list[Chart]] = {}
    for (entity, event_on), days in groupby(rows, lambda r: (r["entity_id"], r["event_on"])):
        chart = _chart(list(days), event_on, news.get(entity), first, last)
        found.setdefault(entity, []).append(chart)
    return found


def _x(days: int) -> float:
    return _LEFT + (days + _DAYS) * _STEP


def _chart(
    days: Sequence[Row], event_on: date, news_on: date | None, first: date | None, last: date | None
) -> Chart:
    counts_transfers = not any(r["amount_usd"] for r in days)
    values = {
        r["days_from_event"]: Decimal(r["transfers"])
        if counts_transfers
        else r["amount_usd"] or Decimal(0)
        for r in days
    }
    most = max(values.values())
    bars = []
    for r in days:
        value = values[r["days_from_event"]]
        height = max(1.5, float(value / most) * (_BASE - _TOP)) if most else 1.5
        on = event_on + timedelta(days=r["days_from_event"])
        priced = "no price" if r["amount_usd"] is None else usd_short(r["amount_usd"])
        bars.append(
            Bar(
                _x(r["days_from_event"]) - 0.5,
                _BASE - height,
                height,
                "before" if r["days_from_event"] < 0 else "after",
                bool(r["unpriced"]) and not counts_transfers,
                f"{on.isoformat()}: {plural(int(r['transfers']), 'transfer')}, {priced}",
            )
        )
    shift = None if news_on is None else (news_on - event_on).days
    is_near = shift is not None and abs(shift) <= _DAYS
    return Chart(
        event_on=event_on,
        bars=bars,
        before=_side([r for r in days if r["days_from_event"] < 0]),
        after=_side([r for r in days if r["days_from_event"] >= 0]),
        zero=_x(0),
        news=_x(shift) + _STEP / 2 if shift is not None and is_near else None,
        news_on=news_on if is_near else None,
        unseen=_unseen(event_on, first, last),
        most=plural(int(most), "transfer") if counts_transfers else usd_short(most),
        counts_transfers=counts_transfers,
    )


def _side(days: Sequence[Row]) -> Side:
    return Side(sum(r["transfers"] for r in days), total(r["amount_usd"] for r in days))


def _unseen(event_on: date, first: date | None, last: date | None) -> list[tuple[float, float]]:
    """Stretches of the axis without any data, as (x, width)."""
    found = []
    if first is not None and (start := (first - event_on).days) > -_DAYS:
        found.append((_LEFT, _x(min(start, _DAYS + 1)) - _LEFT))
    if last is not None and (end := (last - event_on).days) < _DAYS:
        x = _x(max(end, -_DAYS - 1) + 1)
        found.append((x, _LEFT + _WIDTH * _STEP - x))
    return [(x, width) for x, width in found if width > 0]
