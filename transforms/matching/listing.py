"""What each list said of a party on a day, as known on another.

In: listing periods (``core.designations``) and the dates of the complete snapshots held. Out: one
``Standing`` per list that ever named the party. Only snapshots up to ``known`` count: a period
first seen later is not known of, and a beginning or an end that a later snapshot tells is not yet.

A list says nothing of days after its newest snapshot: its word as of that snapshot is given, with
that day beside it, and is never stretched further. A part of a list speaks for those in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

# Snapshots that told something of the party.
_SEEN = ("first_seen", "last_seen", "from_seen", "end_seen")
STATUSES = ("designated", "delisted", "not_yet", "unknown")


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's status on one list: ``designated``, ``delisted``, ``not_yet`` or ``unknown``."""

    source: str
    party_id: str
    status: str
    said: str
    as_of: date
    programs: str | None
    listed_from: date | None
    listed_to: date | None


def standings(
    periods: Iterable[Mapping[str, Any]],
    snapshots: Mapping[str, Sequence[date]],
    *,
    day: date | None = None,
    known: date | None = None,
) -> list[Standing]:
    """Status on ``day`` (default: the newest snapshot of each list), as known on ``known``."""
    by_party: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for p in periods:
        by_party[p["source"], p["party_id"]].append(p)
    found = []
    for (source, party_id), own in sorted(by_party.items()):
        if source not in snapshots:
            continue
        days = {*snapshots[source], *(d for p in own for c in _SEEN if (d := p[c]))}
        seen = [d for d in days if known is None or d <= known]
        if not seen:
            continue
        mine = sorted(_known(own, max(seen)), key=lambda p: p["listed_from"])
        if mine:
            found.append(_standing((source, party_id), mine, (min(seen), max(seen)), day))
    return found


def _known(periods: Iterable[Mapping[str, Any]], newest: date) -> Iterator[dict[str, Any]]:
    """Periods as the snapshots up to a day tell them."""
    for p in periods:
        if p["first_seen"] > newest:
            continue
        told = dict(p)
        if p["from_seen"] > newest:
            told |= {"listed_from": p["first_seen"], "from_basis": "snapshot"}
        if p["end_seen"] is None or p["end_seen"] > newest:
            told["listed_to"] = None
        yield told


def _standing(
    party: tuple[str, str],
    periods: Sequence[Mapping[str, Any]],
    held: tuple[date, date],
    day: date | None,
) -> Standing:
    oldest, newest = held
    at = newest if day is None else day
    begun = [p for p in periods if p["listed_from"] <= at]
    p = begun[-1] if begun else periods[0]
    start, end = p["listed_from"], p["listed_to"]
    # Where the list states no day, the first snapshot with the party only bounds it.
    since = f"since {start}" if p["from_basis"] == "published" else f"by {start} at the latest"
    if begun and (end is None or at < end):
        status, said = "designated", f"designated {since}"
    elif begun:
        status, said = "delisted", f"designated {since}, delisted on {end}"
    elif p["from_basis"] == "snapshot" and start <= oldest:
        # The party was on the oldest snapshot held: since when, nobody says.
        status, said = "unknown", f"on the oldest snapshot held, of {oldest}"
    else:
        status, said = "not_yet", f"not yet, designated from {start}"
    as_of = min(at, newest)
    if at > newest and status == "designated":
        said += f", by the newest snapshot of {newest}"
    return Standing(*party, status, said, as_of, p["programs"], start, end)


def status_over_lists(found: Iterable[Standing]) -> str:
    """The strongest of a party's statuses: on one list is on a list."""
    statuses = {s.status for s in found}
    for status in ("designated", "unknown", "delisted", "not_yet"):
        if status in statuses:
            return status
    return "unknown"
