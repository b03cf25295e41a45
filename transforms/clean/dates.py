"""Publishers' dates as the span of days they can mean; a day is never invented.

``1963`` is 1 January to 31 December with precision ``year``, ``00/03/1965`` is March 1965. What
cannot be read raises ``ValueError``: the caller keeps the text and counts the miss.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DateSpan:
    """First and last day a stated date can mean; precision day, month, year or range."""

    first: date
    last: date
    precision: str
    is_approximate: bool = False

    @property
    def day(self) -> date | None:
        """The day itself where the publisher states one, else None."""
        return self.first if self.precision == "day" and not self.is_approximate else None


def of_bounds(first: date, last: date, *, is_approximate: bool = False) -> DateSpan:
    """The span between two days; its precision follows from the days."""
    if last < first:
        raise ValueError(f"{last} lies before {first}")
    if first == last:
        precision = "day"
    elif first == date(last.year, 1, 1) and (last.month, last.day) == (12, 31):
        precision = "year"
    elif first == date(last.year, last.month, 1) and last.day == _days(last.year, last.month):
        precision = "month"
    else:
        precision = "range"
    return DateSpan(first, last, precision, is_approximate)


def of_parts(
    year: int, month: int | None = None, day: int | None = None, *, is_approximate: bool = False
) -> DateSpan:
    """The span of a date whose month or day may be missing (None or 0)."""
    if not month:
        if day:
            raise ValueError("a day without a month")
        return DateSpan(date(year, 1, 1), date(year, 12, 31), "year", is_approximate)
    if not day:
        last = date(year, month, _days(year, month))
        return DateSpan(date(year, month, 1), last, "month", is_approximate)
    only = date(year, month, day)
    return DateSpan(only, only, "day", is_approximate)


def _days(year: int, month: int) -> int:
    if not 1 <= month <= 12:
        raise ValueError(f"month {month}")
    return monthrange(year, month)[1]


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_APPROXIMATELY = r"circa|approximately|approx\.?|about|around|c\.|ca\.?"
_APPROXIMATE = re.compile(
    rf"(?:{_APPROXIMATELY})\s+|c\.?(?=\d{{4}})|\s*\(?\b(?:{_APPROXIMATELY})\)?$", re.IGNORECASE
)
# Whose date it is: "1980 (as Amjad Hussein)". Other words in brackets may be of another calendar.
_BEARER = re.compile(r"\s*\(as [^()]*(?:\([^()]*\)[^()]*)?\)$", re.IGNORECASE)
_BETWEEN = re.compile(r"between\s+(.+?)\s+and\s+(.+)", re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})\s*[-–/]\s*(\d{4})")
_EITHER = re.compile(r"(\d{4})\s+or\s+(\d{4})", re.IGNORECASE)
_DECADE = re.compile(r"(early|mid|late)?[\s-]*(?:the\s+)?(\d{3})0['’]?s", re.IGNORECASE)
# A part of a year that nobody bounds: all of the year is what it can mean.
_PART_OF_YEAR = re.compile(r"(?:early|mid|late)[\s-]+(\d{4})", re.IGNORECASE)
_MONTH = re.compile(r"[A-Za-z]{3,9}\.?")
# OFAC, EU and UN write the day first; a zone behind an ISO date belongs to the publisher's clock.
_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?(?:([A-Za-z]{3,9})\.?,?\s+)?(\d{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,\s*(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?:[T+-].*|Z)?)?")
_SLASHED = re.compile(r"(?:(dd|\d{1,2})/)?(mm|\d{1,2})/(\d{4})", re.IGNORECASE)


def read_date(text: str) -> DateSpan:
    """A date in a publisher's words.

    ``10 Dec 1948``, ``circa 1952``, ``1955 to 1957``, ``between 1960 and 1963``, ``1958 or 1959``,
    ``Sep 1969``, ``1960s`` (a range of ten years), ``late 1962`` (the whole year), ``1966-02-13``,
    ``00/00/1965``, ``dd/mm/1945``. Slashed dates are day first, as in the lists of the United
    Kingdom; OFAC's month-first publication dates are read by ``read_us_date``.
    """
    text = _BEARER.sub("", " ".join(text.split()))
    rest, count = _APPROXIMATE.subn("", text)
    if decade := _DECADE.fullmatch(rest):
        first = int(decade[2]) * 10
        is_approximate = bool(count or decade[1])
        return DateSpan(date(first, 1, 1), date(first + 9, 12, 31), "range", is_approximate)
    if (either := _EITHER.fullmatch(rest)) and int(either[2]) - int(either[1]) != 1:
        raise ValueError(f"date {text[:60]!r} means two years that are no range")
    ends = _BETWEEN.fullmatch(rest) or _YEARS.fullmatch(rest) or either
    parts = list(ends.groups()) if ends else rest.split(" to ")
    if len(parts) == 2 and _MONTH.fullmatch(parts[0]):
        parts[0] += parts[1][-5:]  # "Aug and Sep 1977": the year stands once
    spans = [_single(part) for part in parts]
    if len(spans) == 1:
        only = spans[0]
        return DateSpan(only.first, only.last, only.precision, bool(count))
    if len(spans) > 2:
        raise ValueError(f"date {text[:60]!r} has more than two ends")
    return of_bounds(spans[0].first, spans[1].last, is_approximate=bool(count))


def read_us_date(text: str) -> date:
    """``MM/DD/YYYY``, the order of OFAC's publication dates."""
    m = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text.strip())
    if not m:
        raise ValueError(f"date {text[:60]!r} is not MM/DD/YYYY")
    return date(int(m[3]), int(m[1]), int(m[2]))


def _single(text: str) -> DateSpan:
    if m := _PART_OF_YEAR.fullmatch(text):
        return of_parts(int(m[1]))
    if m := _WORDS.fullmatch(text):
        month = _MONTHS.get(m[2].lower(), 13) if m[2] else None
        return of_parts(int(m[3]), month, int(m[1] or 0))
    if m := _MONTH_FIRST.fullmatch(text):
        return of_parts(int(m[3]), _MONTHS.get(m[1].lower(), 13), int(m[2]))
    if m := _ISO.fullmatch(text):
        return of_parts(int(m[1]), int(m[2]), int(m[3] or 0))
    if m := _SLASHED.fullmatch(text):
        day, month, year = (0 if x and x.isalpha() else int(x or 0) for x in m.groups())
        return of_parts(year, month, day)
    raise ValueError(f"date {text[:60]!r} is in no known form")
