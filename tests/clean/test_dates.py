"""Publishers' dates: the days they can mean, and never a day they do not state."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.clean.dates import DateSpan, of_bounds, of_parts, read_date, read_us_date


@pytest.mark.parametrize(
    ("text", "first", "last", "precision", "is_approximate"),
    [
        ("10 Dec 1948", "1948-12-10", "1948-12-10", "day", False),
        ("12 September 1993", "1993-09-12", "1993-09-12", "day", False),
        ("Sep 1969", "1969-09-01", "1969-09-30", "month", False),
        ("1963", "1963-01-01", "1963-12-31", "year", False),
        ("circa 1952", "1952-01-01", "1952-12-31", "year", True),
        ("circa 07 Jul 1966", "1966-07-07", "1966-07-07", "day", True),
        ("1955 to 1957", "1955-01-01", "1957-12-31", "range", False),
        ("circa 1979-1982", "1979-01-01", "1982-12-31", "range", True),
        ("between 1960 and 1963", "1960-01-01", "1963-12-31", "range", False),
        ("Mar 1962 to Feb 1963", "1962-03-01", "1963-02-28", "range", False),
        ("01 Jan 2015 to 31 Dec 2015", "2015-01-01", "2015-12-31", "year", False),
        ("01 Feb 2016 to 29 Feb 2016", "2016-02-01", "2016-02-29", "month", False),
        ("1966-02-13", "1966-02-13", "1966-02-13", "day", False),
        ("2015-03-27-04:00", "2015-03-27", "2015-03-27", "day", False),
        ("1966-02", "1966-02-01", "1966-02-28", "month", False),
        ("27/04/2020", "2020-04-27", "2020-04-27", "day", False),
        ("00/03/1965", "1965-03-01", "1965-03-31", "month", False),
        ("05/2020", "2020-05-01", "2020-05-31", "month", False),
        ("00/00/1965", "1965-01-01", "1965-12-31", "year", False),
        ("dd/mm/1945", "1945-01-01", "1945-12-31", "year", False),
        ("1960s", "1960-01-01", "1969-12-31", "range", False),
        ("circa 1920s", "1920-01-01", "1929-12-31", "range", True),
        ("early 1970s", "1970-01-01", "1979-12-31", "range", True),
        ("Late-1970's", "1970-01-01", "1979-12-31", "range", True),
        ("late 1962", "1962-01-01", "1962-12-31", "year", False),
        ("1958 or 1959", "1958-01-01", "1959-12-31", "range", False),
        ("1958/1959", "1958-01-01", "1959-12-31", "range", False),
        ("Between Aug. and Sep. 1977", "1977-08-01", "1977-09-30", "range", False),
        ("Aug to Sep 1977", "1977-08-01", "1977-09-30", "range", False),
        ("1955 (as Lom-ali Butayev (Butaev))", "1955-01-01", "1955-12-31", "year", False),
        ("1952 (circa)", "1952-01-01", "1952-12-31", "year", True),
        ("1952 approximately", "1952-01-01", "1952-12-31", "year", True),
        ("c.1952", "1952-01-01", "1952-12-31", "year", True),
        ("around Dec 1952", "1952-12-01", "1952-12-31", "month", True),
        ("1st January 1960", "1960-01-01", "1960-01-01", "day", False),
        ("January 2, 1960", "1960-01-02", "1960-01-02", "day", False),
    ],
)
def test_a_date_in_words_gives_the_days_it_can_mean(
    text: str, first: str, last: str, precision: str, is_approximate: bool
) -> None:
    expected = DateSpan(
        date.fromisoformat(first), date.fromisoformat(last), precision, is_approximate
    )
    assert read_date(text) == expected


NO_DATES = (
    "",
    "unknown",
    "30-35 years old",
    "24/06/1402 (Hijri Calendar)",
    "before 1960",
    "1958 or 1962",
    "1960 (Hijri Calendar)",
    "1965s",
    "spring 1960",
    "Foo and Sep 1977",
    "10 1999",
    "31 Feb 1999",
    "31 Foo 1999",
    "2014-02-30",
    "32/01/2020",
    "00/00/0000",
    "1957 to 1955",
    "1955 to 1956 to 1957",
)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_date(text)


def test_ofac_writes_its_publication_day_month_first() -> None:
    assert read_us_date("04/06/2018") == date(2018, 4, 6)
    with pytest.raises(ValueError, match="MM/DD/YYYY"):
        read_us_date("2018-04-06")


def test_only_a_stated_day_is_a_day() -> None:
    assert read_date("10 Dec 1948").day == date(1948, 12, 10)
    for text in ("circa 10 Dec 1948", "Dec 1948", "1948", "1947 to 1948"):
        assert read_date(text).day is None


@given(st.dates(), st.dates())
def test_bounds_keep_the_days_they_are_given(one: date, other: date) -> None:
    first, last = sorted((one, other))
    span = of_bounds(first, last)
    assert (span.first, span.last) == (first, last)
    assert (span.precision == "day") == (first == last)
    if first != last:
        with pytest.raises(ValueError, match="lies before"):
            of_bounds(last, first)


@given(st.integers(1, 9999), st.integers(0, 12))
def test_a_month_or_year_is_whole(year: int, month: int) -> None:
    span = of_parts(year, month)
    assert span.precision == ("month" if month else "year")
    if span.last < date.max:
        after = span.last + timedelta(days=1)
        assert after.day == 1
        assert month or after.month == 1
    assert span.first.day == 1
