-- One row per policy, origin and tainted receipt at a service.
with

traced_transfers as (

    select * from core.traced_transfers

),

services as (

    select * from core.services

)

select
    traced_transfers.policy,
    traced_transfers.origin_entity_id,
    traced_transfers.origin_address,
    services.address as service,
    services.category,
    services.actor,
    traced_transfers.seq,
    traced_transfers.chain,
    traced_transfers.asset,
    traced_transfers.transaction_hash,

    traced_transfers.tainted,
    traced_transfers.tainted_amount,
    traced_transfers.tainted_usd,
    traced_transfers.hop as hops,

    traced_transfers.block_timestamp
from traced_transfers
inner join services
    on
        traced_transfers.chain = services.chain
        and traced_transfers.to_address = services.address
