"""What every source of a family must keep: structure, not empty, and the count watchdog.

A source's suite starts from its family and adds what only that source is known for.
"""

from collections.abc import Sequence

from expectations import vocabulary as say
from expectations.structure import structure
from expectations.vocabulary import EASED, LATELY, Expectation

DESIGNATIONS = (
    "staged.designations",
    "staged.designation_names",
    "staged.designation_wallets",
    "staged.designation_identifiers",
    "staged.designation_addresses",
    "staged.designation_dates",
    "staged.designation_links",
)


def designations(*, odd_percent: int = 10, odd_notes: str = "") -> list[Expectation]:
    """A sanctions list: against the last accepted snapshot, nothing may vanish unnoticed.

    ``odd_percent`` is for a list whose usual oddities are more than one in ten records.
    """
    parties = "staged.designations"
    return [
        *_structures(DESIGNATIONS),
        say.not_empty(parties, notes="An empty list is a broken download, never the truth."),
        say.net_drop(
            parties,
            5,
            spare=2,
            against=EASED,
            notes="Three times the largest net drop of 142 real steps of the SDN List (1.64 %, "
            "2021-12-30); in lists of a few dozen one act may take off three parties lawfully. "
            "Past 92 days a quarter more a year: a list may shrink over years, not at once.",
        ),
        say.net_drop(
            parties,
            49,
            spare=2,
            notes="A list half its size is a truncated one, however long ago the last was seen.",
        ),
        say.net_drop(
            parties,
            2,
            severity="warning",
            notes="No real step of 142 lost more than 1.64 %: 2 % gave no false alarm.",
        ),
        say.net_growth(
            parties,
            10,
            notes="Twice the largest real growth (4.2 %, 2022-03-24); lawful, so it only warns.",
        ),
        say.keeps_values(
            parties,
            "entity_type",
            severity="critical",
            against=LATELY,
            notes="Persons, organisations, vessels or aircraft lost whole: part of the file is "
            "missing. In 142 real steps no type ended; none lost more than 2.2 %.",
        ),
        say.keeps_values(
            parties,
            "entity_type",
            notes="A type lost over a long gap may have ended lawfully (vessels, 2018 to 2020).",
        ),
        say.keeps_values(
            "staged.designation_wallets",
            "ticker",
            notes="A ticker lost whole: none ended in 142 real steps, but one may.",
        ),
        say.keeps_values(
            parties,
            "program",
            view="programs",
            notes="A programme lost whole: five ended lawfully in 142 real steps.",
        ),
        *[
            say.net_drop(
                table,
                5,
                severity="warning",
                spare=2,
                notes="A set without its alias or address file is accepted, and noticed here.",
            )
            for table in DESIGNATIONS[1:]
        ],
        say.not_empty(
            "staged.designation_names",
            severity="critical",
            notes="Every party has its primary name: without names nothing can be screened.",
        ),
        *books(odd_percent=odd_percent, odd_notes=odd_notes),
    ]


def parts_of_a_set() -> list[Expectation]:
    """A list in several files: aliases and addresses belong to parties of the same publication."""
    held = "select count(*) from staged.designations where cast(snapshot_date as varchar) = batch"
    return [
        say.no_rows(
            "staged.rejects",
            f"orphans > 100 and orphans * 20 > ({held})",
            view="orphans",
            notes="Files of different publications, or of different lists: of 25,747 aliases and "
            "addresses of 2021-07 none is without its party. A set of some hundred parties with a "
            "few strays is only warned of.",
        ),
        say.no_rows(
            "staged.rejects",
            "orphans > 0",
            view="orphans",
            severity="warning",
            notes="Aliases or addresses of a later day than the parties: rejected, and listed.",
        ),
    ]


