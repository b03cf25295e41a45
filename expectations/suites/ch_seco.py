"""The Swiss list. Figures: what readers of the list report of 2026 (8,604 to 8,670 targets)."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        say.row_count(
            "staged.designations",
            6_800,
            17_300,
            notes="80 % and twice the 8,670 targets of September 2026, delisted ones included; "
            "slices and earlier editions lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.95,
            notes="Every target names a sanctions set, and sets belong to programmes.",
        ),
        say.no_rows(
            "staged.designations",
            "listed_on is null and listed_by is null",
            severity="warning",
            notes="Every target has a modification with its days: the listing, or a later one.",
        ),
        say.no_rows(
            "staged.designations",
            "delisted_on <= coalesce(listed_on, listed_by)",
            notes="A listing ends after it began, or modifications were read in a wrong order.",
        ),
        say.fill_rate(
            "staged.designations",
            "remarks",
            0.2,
            notes="About a quarter of the usual rate: nearly every target has a justification.",
        ),
    ]
