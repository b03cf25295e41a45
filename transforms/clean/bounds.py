"""What no block can be: numbers and times that are faults of an export.

``core.transfers.seq`` gives a block nine digits, whether its number stands there or the seconds
since Bitcoin began. The highest real number is far below; a time behind the end is usually one in
milliseconds.
"""

from datetime import UTC, datetime
from typing import Final

MAX_BLOCK: Final = 10**9 - 1
# The day of Bitcoin's first block: no chain is older.
FIRST_TIME: Final = datetime(2009, 1, 3, tzinfo=UTC)
END_OF_TIME: Final = datetime(2040, 1, 1, tzinfo=UTC)
