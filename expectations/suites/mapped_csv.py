"""Any vendor's CSV, by a TOML mapping: what it holds depends on the mapping."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations, and that rows keep an order."""
    return [
        *families.transfers(),
        say.fill_rate(
            "staged.transfers",
            "position",
            1.0,
            severity="critical",
            notes="Rows without an index of their own are ordered by their place in the file.",
        ),
        say.no_rows(
            "staged.transfers",
            "from_address is null and to_address is null and is_effective",
            notes="A movement has a sender or a receiver; records without either are rejected.",
        ),
    ]
