"""OpenSanctions' collections. Figures: its own statistics pages; collections differ widely."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and what every collection has."""
    return [
        *families.designations(),
        say.row_count(
            "staged.designations",
            10_000,
            200_000,
            notes="The sanctions collection holds some 70,000 targets; single datasets lie "
            "outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.5,
            notes="Most targets say under which programme they stand; half of that means that "
            "sanctions are no longer found by their party.",
        ),
        say.fill_rate(
            "staged.designations",
            "licence",
            1.0,
            severity="critical",
            notes="CC BY-NC: no row may leave without its licence.",
        ),
    ]
