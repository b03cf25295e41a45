"""What a party's status was on the day of an article.

In: ``core.designations`` (listing periods) and the dates of the list snapshots behind them. Out:
``designated``, ``delisted``, ``not_yet`` or ``unknown``, and why. A period holds its first day
and not its ``listed_to``. Unknown wherever what we hold could not have shown another answer: no
day of publication, a list older than the article, or an article older than our first snapshot of
a list that states no day itself.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa


class Period(NamedTuple):
    """One listing of a party on one list."""

    source: str
    listed_from: date
    listed_to: date | None
    from_basis: str
    last_seen: date | None


class Span(NamedTuple):
    """First and newest snapshot held of a list."""

    first: date
    newest: date


@dataclass(frozen=True, slots=True)
class Statuses:
    """Listing periods by entity, in order of list and day, and how far each list reaches."""

    periods: Mapping[str, tuple[Period, ...]]
    reach: Mapping[str, Span]

    def on(self, entity_id: str, day: date | None) -> tuple[str, str]:
        """Status on a day and its basis; the strongest answer over all lists that name it."""
        if day is None:
            return "unknown", "no day of publication"
        by_source: dict[str, list[Period]] = defaultdict(list)
        for p in self.periods.get(entity_id, ()):
            by_source[p.source].append(p)
        if not by_source:
            return "unknown", "no listing period known"
        found = [self._on_list(source, by_source[source], day) for source in sorted(by_source)]
        for status in ("designated", "unknown", "delisted", "not_yet"):
            for said, basis in found:
                if said == status:
                    return said, basis
        raise AssertionError(found)

    def _on_list(self, source: str, periods: list[Period], day: date) -> tuple[str, str]:
        for p in periods:
            # A sighting counts also where it is by a part of the list, of which nobody knows how
            # far it reaches.
            is_seen = p.last_seen is not None and day <= p.last_seen
            is_covered = day < p.listed_to if p.listed_to else is_seen
            if p.listed_from <= day and is_covered:
                until = f"{p.listed_from} to {p.listed_to}" if p.listed_to else p.listed_from
                return "designated", f"{source}: listed {'' if p.listed_to else 'since '}{until}"
        reach = self.reach.get(source)
        if reach is None or day > reach.newest:
            newest = f"newest is of {reach.newest}" if reach else "no whole list held"
            return "unknown", f"{source}: {newest}, the article is of {day}"
        begun = [p for p in periods if p.listed_from <= day]
        if begun:
            standing = [p for p in begun if p.listed_to is None]
            if standing:
                return "designated", f"{source}: listed since {standing[-1].listed_from}"
            ended = max(p.listed_to for p in begun if p.listed_to)
            return "delisted", f"{source}: listed until {ended}"
        first = periods[0]
        if first.from_basis == "act":
            unsure = f"listed on {first.listed_from} or before"
        elif first.from_basis == "snapshot" and first.listed_from <= reach.first:
            unsure = f"oldest is of {reach.first} and states no day of listing"
        else:
            return "not_yet", f"{source}: listed from {first.listed_from}"
        return "unknown", f"{source}: {unsure}"


def statuses(designations: pa.Table, snapshots: pa.Table) -> Statuses:
    """From ``core.designations`` and (``source``, ``snapshot_date``) of the complete snapshots."""
    periods: dict[str, list[Period]] = defaultdict(list)
    columns = ("entity_id", "source", "listed_from", "listed_to", "from_basis", "last_seen")
    for entity_id, *period in zip(*(_values(designations, c) for c in columns), strict=True):
        periods[entity_id].append(Period(*period))
    dates: dict[str, list[date]] = defaultdict(list)
    for source, day in zip(
        _values(snapshots, "source"), _values(snapshots, "snapshot_date"), strict=True
    ):
        dates[source].append(day)
    return Statuses(
        {e: tuple(sorted(p, key=_order)) for e, p in periods.items()},
        {s: Span(min(d), max(d)) for s, d in dates.items()},
    )


def _order(p: Period) -> tuple[str, date, date]:
    return p.source, p.listed_from, p.listed_to or date.max


def _values(table: pa.Table, column: str) -> list[Any]:
    values: list[Any] = table.column(column).to_pylist()
    return values
