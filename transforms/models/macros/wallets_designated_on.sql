-- One row per party and chain address listed on a day, by what snapshots up to
-- another day tell.
with

asked as (

    select
        cast(on_day as date) as day_asked,
        cast(known_on as date) as day_known

),

-- Beginning and end are known once a snapshot has told them: the end may be long after
-- the last one that names the address.
known_listings as (

    select
        wallets.entity_id,
        wallets.source,
        wallets.party_id,
        wallets.chain,
        wallets.ticker,
        wallets.address,
        asked.day_asked,
        case
            when wallets.from_seen <= asked.day_known then wallets.listed_from
            else wallets.first_seen
        end as listed_from,
        case
            when wallets.from_seen <= asked.day_known then wallets.from_basis
            else 'snapshot'
        end as from_basis,
        case when wallets.end_seen <= asked.day_known then wallets.listed_to end
            as listed_to,
        case when wallets.end_seen <= asked.day_known then wallets.to_basis end
            as to_basis
    from core.entity_wallets as wallets
    cross join asked
    where wallets.first_seen <= asked.day_known

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
    listed_from <= day_asked
    and (listed_to is null or listed_to > day_asked)
