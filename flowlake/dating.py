"""Dates in the names of files and folders.

``sdn_2023-01-05.csv`` and ``20230702153000.gkg.csv.zip`` carry a day, ``ofac_sdn_csv_2021-07``
only a month: its first day is taken and the basis says so.
"""

import re
from datetime import date
from pathlib import PurePosixPath

# Day, then nothing, or no digit, or a time: 4 or 6 digits right behind it.
_DAY = re.compile(
    r"(?<![0-9])(19|20)([0-9]{2})([-_.]?)(0[1-9]|1[0-2])\3(0[1-9]|[12][0-9]|3[01])"
    r"(?=[^0-9]|$|[0-9]{4}(?:[0-9]{2})?(?![0-9]))"
)
_MONTH = re.compile(r"(?<![0-9])(19|20)([0-9]{2})-(0[1-9]|1[0-2])(?!-?[0-9])")
_SEPARATORS = " _-."


def date_in_name(name: str) -> tuple[date, str] | None:
    """Date of a file by its name, else by its folders' names, nearest first, with its basis."""
    parts = list(reversed(PurePosixPath(name).parts))
    for part in parts:
        if found := _day(part):
            return found[0], "name"
    for part in parts:
        if month := _MONTH.search(part):
            return date(int(month[1] + month[2]), int(month[3]), 1), "name_month"
    return None


def without_day(name: str) -> str:
    """A file's name without the day in it: ``alt_2023-01-05.csv`` is an ``alt.csv``."""
    found = _day(name)
    if found is None:
        return name
    _, match = found
    before, after = name[: match.start()], name[match.end() :]
    return before.rstrip(_SEPARATORS) + after if before else after.lstrip(_SEPARATORS)


def _day(name: str) -> tuple[date, re.Match[str]] | None:
    for match in _DAY.finditer(name):
        century, year, _, month, day = match.groups()
        try:
            return date(int(century + year), int(month), int(day)), match
        except ValueError:  # 2023-02-30 is a number, not a day
            continue
    return None
