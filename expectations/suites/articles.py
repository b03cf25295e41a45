"""Articles given as text or HTML files, with optional sidecars."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations, and that there is a text to search."""
    return [
        *families.articles(),
        say.fill_rate(
            "staged.articles",
            "body",
            0.9,
            notes="A page without text was a menu, a login wall or a video.",
        ),
        say.fill_rate(
            "staged.articles",
            "published_at",
            0.12,
            notes="Without a date nobody's status can be told; single undated texts are lawful.",
        ),
    ]