def transfers() -> list[Expectation]:
    """An export of transfers: overlapping exports are lawful, so counts say little."""
    moved = "staged.transfers"
    key = ("chain", "asset", "transaction_hash", "kind", "position", "position_basis")
    return [
        *_structures((moved, "staged.assets", "staged.address_labels")),
        say.unique(
            moved,
            *key,
            severity="warning",
            view="places",
            notes="The same movement twice in one batch, or two at one log index of a transaction; "
            "core keeps one.",
        ),
        say.no_rows(
            moved,
            "transaction_hash is null and block_number is null and block_timestamp is null"
            " and position is null",
            notes="Without any of these a movement has no place in the order of the log.",
        ),
        say.no_rows(
            moved,
            "value is null and is_effective",
            notes="What moves has an amount; only inputs that were not enriched have none.",
        ),
        say.no_rows(
            moved,
            "value > total_supply",
            view="values_and_supplies",
            severity="warning",
            notes="More was moved at once than there is, by the export's own list of tokens: a "
            "faulty token, an NFT's id, or a list older than the transfers.",
        ),
        say.fill_rate(
            moved,
            "block_timestamp",
            0.99,
            notes="Movements without a time have no price and no phase (give the blocks file).",
        ),
        say.no_rows(
            moved,
            "first_at <> last_at or first_at < before_at",
            view="blocks",
            severity="warning",
            notes="A block has one time and no earlier one than the block before it; exports that "
            "cut times to minutes, or straddle a reorganisation, break this.",
        ),
        *books(),
    ]


def labels() -> list[Expectation]:
    """Labels of addresses: claims, so what they say is not judged, only that they can be used."""
    labelled = "staged.address_labels"
    return [
        *_structures((labelled, "staged.actors")),
        say.no_rows(
            "meta.ingests",
            "rows_read = 0",
            severity="warning",
            notes="A pack without labels or actors is of no use, but no fault.",
        ),
        say.fill_rate(
            labelled,
            "chain",
            0.25,
            notes="A quarter of what packs usually give: catches a parser that lost the chain.",
        ),
        say.fill_rate(
            labelled,
            "category",
            0.25,
            notes="Labels without a category never end a trace; a quarter of the usual rate.",
        ),
        *books(),
    ]


def prices() -> list[Expectation]:
    """Daily closes."""
    priced = "staged.asset_prices"
    return [
        *_structures((priced,)),
        say.row_count(priced, 1, notes="A price file without prices is of no use, but no fault."),
        say.between(
            priced,
            "price_usd",
            0,
            is_above=True,
            severity="warning",
            notes="An asset that trades at 0 is not traded: usually a gap written as a zero.",
        ),
        say.between(
            priced,
            "price_usd",
            at_most=10_000_000,
            severity="warning",
            notes="About a hundred times the dearest coin's highest close: beyond it the unit is "
            "wrong (satoshi, wei, another currency).",
        ),
        *books(),
    ]


def articles() -> list[Expectation]:
    """Articles and the names a feed itself extracted."""
    told = "staged.articles"
    return [
        *_structures((told, "staged.article_names")),
        say.row_count(told, 1, notes="An empty slot is possible; a missing one is no file at all."),
        say.no_rows(
            told,
            "url is null and title is null and body is null",
            notes="An article without address, title and text is nothing anybody can look up.",
        ),
        say.no_rows(
            told,
            "text_completeness = 'full' and body is null",
            notes="Full text means that there is a text.",
        ),
        *books(),
    ]


def books(*, odd_percent: int = 10, odd_notes: str = "") -> list[Expectation]:
    """The batch's own counts, judged as the row the ingest will write."""
    counts = "meta.ingests"
    return [
        say.no_rows(
            counts,
            "rows_read > 0 and rows_staged = 0",
            notes="Every record was rejected: a wrong format or mapping, not some bad rows.",
        ),
        say.no_rows(
            counts,
            "rows_read <> rows_staged + rows_rejected",
            notes="Nothing is lost silently: every record read was staged or rejected.",
        ),
        say.no_rows(
            counts,
            "rows_rejected * 100 > rows_read",
            severity="warning",
            notes="More than 1 % rejected; the real lists, exports and slots we tried reject none.",
        ),
        say.no_rows(
            counts,
            f"warnings > 3 and warnings * 100 > rows_read * {odd_percent}",
            severity="warning",
            notes=odd_notes
            or "More than one warning in ten records: the format has changed somewhere. One or two "
            "of a small file say nothing of its format.",
        ),
    ]


def _structures(tables: Sequence[str]) -> list[Expectation]:
    return [e for table in (*tables, "staged.rejects") for e in structure(table)]
