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
-- left out. Whole units and fractions are added up apart: the sum of two amounts may
-- pass the 38 digits of one.
received as (

    select
        traced_transfers.chain,
        traced_transfers.to_address as address,
        traced_transfers.asset,
        traced_transfers.origin_entity_id,
        traced_transfers.origin_address,
        traced_transfers.seq,
        traced_transfers.hop,
        traced_transfers.tainted_usd,
        cast(floor(traced_transfers.tainted_amount) as decimal(20, 0)) as whole_units,
        traced_transfers.tainted_amount
        - floor(traced_transfers.tainted_amount) as fraction
    from traced_transfers
    left join services
        on
            traced_transfers.chain = services.chain
            and traced_transfers.to_address = services.address
    left join designated on traced_transfers.to_address = designated.address
    where
        traced_transfers.policy = 'fifo'
        and traced_transfers.to_address is not null
        -- The account in the middle of a UTXO transaction belongs to nobody.
        and traced_transfers.to_address
        <> coalesce(traced_transfers.transaction_hash, '')
        and services.address is null
        and designated.address is null

),

by_entity as (

    select
        chain,
        address,
        origin_entity_id,
        min(hop) as hops,
        sum(tainted_usd) as tainted_usd
    from received
    group by chain, address, origin_entity_id

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
    from by_entity

),

-- An origin that was published for two entities stands above once for each; what
-- arrived, arrived once.
arrivals as (

    select distinct
        chain,
        address,
        asset,
        origin_address,
        seq,
        tainted_usd,
        whole_units,
        fraction
    from received

),

tainted_inflows as (

    select
        chain,
        address,
        asset,
        sum(tainted_usd) as tainted_usd,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as tainted_amount
    from arrivals
    group by chain, address, asset

),

inflows as (

    select
        tainted_inflows.chain,
        tainted_inflows.address,
        tainted_inflows.asset,
        try_cast(
            sum(cast(floor(transfers.amount) as decimal(20, 0))) as decimal(37, 18)
        )
        + sum(transfers.amount - floor(transfers.amount)) as amount
    from transfers
    inner join tainted_inflows
        on
            transfers.chain = tainted_inflows.chain
            and transfers.to_address = tainted_inflows.address
            and transfers.asset = tainted_inflows.asset
    where
        transfers.from_address is null
        or transfers.from_address <> transfers.to_address
    group by
        tainted_inflows.chain, tainted_inflows.address, tainted_inflows.asset

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

near as (

    select distinct
        chain,
        address
    from by_entity

),

-- Anybody can send nothing in anybody's name: it is no activity of theirs.
activity as (

    select
        near.chain,
        near.address,
        transfers.block_date
    from transfers
    inner join near
        on
            transfers.chain = near.chain
            and transfers.from_address = near.address
    where transfers.value <> '0'
    union all
    select
        near.chain,
        near.address,
        transfers.block_date
    from transfers
    inner join near
        on
            transfers.chain = near.chain
            and transfers.to_address = near.address
    where transfers.value <> '0'

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
