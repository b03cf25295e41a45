"""OFSI's Consolidated List, closed in January 2026. Figures: the edition of 27 April 2020."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        say.row_count(
            "staged.designations",
            1_700,
            13_000,
            notes="80 % of the 2,114 groups of 2020, and twice the list that took its place; "
            "slices lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every group stands under a regime; all 2,114 of 2020 do.",
        ),
        say.fill_rate(
            "staged.designations",
            "listed_on",
            0.95,
            notes="Every row states its day of listing in full; all of 2020 do.",
        ),
        say.fill_rate(
            "staged.designations",
            "remarks",
            0.2,
            notes="A quarter of the usual rate (83 % in 2020): catches a parser that stopped "
            "reading texts, and with them references and wallets.",
        ),
    ]
