"""A British list as one table: rows of a party put together, then staged.

In: a sheet whose rows are a cross product of whatever is repeated for a party. Out: one party per
id, rejects, and a word about each column nobody has a rule for.
"""

from collections.abc import Callable, Collection
from typing import TypeAlias

from transforms.errors import InputRefused
from transforms.readers.uk_listing import Listing
from transforms.readers.uk_rows import Row, Sheet
from transforms.readers.words import report_word
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

# Takes a row into the listing of its party, which it makes where it is the first.
Take: TypeAlias = Callable[[Row, Sheet, dict[str, Listing], RawFile, Batch], None]


def stage_table(
    file: RawFile, batch: Batch, take: Take, *, expected: Collection[str], known: Collection[str]
) -> None:
    """Stage all parties of a table; ``known`` are its columns, ``expected`` those it must have."""
    sheet = Sheet(file, batch)
    listings: dict[str, Listing] = {}
    for row in sheet.rows():
        if not listings:
            sheet.expect(*expected)
        take(row, sheet, listings, file, batch)
    sheet.expect(*expected)
    for column in sheet.header:
        if column and column not in known:
            report_word(batch, "column", column)
    if not listings:
        raise InputRefused(f"{batch.source.name} {file.name}: expected parties, found no sound row")
    for listing in listings.values():
        batch.read()
        if listing.names:
            listing.stage(batch)
        else:
            batch.reject(
                "a party without a name",
                file=file.name,
                record_id=listing.record_id,
                raw=listing.party_id,
            )
