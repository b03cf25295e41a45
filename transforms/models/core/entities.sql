-- One row per designated party across all lists.
with

designations as (

    select * from core.designations

),

entity_wallets as (

    select * from core.entity_wallets

),

-- The newest row names the entity: what the lists say last is what a user will look up.
ranked as (

    select
        entity_id,
        name,
        entity_type,
        programs,
        row_number() over (
            partition by entity_id
            order by
                case when listed_to is null then 0 else 1 end,
                last_seen desc, listed_from asc, source asc, party_id asc, period asc
        ) as recency
    from designations

),

-- One list may know what another does not.
known_types as (

    select
        entity_id,
        entity_type,
        row_number() over (
            partition by entity_id order by recency
        ) as choice
    from ranked
    where entity_type <> 'unknown'

),

wallet_counts as (

    select
        entity_id,
        count(distinct address) as wallet_count
    from entity_wallets
    group by entity_id

),

listings as (

    select
        entity_id,
        count(distinct source) as list_count,
        max(case when listed_to is null then 1 else 0 end) as listed_flag,
        min(listed_from) as first_listed_from
    from designations
    group by entity_id

)

select
    ranked.entity_id,

    coalesce(known_types.entity_type, 'unknown') as entity_type,
    ranked.name,
    listings.list_count,
    listings.listed_flag = 1 as is_designated,
    ranked.programs,
    coalesce(wallet_counts.wallet_count, 0) as wallet_count,

    listings.first_listed_from
from ranked
inner join listings on ranked.entity_id = listings.entity_id
left join known_types
    on ranked.entity_id = known_types.entity_id and known_types.choice = 1
left join wallet_counts on ranked.entity_id = wallet_counts.entity_id
where ranked.recency = 1
