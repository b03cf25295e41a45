-- One row per party and chain address listed on a day, by what snapshots up to
-- another day tell.
with

known_listings as (

    select
        entity_id,
        source,
        party_id,
        chain,
        ticker,
        address,
        case when from_seen <= cast(known_on as date) then listed_from else first_seen end
            as listed_from,
        case when from_seen <= cast(known_on as date) then from_basis else 'snapshot' end
            as from_basis,
        -- The end is known once a snapshot has told it, which may be long after the last
        -- one that names the address.
        case when end_seen <= cast(known_on as date) then listed_to end as listed_to,
        case when end_seen <= cast(known_on as date) then to_basis end as to_basis
    from core.entity_wallets
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
