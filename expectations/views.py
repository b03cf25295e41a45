"""Views a suite looks at where a rule is about groups of rows rather than single rows.

Each names the columns that tell its rows apart, since a group has no record id.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A query over one table, which it calls ``{batch}``."""

    table: str
    select: str
    witness: tuple[str, ...]


VIEWS: Mapping[str, View] = {
    # The text column joins a party's programmes; whole loss is about each of them.
    "programs": View(
        "staged.designations",
        "select snapshot_date, unnest(string_split(programs, '; ')) as program from {batch}",
        ("program",),
    ),
    # Aliases and addresses of parties that the set's own party file does not hold.
    "orphans": View(
        "staged.rejects",
        """
        select
            batch,
            count(*) as orphans
        from {batch}
        where reason like 'party % is not in the party file'
        group by batch
        """,
        ("batch",),
    ),
    "blocks": View(
        "staged.transfers",
        """
        select
            chain,
            block_number,
            first_at,
            last_at,
            lag(last_at) over (partition by chain order by block_number) as before_at
        from (
            select
                chain,
                block_number,
                min(block_timestamp) as first_at,
                max(block_timestamp) as last_at
            from {batch}
            where block_number is not null and block_timestamp is not null
            group by chain, block_number
        )
        """,
        ("chain", "block_number"),
    ),
    # Whole blocks are a batch's whose transactions mostly have no hole; what was asked for some
    # accounts has them everywhere.
    "whole_blocks": View(
        "staged.blocks",
        """
        select
            *,
            avg(case when transactions > last_transaction_index then 1 else 0 end)
                filter (where transactions > 0)
                over (partition by chain) > 0.5 as is_whole
        from {batch}
        """,
        ("chain", "block_number"),
    ),
    # Where a blocks file is there, it says which blocks are; else transactions do. ``spare`` is
    # how many in a row may lawfully be without any: on Ethereum in 2017 up to 93 were.
    "block_gaps": View(
        "staged.blocks",
        """
        with given as (
            select
                *,
                bool_or(is_described) over (partition by chain) as is_any_described,
                avg(case when transactions > last_transaction_index then 1 else 0 end)
                    filter (where transactions > 0)
                    over (partition by chain) > 0.5 as is_whole
            from {batch}
        ),
        listed as (
            select
                *,
                lead(block_number) over in_order as next_number,
                lead(range_from) over in_order as next_from
            from given
            where is_described or (is_whole and not is_any_described and transactions > 0)
            window in_order as (partition by chain order by block_number)
        ),
        gaps as (
            select chain, block_number + 1 as missing_from, next_number - 1 as missing_to,
                block_date as after_day, is_any_described
            from listed
            -- Between two ranges nobody asked for anything.
            where next_number > block_number + 1 and coalesce(next_from = range_from, true)
            union all
            select chain, range_from, min(block_number) - 1, null, is_any_described
            from listed
            group by chain, range_from, range_to, is_any_described
            having min(block_number) > range_from
            union all
            select chain, max(block_number) + 1, range_to, max(block_date), is_any_described
            from listed
            group by chain, range_from, range_to, is_any_described
            having max(block_number) < range_to
        )
        select
            *,
            missing_to - missing_from + 1 as missing,
            case when is_any_described then 0 else 100 end as spare
        from gaps
        """,
        ("chain", "missing_from", "missing_to", "after_day"),
    ),
    # Logs may go on where the token transfers were never asked for.
    "lost_transfers": View(
        "staged.blocks",
        """
        select
            *,
            block_number between
                min(block_number) filter (where token_transfers > 0) over (partition by chain)
                and max(block_number) filter (where token_transfers > 0)
                    over (partition by chain) as is_covered,
            sum(transfer_logs - transfer_logs_staged) over () as lost,
            (select count(*) from staged.rejects) as rejected
        from {batch}
        """,
        ("chain", "block_number"),
    ),
    # A log index is one event's, whatever it moved; all other places are one for each kind of
    # movement.
    "places": View(
        "staged.transfers",
        """
        select
            record_id,
            chain,
            transaction_hash,
            position,
            position_basis,
            case when position_basis <> 'log' then asset end as asset,
            case when position_basis <> 'log' then kind end as kind
        from {batch}
        """,
        ("record_id",),
    ),
    # Of a token described twice the larger supply counts; NFTs' ids are no amounts.
    "values_and_supplies": View(
        "staged.transfers",
        """
        select
            moved.record_id,
            moved.asset,
            try_cast(moved.value as bignum) as value,
            supplies.total_supply
        from {batch} as moved
        inner join (
            select asset, max(try_cast(total_supply as bignum)) as total_supply
            from staged.assets
            group by asset
        ) as supplies on moved.asset = supplies.asset
        where moved.is_effective and moved.is_fungible is distinct from false
        """,
        ("record_id",),
    ),
    # Sums of base units are exact as BIGNUM only (toolchain notes, numbers).
    "utxo_transactions": View(
        "staged.transfers",
        """
        select
            chain,
            block_number,
            transaction_hash,
            sum(case when position_basis = 'input' then value::bignum end) as spent,
            sum(case when position_basis = 'output' then value::bignum end) as created,
            sum(case when kind = 'fee' then value::bignum end) as fee,
            count(*) - count(value) as unknown
        from {batch}
        where kind in ('utxo', 'fee')
        group by chain, block_number, transaction_hash
        """,
        ("chain", "block_number", "transaction_hash"),
    ),
    "listing_periods": View(
        "core.designations",
        """
        select
            source,
            party_id,
            period,
            listed_from,
            lag(period) over listings as period_before,
            lag(listed_to) over listings as listed_to_before
        from {batch}
        window listings as (partition by source, party_id order by period)
        """,
        ("source", "party_id", "period"),
    ),
    "wallet_periods": View(
        "core.entity_wallets",
        """
        select
            source,
            party_id,
            ticker,
            address,
            listed_from,
            lag(listed_from) over listings as listed_from_before,
            lag(listed_to) over listings as listed_to_before
        from {batch}
        window listings as (
            partition by source, party_id, ticker, address order by listed_from
        )
        """,
        ("source", "party_id", "ticker", "address"),
    ),
    "blocks_in_order": View(
        "core.transfers",
        """
        select
            chain,
            block_number,
            first_seq,
            lag(last_seq) over (partition by chain order by block_number) as seq_before
        from (
            select
                chain,
                block_number,
                min(seq) as first_seq,
                max(seq) as last_seq
            from {batch}
            where block_number is not null
            group by chain, block_number
        )
        """,
        ("chain", "block_number"),
    ),
    # Sums of base units are exact as BIGNUM only (toolchain notes, numbers).
    "tainted_by_transfer": View(
        "core.traced_transfers",
        """
        select
            policy,
            seed_funds,
            seq,
            max(try_cast(value as bignum)) as value,
            sum(try_cast(tainted as bignum)) as tainted
        from {batch}
        where policy <> 'poison'
        group by policy, seed_funds, seq
        """,
        ("policy", "seed_funds", "seq"),
    ),
    "receipts": View(
        "marts.cash_outs",
        """
        select
            coalesce(mart.policy, core.policy) as policy,
            coalesce(mart.receipts, 0) as receipts,
            coalesce(core.receipts, 0) as receipts_in_core
        from (
            select policy, sum(receipts) as receipts from {batch} group by policy
        ) as mart
        full outer join (
            select policy, count(*) as receipts
            from (
                select distinct policy, origin_entity_id, service, asset, seq
                from core.cash_outs
            )
            group by policy
        ) as core on mart.policy = core.policy
        """,
        ("policy",),
    ),
}
