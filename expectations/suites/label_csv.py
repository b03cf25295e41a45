"""Labels from CSV files."""

from expectations import families
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations; a table of labels has no habits of its own."""
    return families.labels()
