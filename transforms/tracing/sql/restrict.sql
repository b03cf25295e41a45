-- One row per transfer that a reached address pays or receives, services aside.
with

accounts as (

    select distinct found.address_id
    from reach_addresses as found
    left join reach_services as services on found.address_id = services.address_id
    where services.address_id is null

)

select
    transfers.seq,

    transfers.from_id,
    transfers.to_id,
    transfers.value,
    transfers.is_fee
from reach_transfers as transfers
left join accounts as payers on transfers.from_id = payers.address_id
left join accounts as payees on transfers.to_id = payees.address_id
where
    payers.address_id is not null
    or payees.address_id is not null
