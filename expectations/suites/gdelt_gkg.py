"""GDELT's Global Knowledge Graph 2.1. Figures: the slot 2023-07-02 15:30, 951 rows."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's expectations and the feed's usual filling."""
    told = "staged.articles"
    return [
        *families.articles(),
        say.row_count(
            told,
            200,
            20_000,
            notes="A fifth of the slot we hold and about ten times a busy one; the feed once held "
            "500 times its declared size. Samples are smaller and are loaded all the same.",
        ),
        say.fill_rate(told, "url", 0.9, notes="Web documents (collection 1) all have one."),
        say.fill_rate(
            told,
            "published_at",
            0.12,
            notes="A quarter of the usual rate (460 of 951 rows state a time).",
        ),
        say.fill_rate(told, "title", 0.25, notes="A quarter of the usual rate (nearly all)."),
        say.no_rows(
            told,
            "body is not null or text_completeness = 'full'",
            notes="The feed supplies no text; whatever claims to be one was made up here.",
        ),
        say.fill_rate(
            told,
            "seen_at",
            1.0,
            severity="critical",
            notes="The batch time is when GDELT saw it; every row has one.",
        ),
        say.row_count(
            "staged.article_names",
            1,
            notes="717 of 951 rows name persons: none at all is a parser that lost the columns.",
        ),
    ]
