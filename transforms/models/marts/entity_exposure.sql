-- One row per entity, asset, direction, hop and phase.
with

entities as (

    select * from core.entities

),

entity_wallets as (

    select * from core.entity_wallets

),

assets as (

    select * from core.assets

),

transfers as (

    select * from core.transfers

),

traced_transfers as (

    select * from core.traced_transfers

),

traced_sources as (

    select * from core.traced_sources

),

owned as (

    select distinct
        entity_id,
        address
    from entity_wallets

),

-- Hop 1 is every direct transfer with its whole value; transfers between an entity's
-- own addresses neither leave nor reach it.
direct as (

    select
        owned.entity_id,
        owned.address as origin_address,
        'sent' as direction,
        transfers.seq,
        transfers.asset,
        1 as hop,
        transfers.block_date,
        transfers.amount,
        transfers.value_usd as amount_usd
    from transfers
    inner join owned on transfers.from_address = owned.address
    left join owned as own_receiver
        on
            owned.entity_id = own_receiver.entity_id
            and transfers.to_address = own_receiver.address
    where
        own_receiver.address is null
        and transfers.value <> '0'
        and transfers.kind <> 'fee'
    union all
    select
        owned.entity_id,
        owned.address as origin_address,
        'received' as direction,
        transfers.seq,
        transfers.asset,
        1 as hop,
        transfers.block_date,
        transfers.amount,
        transfers.value_usd as amount_usd
    from transfers
    inner join owned on transfers.to_address = owned.address
    left join owned as own_sender
        on
            owned.entity_id = own_sender.entity_id
            and transfers.from_address = own_sender.address
    where
        own_sender.address is null
        and transfers.value <> '0'
        and transfers.kind <> 'fee'

),

-- What passes through a second address of the entity leaves or reaches it directly.
indirect as (

    select
        traced_transfers.origin_entity_id as entity_id,
        traced_transfers.origin_address,
        'sent' as direction,
        traced_transfers.seq,
        traced_transfers.asset,
        traced_transfers.hop,
        transfers.block_date,
        traced_transfers.tainted_amount as amount,
        traced_transfers.tainted_usd as amount_usd
    from traced_transfers
    inner join transfers on traced_transfers.seq = transfers.seq
    left join owned
        on
            traced_transfers.origin_entity_id = owned.entity_id
            and traced_transfers.from_address = owned.address
    where
        traced_transfers.policy = 'fifo'
        and traced_transfers.hop > 1
        and transfers.kind <> 'fee'
        and owned.address is null
    union all
    select
        traced_sources.origin_entity_id as entity_id,
        traced_sources.origin_address,
        'received' as direction,
        traced_sources.seq,
        traced_sources.asset,
        traced_sources.hop,
        transfers.block_date,
        traced_sources.tainted_amount as amount,
        traced_sources.tainted_usd as amount_usd
    from traced_sources
    inner join transfers on traced_sources.seq = transfers.seq
    left join owned
        on
            traced_sources.origin_entity_id = owned.entity_id
            and traced_sources.to_address = owned.address
    where
        traced_sources.policy = 'fifo'
        and traced_sources.hop > 1
        and transfers.kind <> 'fee'
        and owned.address is null

),

flows as (

    select
        entity_id,
        origin_address,
        direction,
        seq,
        asset,
        hop,
        block_date,
        amount,
        amount_usd
    from direct
    union all
    select
        entity_id,
        origin_address,
        direction,
        seq,
        asset,
        hop,
        block_date,
        amount,
        amount_usd
    from indirect

),

-- The phase belongs to that address and party: during where any of its periods holds
-- the day, before where the day precedes them all, after otherwise. Whole units and
-- fractions are added up apart: the sum of two amounts may pass the 38 digits of one.
phased as (

    select
        flows.entity_id,
        flows.direction,
        flows.seq,
        flows.asset,
        flows.hop,
        cast(floor(flows.amount) as decimal(20, 0)) as whole_units,
        flows.amount - floor(flows.amount) as fraction,
        flows.amount_usd,
        flows.origin_address,
        case
            when flows.block_date is null then 'unknown'
            when
                max(
                    case
                        when
                            flows.block_date >= entity_wallets.listed_from
                            and (
                                entity_wallets.listed_to is null
                                or flows.block_date < entity_wallets.listed_to
                            )
                            then 1
                        else 0
                    end
                ) = 1
                then 'during'
            when flows.block_date < min(entity_wallets.listed_from) then 'before'
            else 'after'
        end as phase
    from flows
    inner join entity_wallets
        on
            flows.entity_id = entity_wallets.entity_id
            and flows.origin_address = entity_wallets.address
    group by
        flows.entity_id, flows.direction, flows.seq, flows.asset, flows.hop,
        flows.amount, flows.amount_usd, flows.origin_address, flows.block_date

)

select
    phased.entity_id,
    entities.name,
    phased.asset,
    assets.symbol,
    phased.direction,
    phased.hop,
    phased.phase,

    count(distinct phased.seq) as transfers,
    try_cast(sum(phased.whole_units) as decimal(37, 18))
    + sum(phased.fraction) as amount,
    sum(phased.amount_usd) as amount_usd,
    count(distinct case when phased.amount_usd is null then phased.seq end)
        as unpriced_transfers
from phased
inner join entities on phased.entity_id = entities.entity_id
left join assets on phased.asset = assets.asset
group by
    phased.entity_id, entities.name, phased.asset, assets.symbol, phased.direction,
    phased.hop, phased.phase
