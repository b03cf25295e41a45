"""Core: one meaning across sources. Rules here are about several rows or tables at once."""

from expectations import vocabulary as say
from expectations.structure import structure
from expectations.vocabulary import Expectation
from transforms.schemas import tables_of


def suite() -> list[Expectation]:
    """Structure of every core table, and the rules between them."""
    return [e for t in tables_of(["core"]) for e in structure(t.name)] + [
        *_listings(),
        *_transfers(),
        *_traces(),
    ]


def _listings() -> list[Expectation]:
    return [
        say.no_rows(
            "core.entities",
            "entity_id not in (select entity_id from core.entity_parties)",
            notes="An entity is made of parties.",
        ),
        say.no_rows(
            "core.entities",
            "is_designated <> (entity_id in"
            " (select entity_id from core.designations where listed_to is null))",
            notes="Designated now means a listing that has not ended: delisted parties shown as "
            "active are the fault users report most.",
        ),
        say.no_rows(
            "core.entities",
            "entity_id not in (select entity_id from core.entity_names)",
            severity="warning",
            notes="An entity without names can't be screened.",
        ),
        say.no_rows(
            "core.designations",
            "period <> coalesce(period_before, 0) + 1 or listed_from < listed_to_before"
            " or (period_before is not null and listed_to_before is null)",
            view="listing_periods",
            notes="Periods of a party are numbered from 1, do not overlap, and only the last may "
            "be open.",
        ),
        say.no_rows(
            "core.entity_wallets",
            "listed_from < listed_to_before"
            " or (listed_from_before is not null and listed_to_before is null)",
            view="wallet_periods",
            notes="An address is listed for a party once at a time.",
        ),
        say.no_rows(
            "core.services",
            "address in (select address from core.entity_wallets where listed_to is null)",
            notes="Designated addresses are origins and never services: a designated mixer that "
            "ended traces would hide its own flows.",
        ),
    ]


def _transfers() -> list[Expectation]:
    moved = "core.transfers"
    return [
        say.no_rows(
            moved,
            "first_seq <= seq_before",
            view="blocks_in_order",
            notes="seq rises along each chain: no transfer stands before an earlier block's.",
        ),
        say.no_rows(
            moved,
            "value_usd is not null and amount is null",
            notes="A price is for whole units: no amount, no dollars.",
        ),
        say.fill_rate(
            moved,
            "value_usd",
            0.5,
            notes="Half of the transfers without a price: the price file does not fit the assets.",
        ),
        *[
            say.no_rows(
                "core.transfer_conflicts",
                f"conflict = '{conflict}'",
                severity="warning",
                notes=notes,
            )
            for conflict, notes in (
                ("content", "Exports contradict each other; the more exact stands."),
                ("reorg", "A block was replaced: what arrived last stands, whole."),
                ("position", "A vendor's position is no index: different movements share it."),
            )
        ],
        say.no_rows(
            moved,
            "is_order_guessed",
            severity="warning",
            notes="Two transfers have the same place: who spent first is not known.",
        ),
        say.no_rows(
            "core.assets",
            "is_stablecoin and asset_basis not in ('registry', 'mapping')",
            severity="warning",
            notes="Par is declared, never claimed by a token itself.",
        ),
    ]


def _traces() -> list[Expectation]:
    return [
        say.no_rows(
            "core.traced_transfers",
            "tainted > value",
            view="tainted_by_transfer",
            notes="Over all origins no more is tainted than was moved; poison counts no amounts.",
        ),
        *[
            say.no_rows(
                table,
                "tainted = '0' and policy <> 'poison'",
                notes="A transfer that carries nothing tainted is not part of the trace.",
            )
            for table in ("core.traced_transfers", "core.traced_sources", "core.cash_outs")
        ],
        say.no_rows(
            "core.cash_outs",
            "(policy, origin_address, seq, origin_entity_id) not in (select"
            " (policy, origin_address, seq, origin_entity_id) from core.traced_transfers)",
            notes="Every cash-out is the last transfer of a trace.",
        ),
    ]
