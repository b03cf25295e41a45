"""The UK Sanctions List. Figures: what readers of the list report of 2026 (6,315 designations)."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        say.row_count(
            "staged.designations",
            5_000,
            13_000,
            notes="80 % and twice the 6,315 designations of July 2026; slices and editions of "
            "earlier years lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every designation is made under regulations.",
        ),
        say.fill_rate(
            "staged.designations",
            "listed_on",
            0.95,
            notes="Every designation states its day; less means that its form changed.",
        ),
        say.fill_rate(
            "staged.designations",
            "measures",
            0.95,
            notes="What is imposed decides whether assets are frozen: the list says it of all.",
        ),
        say.fill_rate(
            "staged.designations",
            "remarks",
            0.25,
            notes="A quarter of the usual rate (all but 127 of 6,334): catches a parser that "
            "stopped reading texts, and with them wallets.",
        ),
        say.row_count(
            "staged.designation_identifiers",
            10_000,
            notes="Half of what two references per designation alone make: without them nothing "
            "joins the list to OFSI's and the UN's.",
        ),
    ]
