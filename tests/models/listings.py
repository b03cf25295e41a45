"""What a list said of its parties, day by day: written down slowly, to compare the models with.

An oracle in plain Python. It reads snapshots one after the other, as they are dated, and knows at
every moment only those before. ``as_known`` of the snapshots up to a day is what anybody could
have known on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Row:
    """A party in a snapshot; ``wallets`` are all it has, or some of them."""

    programs: str = "P"
    listed_on: date | None = None
    listed_by: date | None = None
    delisted_on: date | None = None
    wallets: frozenset[str] = frozenset()
    has_all_wallets: bool = True


@dataclass(frozen=True)
class Snapshot:
    """A list on a day; one that is not whole proves no absence."""

    day: date
    rows: dict[str, Row]
    is_whole: bool = True

    def is_listed(self, party: str) -> bool | None:
        """Whether the party is listed; None where the snapshot can't tell."""
        row = self.rows.get(party)
        if row is None:
            return False if self.is_whole else None
        return row.delisted_on is None or row.delisted_on > self.day


@dataclass
class Wallet:
    """An address from the row that brought it to the row that lacks it."""

    first_seen: date
    gone: date | None = None


@dataclass
class Listing:
    """A listing as far as it is known."""

    first_seen: date
    earliest: date | None  # the end of the listing before
    is_past: bool = False  # over before anybody saw it
    stated: date | None = None
    basis: str = "snapshot"
    end_seen: date | None = None
    stated_end: date | None = None
    states: list[tuple[date, str]] = field(default_factory=list)
    wallets: dict[str, list[Wallet]] = field(default_factory=dict)

    @property
    def listed_from(self) -> date:
        return self.stated or self.first_seen

    @property
    def listed_to(self) -> date | None:
        if self.stated_end and self.stated_end > self.listed_from:
            return self.stated_end
        return self.end_seen

    @property
    def bound(self) -> date | None:
        """No later listing begins before."""
        if self.is_past or (self.stated_end and self.stated_end > self.first_seen):
            return self.stated_end
        return self.end_seen

    def see(self, day: date, row: Row) -> None:
        """Take what a row says."""
        said = row.listed_on or row.listed_by
        is_possible = said and (self.earliest or said) <= said <= self.first_seen
        if self.stated is None and is_possible:
            self.stated, self.basis = said, "published" if row.listed_on else "act"
        for address in row.wallets:
            known = self.wallets.setdefault(address, [])
            if not known or known[-1].gone:
                known.append(Wallet(day))
        for address, known in self.wallets.items():
            if address not in row.wallets and row.has_all_wallets and not self.is_past:
                known[-1].gone = known[-1].gone or day

    def periods_of(self, wallet: Wallet) -> tuple[date, date | None]:
        """First day listed and first day not."""
        is_from_start = wallet.first_seen == self.first_seen or self.is_past
        start = self.listed_from if is_from_start else wallet.first_seen
        if wallet.gone:
            return start, wallet.gone
        end = self.listed_to
        if end and not is_from_start and end <= wallet.first_seen:
            end = self.end_seen
        return start, end


def as_known(snapshots: Sequence[Snapshot], known_on: date, party: str) -> list[Listing]:
    """Listings of a party by the snapshots up to a day."""
    found: list[Listing] = []
    last: Row | None = None  # of the listing that stands
    for snapshot in sorted(snapshots, key=lambda s: s.day):
        if snapshot.day > known_on:
            break
        row, day = snapshot.rows.get(party), snapshot.day
        is_listed = snapshot.is_listed(party)
        if row and is_listed:
            if last is None:
                found.append(Listing(day, found[-1].bound if found else None))
            found[-1].see(day, row)
            last = row
        elif last is not None and is_listed is False:
            said = (row.delisted_on if row else None) or last.delisted_on
            found[-1].end_seen = day
            found[-1].stated_end = said if said and said <= day else None
            last = None
        elif row and not found:
            found.append(Listing(day, None, is_past=True, end_seen=day))
        if row and found and found[0].is_past and len(found) == 1 and not is_listed:
            found[0].stated_end = row.delisted_on
            found[0].see(day, row)
    return [x for x in found if not x.is_past or (x.stated and x.stated < x.stated_end)]


def programs_on(
    snapshots: Sequence[Snapshot], on_day: date, known_on: date, party: str, listing: Listing
) -> str:
    """What the list said last, on a day or before; before the first sighting, what it said then."""
    until = max(min(on_day, known_on), listing.first_seen)
    rows = [(s.day, s.rows[party]) for s in snapshots if party in s.rows and s.day <= until]
    return max(rows, key=lambda r: r[0])[1].programs


def covers(start: date, end: date | None, day: date) -> bool:
    return start <= day and (end is None or end > day)


def designated_on(
    snapshots: Sequence[Snapshot], on_day: date, known_on: date, parties: Sequence[str]
) -> Iterator[tuple[str, str, date, date | None, str]]:
    """Rows of ``core.designated_on``."""
    for party in parties:
        for x in as_known(snapshots, known_on, party):
            if covers(x.listed_from, x.listed_to, on_day):
                said = programs_on(snapshots, on_day, known_on, party, x)
                yield party, said, x.listed_from, x.listed_to, x.basis


def wallets_designated_on(
    snapshots: Sequence[Snapshot], on_day: date, known_on: date, parties: Sequence[str]
) -> Iterator[tuple[str, str, date, date | None]]:
    """Rows of ``core.wallets_designated_on``."""
    for party in parties:
        for listing in as_known(snapshots, known_on, party):
            for address, wallets in listing.wallets.items():
                for start, end in map(listing.periods_of, wallets):
                    if covers(start, end, on_day):
                        yield party, address, start, end
