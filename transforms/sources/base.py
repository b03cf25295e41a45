"""What a source is: its declaration, and the raw files a parser is given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TypeAlias


class Family(Enum):
    """Kind of data a source brings; its main table first, the others with it."""

    DESIGNATIONS = (
        "staged.designations",
        "staged.designation_names",
        "staged.designation_wallets",
        "staged.designation_identifiers",
        "staged.designation_addresses",
        "staged.designation_dates",
        "staged.designation_links",
        "staged.rejects",
    )
    TRANSFERS = (
        "staged.transfers",
        "staged.blocks",
        "staged.assets",
        "staged.address_labels",
        "staged.rejects",
    )
    LABELS = ("staged.address_labels", "staged.actors", "staged.rejects")
    PRICES = ("staged.asset_prices", "staged.rejects")
    ARTICLES = ("staged.articles", "staged.article_names", "staged.rejects")

    @property
    def main_table(self) -> str:
        """Table whose rows are the family's main record: what rows_staged counts."""
        return self.tables[0]

    @property
    def record_tables(self) -> tuple[str, ...]:
        """Tables whose rows are records of the files: packs hold labels, or actors."""
        return self.tables[:2] if self is Family.LABELS else self.tables[:1]

    @property
    def tables(self) -> tuple[str, ...]:
        """All staged tables of the family; every publish replaces a batch in all of them."""
        return tuple(self.value)


class Grouping(Enum):
    """How received files become batches."""

    FILE = "each file is a batch"
    FOLDER = "the files of one folder are a batch"
    NAMED_SET = "files of one folder with the set's names are a batch, any other file is one"
    RUN = "all files of a run are a batch"


class BatchName(Enum):
    """What names the replaceable unit of a source: the same name replaces, another adds."""

    DATE = "the snapshot's date"
    STEM = "the file's name without the source's suffix (else without anything after a dot)"
    CONTENT = "the first 16 hex digits of the raw sha256"


@dataclass(frozen=True, slots=True)
class Source:
    """Declaration of a source; ``name`` is the one word used everywhere.

    ``page`` is for people, ``urls`` are what a live fetch takes (all of them together are one
    batch), ``cadence`` is a cron line in UTC or None where files are dropped by hand.
    ``hosts`` are the only hosts a fetch may talk to, redirects included.
    """

    name: str
    family: Family
    publisher: str
    page: str
    format: str
    licence: str
    cadence: str | None
    grouping: Grouping
    batch_name: BatchName
    urls: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    set_names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()  # files in a folder with other suffixes are not this source's
    # Name patterns of files that go with every batch of their folder and are none themselves.
    sidecars: tuple[str, ...] = ()
    # Folders that exporters keep each kind of file in: with FOLDER, what lies at the same place
    # below them is one batch (transactions/date=2023-04-12, receipts/date=2023-04-12).
    kinds: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  # names of the options ``parse`` understands
    # Column names, JSON or YAML keys, or the root element as <name>, of each form: a file that has
    # all of one tuple may be this source's. Letter case is ignored; a name ending in * stands for
    # any that begins so.
    headers: tuple[tuple[str, ...], ...] = ()
    # Families of chains (see ``chains``) it can be of, where another source has columns of the same
    # names: then the accounts in the first rows tell. Empty where nothing of it is alike.
    families: tuple[str, ...] = ()
    # Not everybody may use it: fetched at its cadence only where it is named, not with "all".
    is_noncommercial: bool = False


@dataclass(frozen=True, slots=True)
class RawFile:
    """One received file: its name as received and the bytes' place in the raw store."""

    name: str
    path: Path
    sha256: str
    size: int


# How the warning begins that a snapshot put together from changes bears; the day follows.
MADE_OF_CHANGES = "made of changes to the snapshot of"
# How the warning begins that a snapshot bears which is no whole list; what it is follows.
PART_OF_A_LIST = "a part of the list, absence from it proves nothing"


def is_made_of_changes(warnings: Iterable[str]) -> bool:
    """Whether a snapshot that bears these warnings was put together from changes."""
    return any(w.startswith(MADE_OF_CHANGES) for w in warnings)


def base_of(warnings: Iterable[str]) -> str | None:
    """Day of the snapshot to which changes were made that led to one with these warnings."""
    found = (w for w in warnings if w.startswith(MADE_OF_CHANGES))
    return next((w.removeprefix(MADE_OF_CHANGES).strip() for w in found), None)


def is_part(warnings: Iterable[str]) -> bool:
    """Whether a snapshot that bears these warnings is a part of its list."""
    return any(w.startswith(PART_OF_A_LIST) for w in warnings)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that the lake serves: its day, its Parquet files, what was odd about it."""

    date: date
    files: Mapping[str, Sequence[Path]]
    warnings: Mapping[str, int]

    @property
    def is_made_of_changes(self) -> bool:
        """Whether no full file of that day was seen."""
        return is_made_of_changes(self.warnings)


# The newest whole snapshot that is served and not after a day.
Held: TypeAlias = Callable[[date], Snapshot | None]


@dataclass(frozen=True, slots=True)
class RawSet:
    """The files of one batch as ``parse`` gets them.

    ``date`` is null where neither option, name nor transport gave one; the parser then offers
    the publisher's own date with ``Batch.dated``. ``sha256`` is the file's own for a single
    file, else that of the sorted ``name sha256`` lines. ``held`` gives the newest snapshot that
    the lake serves and that is not after a day: files of changes are applied to it.
    """

    source: str
    files: tuple[RawFile, ...]
    sha256: str
    date: date | None
    date_basis: str
    options: Mapping[str, str] = field(default_factory=dict)
    held: Held | None = None
