"""Marts: answers. They must add up to what core holds."""

from expectations import vocabulary as say
from expectations.structure import structure
from expectations.vocabulary import Expectation
from transforms.schemas import tables_of


def suite() -> list[Expectation]:
    """Structure of every mart, and the sums that tie it to core."""
    return [e for t in tables_of(["marts"]) for e in structure(t.name)] + [
        say.no_rows(
            "marts.cash_outs",
            "receipts <> receipts_in_core",
            view="receipts",
            notes="Each receipt of core.cash_outs is counted once per policy, none is lost.",
        ),
        say.no_rows(
            "marts.cash_outs",
            "month <> date_trunc('month', month)",
            notes="A month is given by its first day.",
        ),
        say.no_rows(
            "marts.entity_exposure",
            "unpriced_transfers > transfers",
            notes="No more transfers lack a price than there are.",
        ),
        say.no_rows(
            "marts.entity_exposure",
            "amount_usd is not null and unpriced_transfers = transfers",
            notes="Dollars come from priced transfers only.",
        ),
        say.no_rows(
            "marts.counterparties",
            "address in (select address from core.entity_wallets where listed_to is null)",
            notes="A counterparty is not designated itself.",
        ),
        say.no_rows(
            "marts.flow_paths",
            "len(transaction_hashes) <> hops",
            notes="A path of n transfers has n transaction hashes.",
        ),
        say.no_rows(
            "marts.mention_timeline",
            "independent_sources > articles or articles > mentions",
            notes="Copies of a text are one witness, and an article may mention more than once.",
        ),
    ]
