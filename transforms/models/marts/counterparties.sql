-- One row per undesignated address near a designated one.
with

traced_transfers as (

    select * from core.traced_transfers

),

transfers as (

    select * from core.transfers

),

entity_wallets as (

    select * from core.entity_wallets

),

services as (

    select * from core.services

),

entities as (

    select * from core.entities

),

designated as (

    select distinct address
    from entity_wallets

),

-- FIFO taint by address, asset and origin; services hold many people's money and are
-- left out.
received as (

    select
        traced_transfers.chain,
        traced_transfers.to_address as address,
        traced_transfers.asset,
        traced_transfers.origin_entity_id,
        min(traced_transfers.hop) as hops,
        sum(traced_transfers.tainted_usd) as tainted_usd,
        sum(traced_transfers.tainted_amount) as tainted_amount
    from traced_transfers
    left join services
        on
            traced_transfers.chain = services.chain
            and traced_transfers.to_address = services.address
    left join designated on traced_transfers.to_address = designated.address
    where
        traced_transfers.policy = 'fifo'
        and traced_transfers.to_address is not null
        and services.address is null
        and designated.address is null
    group by
        traced_transfers.chain, traced_transfers.to_address, traced_transfers.asset,
        traced_transfers.origin_entity_id

),

nearest as (

    select
        chain,
        address,
        origin_entity_id,
        hops,
        row_number() over (
            partition by chain, address
            order by hops asc, tainted_usd desc nulls last, origin_entity_id asc
        ) as nearness
    from received

),

tainted_inflows as (

    select
        chain,
        address,
        asset,
        sum(tainted_usd) as tainted_usd,
        sum(tainted_amount) as tainted_amount
    from received
    group by chain, address, asset

),

inflows as (

    select
        chain,
        to_address as address,
        asset,
        sum(amount) as amount
    from transfers
    where from_address is null or from_address <> to_address
    group by chain, to_address, asset

),

shares as (

    select
        tainted_inflows.chain,
        tainted_inflows.address,
        sum(tainted_inflows.tainted_usd) as tainted_usd,
        max(
            case
                when inflows.amount > 0
                    then tainted_inflows.tainted_amount / inflows.amount
            end
        ) as share_tainted
    from tainted_inflows
    inner join inflows
        on
            tainted_inflows.chain = inflows.chain
            and tainted_inflows.address = inflows.address
            and tainted_inflows.asset = inflows.asset
    group by tainted_inflows.chain, tainted_inflows.address

),

activity as (

    select
        chain,
        from_address as address,
        block_date
    from transfers
    union all
    select
        chain,
        to_address as address,
        block_date
    from transfers

),

last_activity as (

    select
        chain,
        address,
        max(block_date) as last_active
    from activity
    group by chain, address

)

select
    nearest.chain,
    nearest.address,
    nearest.origin_entity_id as nearest_entity_id,
    entities.name,

    nearest.hops,
    shares.tainted_usd,
    shares.share_tainted,

    last_activity.last_active
from nearest
inner join shares
    on
        nearest.chain = shares.chain
        and nearest.address = shares.address
inner join entities on nearest.origin_entity_id = entities.entity_id
left join last_activity
    on
        nearest.chain = last_activity.chain
        and nearest.address = last_activity.address
where nearest.nearness = 1
