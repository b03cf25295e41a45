-- One row per transfer, with numbers for addresses: for walks over many hops.
with

transfers as (

    select * from core.transfers

),

addresses as (

    select * from core.addresses

)

select
    transfers.seq,

    transfers.chain,
    transfers.asset,
    payers.address_id as from_id,
    payees.address_id as to_id,
    transfers.is_fungible,
    transfers.kind = 'fee' as is_fee,
    -- The zero addresses of EVM chains and of Tron mint and burn; they are no accounts.
    transfers.value <> '0'
    and transfers.kind <> 'fee'
    and coalesce(transfers.to_address, '') not in (
        '',
        '0x0000000000000000000000000000000000000000',
        'T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb'
    ) as is_payment
from transfers
left join addresses as payers
    on
        transfers.chain = payers.chain
        and transfers.from_address = payers.address
left join addresses as payees
    on
        transfers.chain = payees.chain
        and transfers.to_address = payees.address
