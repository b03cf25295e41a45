"""The UN Security Council's list. Figures: editions of June and August 2018 and of April 2025."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(
            odd_percent=100,
            odd_notes="The list prints an empty element where a party has no alias: 0.2 to 0.6 "
            "of a party each, and up to 0.1 other oddities; more than one is news.",
        ),
        say.row_count(
            "staged.designations",
            700,
            2_200,
            notes="80 % of the smallest and twice the largest edition we hold (877 in 2025, 1,098 "
            "in 2018); slices lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every party stands under a committee's list in all three editions.",
        ),
        say.fill_rate(
            "staged.designations",
            "listed_on",
            0.99,
            notes="Every party states its day in all three editions, some with a zone behind it.",
        ),
        say.fill_rate(
            "staged.designations",
            "remarks",
            0.2,
            notes="A quarter of the usual rate (833 of 1,098): catches a parser that stopped "
            "reading comments, and with them relations.",
        ),
        say.fill_rate(
            "staged.designation_dates",
            "date_from",
            0.9,
            notes="All but 2 to 5 of more than 2,000 dates are in a known form.",
        ),
        say.not_empty(
            "staged.designation_identifiers",
            severity="critical",
            notes="Each party's own reference is one: other lists join by it.",
        ),
    ]
