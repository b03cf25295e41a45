"""OFAC's Specially Designated Nationals list. Figures: 143 versions of 2021 and 2022."""

from expectations import families
from expectations import vocabulary as say
from expectations.vocabulary import Expectation


def suite() -> list[Expectation]:
    """The family's watchdog and the list's usual size and filling."""
    return [
        *families.designations(),
        *families.parts_of_a_set(),
        say.row_count(
            "staged.designations",
            7_000,
            40_000,
            notes="80 % of the smallest version we hold (8,976 of 2021-07) and about twice the "
            "list of 2025; slices and older lists lie outside and are loaded all the same.",
        ),
        say.fill_rate(
            "staged.designations",
            "programs",
            0.99,
            notes="Every party stands under a programme; all 11,430 of 2022-12-28 do.",
        ),
        say.fill_rate(
            "staged.designations",
            "remarks",
            0.2,
            notes="A quarter of the usual rate: catches a parser that stopped reading remarks, "
            "and with them wallets, birth dates and links.",
        ),
        say.fill_rate(
            "staged.designations",
            "is_wallet_set_complete",
            1.0,
            notes="Every party says whether its remarks were cut.",
        ),
        say.no_rows(
            "staged.designations",
            "is_wallet_set_complete = false",
            severity="warning",
            notes="Remarks were cut at 1,000 characters and the comments file is not in the set: "
            "wallets may be missing (5 to 14 such parties in 2021 and 2022).",
        ),
        say.fill_rate(
            "staged.designation_wallets",
            "chain",
            0.5,
            notes="Half of the usual rate: addresses whose checksum decides their chain.",
        ),
    ]
