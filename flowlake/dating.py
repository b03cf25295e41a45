"""Dates in the names of files and folders.

``sdn_2023-01-05.csv`` and ``20230702153000.gkg.csv.zip`` carry a day, ``ofac_sdn_csv_2021-07``
only a month: its first day is taken and the basis says so.
"""

import re
from datetime import date
from pathlib import PurePath

_DAY = re.compile(
    r"(?<!\d)(19|20)(\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?=\D|\d{4}(?:\d\d)?(?!\d)|$)"
)
_MONTH = re.compile(r"(?<!\d)(19|20)(\d\d)-(0[1-9]|1[0-2])(?!-?\d)")


def date_in_name(name: str) -> tuple[date, str] | None:
    """Date of a file by its name, else by its folders' names, nearest first, with its basis."""
    parts = list(reversed(PurePath(name).parts))
    for part in parts:
        for match in _DAY.finditer(part):
            century, year, month, day = match.groups()
            try:
                return date(int(century + year), int(month), int(day)), "name"
            except ValueError:  # 2023-02-30 is a number, not a day
                continue
    for part in parts:
        if found := _MONTH.search(part):
            century, year, month = found.groups()
            return date(int(century + year), int(month), 1), "name_month"
    return None
