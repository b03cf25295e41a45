"""OFAC's Consolidated (non-SDN) list. Figures: editions of 2018, 2020 and 2024."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        *families.parts_of_a_set(),
        say.row_count(
            "staged.designations",
            300,
            1_300,
            notes="80 % of the smallest and twice the largest edition we hold (375 in 2020, 639 "
            "in 2018); slices lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every party stands under a programme in all three editions.",
        ),
    ]
