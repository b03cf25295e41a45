-- One row per party and chain address listed on a day, by what snapshots up to
-- another day tell.
with

listings as (

    select
        wallets.entity_id,
        wallets.source,
        wallets.party_id,
        wallets.chain,
        wallets.ticker,
        wallets.address,
        wallets.listed_from,
        wallets.from_basis,
        wallets.listed_to,
        wallets.to_basis,
        wallets.first_seen,
        coalesce(min(snapshots.snapshot_date), wallets.last_seen) as end_seen
    from core.entity_wallets as wallets
    left join core.list_snapshots as snapshots
        on
            wallets.source = snapshots.source
            and wallets.last_seen < snapshots.snapshot_date
    group by
        wallets.entity_id,
        wallets.source,
        wallets.party_id,
        wallets.chain,
        wallets.ticker,
        wallets.address, wallets.listed_from, wallets.from_basis, wallets.listed_to,
        wallets.to_basis, wallets.first_seen, wallets.last_seen

),

known_listings as (

    select
        entity_id,
        source,
        party_id,
        chain,
        ticker,
        address,
        listed_from,
        from_basis,
        case when end_seen <= cast(known_on as date) then listed_to end as listed_to,
        case when end_seen <= cast(known_on as date) then to_basis end as to_basis
    from listings
    where first_seen <= cast(known_on as date)

)

select
    entity_id,
    source,
    party_id,

    chain,
    ticker,
    address,

    listed_from,
    listed_to,
    from_basis,
    to_basis
from known_listings
where
    listed_from <= cast(on_day as date)
    and (listed_to is null or listed_to > cast(on_day as date))
