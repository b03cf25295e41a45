-- One row per listing that covers a day, by what snapshots up to another day tell.
with

asked as (

    select
        cast(on_day as date) as day_asked,
        cast(known_on as date) as day_known,
        least(cast(on_day as date), cast(known_on as date)) as day_stated

),

-- Beginning and end are known once a snapshot has told them, which may be after the
-- first sighting and long after the last.
known_listings as (

    select
        listings.entity_id,
        listings.source,
        listings.party_id,
        listings.period,
        listings.first_seen,
        case
            when listings.from_seen <= asked.day_known then listings.listed_from
            else listings.first_seen
        end as listed_from,
        case
            when listings.from_seen <= asked.day_known then listings.from_basis
            else 'snapshot'
        end as from_basis,
        case when listings.end_seen <= asked.day_known then listings.listed_to end
            as listed_to,
        case when listings.end_seen <= asked.day_known then listings.to_basis end
            as to_basis
    from core.designations as listings
    cross join asked
    where listings.first_seen <= asked.day_known

),

newest_snapshots as (

    select
        source,
        max(snapshot_date) as snapshot_date
    from core.list_snapshots
    where snapshot_date <= cast(known_on as date)
    group by source

),

-- What the list stated on the day; before its first sighting, what it stated then.
states as (

    select
        known_listings.source,
        known_listings.party_id,
        known_listings.period,
        party_states.name,
        party_states.entity_type,
        party_states.programs,
        row_number() over (
            partition by
                known_listings.source, known_listings.party_id, known_listings.period
            order by party_states.first_seen desc
        ) as recency
    from known_listings
    inner join core.party_states as party_states
        on
            known_listings.source = party_states.source
            and known_listings.party_id = party_states.party_id
    cross join asked
    where
        party_states.first_seen
        <= greatest(asked.day_stated, known_listings.first_seen)

)

select
    known_listings.entity_id,
    known_listings.source,
    known_listings.party_id,

    states.name,
    states.entity_type,
    states.programs,

    known_listings.listed_from,
    known_listings.listed_to,
    known_listings.from_basis,
    known_listings.to_basis,
    newest_snapshots.snapshot_date as newest_snapshot
from known_listings
inner join newest_snapshots on known_listings.source = newest_snapshots.source
inner join states
    on
        known_listings.source = states.source
        and known_listings.party_id = states.party_id
        and known_listings.period = states.period
        and states.recency = 1
cross join asked
where
    known_listings.listed_from <= asked.day_asked
    and (
        known_listings.listed_to is null
        or known_listings.listed_to > asked.day_asked
    )
