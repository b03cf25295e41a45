-- One row per entity, asset and day around its listing or first news.
with

entities as (

    select * from core.entities

),

designations as (

    select * from core.designations

),

mentions as (

    select * from core.mentions

),

entity_wallets as (

    select * from core.entity_wallets

),

transfers as (

    select * from core.transfers

),

assets as (

    select * from core.assets

),

-- A party that goes on under a new id, while or as the list's old entry ends, was
-- listed before.
listings as (

    select distinct
        designations.entity_id,
        designations.listed_from
    from designations
    left join designations as earlier
        on
            designations.entity_id = earlier.entity_id
            and designations.source = earlier.source
            and designations.listed_from > earlier.listed_from
            and (
                earlier.listed_to is null
                or designations.listed_from <= earlier.listed_to
            )
    where earlier.entity_id is null

),

events as (

    select
        entity_id,
        'listing' as event,
        listed_from as event_on
    from listings
    union all
    select
        entity_id,
        'first_news' as event,
        cast(min(published_at) as date) as event_on
    from mentions
    where published_at is not null and band in ('confirmed', 'probable')
    group by entity_id

),

owned as (

    select distinct
        entity_id,
        address
    from entity_wallets

),

-- A transfer between two addresses of one entity is one transfer.
own as (

    select
        owned.entity_id,
        transfers.seq,
        transfers.asset,
        transfers.block_date,
        transfers.amount,
        transfers.value_usd
    from transfers
    inner join owned on transfers.from_address = owned.address
    where transfers.value <> '0' and transfers.kind <> 'fee'
    union
    select
        owned.entity_id,
        transfers.seq,
        transfers.asset,
        transfers.block_date,
        transfers.amount,
        transfers.value_usd
    from transfers
    inner join owned on transfers.to_address = owned.address
    where transfers.value <> '0' and transfers.kind <> 'fee'

),

-- Whole units and fractions are added up apart: the sum of two amounts may pass the 38
-- digits of one. A sum that does is null.
moved as (

    select
        entity_id,
        seq,
        asset,
        block_date,
        cast(floor(amount) as decimal(20, 0)) as whole_units,
        amount - floor(amount) as fraction,
        value_usd
    from own

)

select
    moved.entity_id,
    entities.name,
    events.event,
    events.event_on,
    date_diff('day', events.event_on, moved.block_date) as days_from_event,
    moved.asset,
    assets.symbol,

    count(*) as transfers,
    try_cast(sum(moved.whole_units) as decimal(37, 18))
    + sum(moved.fraction) as amount,
    sum(moved.value_usd) as amount_usd
from moved
inner join events on moved.entity_id = events.entity_id
inner join entities on moved.entity_id = entities.entity_id
left join assets on moved.asset = assets.asset
-- 90 days: a quarter before and after shows the habit and its break.
where date_diff('day', events.event_on, moved.block_date) between -90 and 90
group by
    moved.entity_id, entities.name, events.event, events.event_on,
    date_diff('day', events.event_on, moved.block_date), moved.asset, assets.symbol
