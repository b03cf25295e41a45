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

),

-- Whole units and fractions are added up apart: the sum of two amounts may pass the 38
-- digits of one, whatever a token's makers call a supply. A sum that does is null.
receipts as (

    select
        origin_entity_id,
        service,
        actor,
        category,
        asset,
        cast(date_trunc('month', block_timestamp) as date) as month,
        policy,
        seq,
        cast(floor(tainted_amount) as decimal(20, 0)) as whole_units,
        tainted_amount - floor(tainted_amount) as fraction,
        tainted_usd,
        hops
    from cash_outs

)

select
    receipts.origin_entity_id as entity_id,
    entities.name,
    receipts.service,
    receipts.actor,
    receipts.category,
    receipts.asset,
    assets.symbol,
    receipts.month,
    receipts.policy,

    count(distinct receipts.seq) as receipts,
    try_cast(sum(receipts.whole_units) as decimal(37, 18))
    + sum(receipts.fraction) as amount,
    sum(receipts.tainted_usd) as amount_usd,
    min(receipts.hops) as min_hops
from receipts
inner join entities on receipts.origin_entity_id = entities.entity_id
left join assets on receipts.asset = assets.asset
group by
    receipts.origin_entity_id, entities.name, receipts.service, receipts.actor,
    receipts.category, receipts.asset, assets.symbol, receipts.month, receipts.policy
