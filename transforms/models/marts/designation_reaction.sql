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

events as (

    select distinct
        entity_id,
        'listing' as event,
        listed_from as event_on
    from designations
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
moved as (

    select
        owned.entity_id,
        transfers.seq,
        transfers.asset,
        transfers.block_date,
        transfers.amount,
        transfers.value_usd
    from transfers
    inner join owned on transfers.from_address = owned.address
    where transfers.value <> '0'
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
    where transfers.value <> '0'

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
    sum(moved.amount) as amount,
    sum(moved.value_usd) as amount_usd
from moved
inner join events on moved.entity_id = events.entity_id
inner join entities on moved.entity_id = entities.entity_id
inner join assets on moved.asset = assets.asset
-- 90 days: a quarter before and after shows the habit and its break.
where date_diff('day', events.event_on, moved.block_date) between -90 and 90
group by
    moved.entity_id, entities.name, events.event, events.event_on,
    date_diff('day', events.event_on, moved.block_date), moved.asset, assets.symbol
