"""GraphSense TagPacks."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations and what a pack usually states."""
    return [
        *families.labels(),
        say.fill_rate(
            "staged.address_labels",
            "label_source",
            0.25,
            notes="Packs cite a source for nearly every tag; a quarter of that.",
        ),
    ]
