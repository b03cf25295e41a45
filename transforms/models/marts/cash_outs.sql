-- One row per entity, service, asset, month and policy.
with

cash_outs as (

    select * from core.cash_outs

),

entities as (

    select * from core.entities

),

assets as (

    select * from core.assets

)

select
    cash_outs.origin_entity_id as entity_id,
    entities.name,
    cash_outs.service,
    cash_outs.actor,
    cash_outs.category,
    cash_outs.asset,
    assets.symbol,
    cast(date_trunc('month', cash_outs.block_timestamp) as date) as month,
    cash_outs.policy,

    count(distinct cash_outs.seq) as receipts,
    sum(cash_outs.tainted_amount) as amount,
    sum(cash_outs.tainted_usd) as amount_usd,
    min(cash_outs.hops) as min_hops
from cash_outs
inner join entities on cash_outs.origin_entity_id = entities.entity_id
inner join assets on cash_outs.asset = assets.asset
group by
    cash_outs.origin_entity_id, entities.name, cash_outs.service, cash_outs.actor,
    cash_outs.category, cash_outs.asset, assets.symbol,
    cast(date_trunc('month', cash_outs.block_timestamp) as date), cash_outs.policy
