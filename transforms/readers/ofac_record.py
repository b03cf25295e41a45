"""Rows of one party, and how a difference is made to them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transforms.readers.party import Party
from transforms.sources.batch import Batch

Row = dict[str, Any]

# What makes two rows of a table the same statement, whatever form they were read from.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "staged.designation_names": ("name", "name_type"),
    "staged.designation_wallets": ("ticker", "address"),
    "staged.designation_identifiers": ("identifier_type", "identifier"),
    "staged.designation_addresses": ("full_address",),
    "staged.designation_dates": ("date_kind", "date_from", "date_to"),
    "staged.designation_links": ("relation", "to_party_id"),
}
# Columns of the party that hold several values, and where a Party keeps them.
_SETS = {
    "programs": "programs",
    "legal_basis": "legal_bases",
    "measures": "measures",
    "nationalities": "nationalities",
}


class Rows(Batch):
    """Takes rows aside instead of staging them; what is odd counts for the batch."""

    def __init__(self, batch: Batch) -> None:
        # Not the parent's: this one has no files of its own.
        self.source = batch.source
        self.warnings = batch.warnings
        self.is_list_complete = batch.is_list_complete
        self.taken: dict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, row: Mapping[str, Any], *, is_derived: bool = False) -> None:
        """Keep a row."""
        del is_derived  # nothing is counted here
        self.taken[table].append(dict(row))


@dataclass(frozen=True, slots=True)
class Difference:
    """What one item of a party says before and after; one of the two may be nothing.

    ``is_replacement`` says that something was there before, without saying what.
    """

    before: tuple[Party, Rows] | None
    after: tuple[Party, Rows] | None
    is_replacement: bool = False


@dataclass(slots=True)
class Record:
    """A party's own row and its other rows by table."""

    party: Row
    rows: dict[str, list[Row]]

    def mark(self, place: Callable[[str], str]) -> None:
        """Say of every row where it comes from."""
        for row in (self.party, *(r for found in self.rows.values() for r in found)):
            row["record_id"] = place(row["record_id"])

    def make(self, difference: Difference) -> list[str]:
        """Make a difference; tells what it replaces and the record does not have."""
        before = difference.before[0] if difference.before else None
        after = difference.after[0] if difference.after else None
        missed = self._rows(difference)
        for column, attribute in _SETS.items():
            old: set[str] = set(getattr(before, attribute)) if before else set()
            new: set[str] = set(getattr(after, attribute)) if after else set()
            said = self.party.get(column)
            values = set(said.split("; ")) if said else set()
            if old - new - values:
                missed.append(column)
            self.party[column] = "; ".join(sorted(values - (old - new) | new)) or None
        self._columns(before, after)
        return missed

    def _columns(self, before: Party | None, after: Party | None) -> None:
        """Columns that hold one value."""
        old = dict(before.columns) | {"remarks": before.remarks} if before else {}
        new = dict(after.columns) | {"remarks": after.remarks} if after else {}
        for column in sorted(old.keys() | new.keys()):
            if old.get(column) != new.get(column):
                self.party[column] = new.get(column)
        if after is None:
            return
        if after.name and after.name != (before.name if before else None):
            self.party["name"] = after.name
        if after.entity_type and after.entity_type != (before.entity_type if before else None):
            self.party["entity_type"] = after.entity_type
        listed = self.party.get("listed_on")
        if after.listed_on and (listed is None or after.listed_on < listed):
            self.party["listed_on"] = after.listed_on

    def _rows(self, difference: Difference) -> list[str]:
        """Take out the rows that end and put in those that begin."""
        old = difference.before[1].taken if difference.before else {}
        new = difference.after[1].taken if difference.after else {}
        missed: list[str] = []
        for table in sorted(old.keys() | new.keys()):
            held = self.rows.setdefault(table, [])
            before, after = old.get(table, []), new.get(table, [])
            same = {_said(r) for r in before} & {_said(r) for r in after}
            ending = [r for r in before if _said(r) not in same]
            missed += [_word(table) for r in ending if not _take_out(table, held, r)]
            if difference.is_replacement and after and not _replace(held, after):
                missed.append(_word(table))
            there = {_key(table, r) for r in held}
            held += [r for r in after if _said(r) not in same and _key(table, r) not in there]
        return missed


def _replace(held: list[Row], new: Sequence[Row]) -> bool:
    """Take out what an item held before that does not say it; by its id, or as main name."""
    places = {_place(r) for r in new}
    found = [r for r in held if _place(r) in places]
    if not found and any(r.get("name_type") == "primary" for r in new):
        found = [r for r in held if r.get("name_type") == "primary"]
    for row in found:
        held.remove(row)
    return bool(found)


def _take_out(table: str, held: list[Row], row: Row) -> bool:
    """Remove a row: the same element's, else one that says the same, else one alike."""
    same = [r for r in held if _key(table, r) == _key(table, row)]
    alike = [r for r in held if _alike(table, r) == _alike(table, row)]
    by_place = [r for r in same if _place(r) == _place(row)]
    for found in (by_place, same, [r for r in held if _place(r) == _place(row)], alike):
        if found:
            held.remove(found[0])
            return True
    return False


def _said(row: Row) -> str:
    """All that a row says, but where it stands."""
    return repr(sorted((k, v) for k, v in row.items() if v is not None and k != "record_id"))


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row.get(c) for c in _KEYS[table])


def _alike(table: str, row: Row) -> str:
    """The row's main value without case and punctuation: forms of the list differ in these."""
    column = {"staged.designation_names": "name", "staged.designation_addresses": "full_address"}
    value = row.get(column[table]) if table in column else "\0".join(map(str, _key(table, row)))
    return "".join(c for c in str(value).casefold() if c.isalnum())


def _place(row: Row) -> str:
    """The element a row comes from, whichever snapshot it stands in."""
    place = str(row["record_id"]).partition(" of ")[0]
    # Only the ENHANCED form names the element; elsewhere the place is the whole party's.
    return place if len(place.split()) > 2 else f"\0{id(row)}"


def _word(table: str) -> str:
    return table.removeprefix("staged.designation_")
