"""Which stretches of a chain make a part: by the rows that are staged, and by nothing else.

Blocks are counted in cells. A part is the longest stretch of 2^n cells, beginning at a multiple of
its length, that holds no more rows than a limit (or one cell). So parts follow from the rows alone,
whatever came first; a day more at the end cuts the last part, and leaves the others as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

# Blocks of Bitcoin in five hours, of Ethereum in six minutes.
CELL: Final = 32
# A part that a new day cuts is built again: a tenth of a busy day.
MAX_ROWS: Final = 131_072
# Rows without a block.
NO_CELL: Final = -1
_ROOT: Final = 1 << 40
_END: Final = _ROOT * CELL - 1

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks ``first`` to ``last`` of a chain; −1 for rows without a block.

    A chain is one whole stretch where some rows name a transaction and no block: only all rows
    together tell where they belong.
    """

    chain: str
    first: int
    last: int
    is_whole: bool = False

    @property
    def order(self) -> tuple[str, bool, int]:
        """Sorts as ``seq`` does: rows without a block stand behind those with one."""
        return self.chain, self.first < 0, self.first

    @property
    def where(self) -> str:
        """Condition for its rows."""
        chain = "chain = '" + self.chain.replace("'", "''") + "'"
        if self.is_whole:
            return chain
        if self.first < 0:
            return f"{chain} and block_number is null"
        return f"{chain} and block_number between {self.first} and {self.last}"

    def to(self, end: "Stretch") -> "Stretch":
        """From the beginning of this one to the end of another."""
        return Stretch(self.chain, self.first, end.last, self.is_whole)


def stretches(
    chain: str, cells: Numbers, rows: Numbers, *, is_whole: bool, max_rows: int = MAX_ROWS
) -> list[Stretch]:
    """Parts of a chain by its cells in ascending order (−1 first) and the rows of each."""
    if is_whole:
        return [Stretch(chain, 0, _END, is_whole=True)]
    found = [Stretch(chain, -1, -1)] if len(cells) and cells[0] == NO_CELL else []
    start = len(found)
    cells, ends = cells[start:], np.concatenate(([0], np.cumsum(rows[start:])))
    return [*_halved(chain, cells, ends, (0, _ROOT), max_rows), *found]


def _halved(
    chain: str, cells: Numbers, ends: Numbers, span: tuple[int, int], max_rows: int
) -> Iterator[Stretch]:
    low, high = span
    begin, end = np.searchsorted(cells, [low, high])
    if begin == end:
        return
    if ends[end] - ends[begin] <= max_rows or high - low == 1:
        yield Stretch(chain, low * CELL, high * CELL - 1)
        return
    middle = (low + high) // 2
    yield from _halved(chain, cells, ends, (low, middle), max_rows)
    yield from _halved(chain, cells, ends, (middle, high), max_rows)


def places(cells: Numbers, parts: Sequence[Stretch]) -> Numbers:
    """Number of the part each cell lies in; ``parts`` as ``stretches`` gave them."""
    if parts[0].is_whole:
        return np.zeros(len(cells), np.int64)
    with_block = [p for p in parts if p.first >= 0]
    starts = np.array([p.first // CELL for p in with_block], np.int64)
    found = np.searchsorted(starts, cells, side="right") - 1
    found[cells == NO_CELL] = len(parts) - 1
    return found.astype(np.int64)
