"""The EU's consolidated list. Figures: the first 3.9 MB of a file of March 2022, 1,045 entries."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        say.row_count(
            "staged.designations",
            3_000,
            14_000,
            notes="1,025 parties are 3.9 MB and the whole file is about 25 MB: half and twice of "
            "what that makes; slices lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every entry quotes an act, and every act has its programme.",
        ),
        say.no_rows(
            "staged.designations",
            "listed_on is null and listed_by is null",
            severity="warning",
            notes="An entry without a designation date is bounded by its act, which all have.",
        ),
        say.fill_rate(
            "staged.designations",
            "listed_on",
            0.1,
            notes="A quarter of the usual rate (427 of 1,045 state the day): catches a parser "
            "that stopped reading it.",
        ),
        say.fill_rate(
            "staged.designation_names",
            "language",
            0.08,
            notes="A quarter of the usual rate: 1,571 of 4,856 names state a language.",
        ),
        say.fill_rate(
            "staged.designation_dates",
            "date_from",
            0.9,
            notes="All but 1 of 2,867 dates are in a known form; that one is Islamic.",
        ),
    ]
