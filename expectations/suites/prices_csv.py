"""Daily closes from a CSV file."""

from expectations import families
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations; a price file has no habits of its own."""
    return families.prices()
