-- A view: one row per payment and end of it, with who is at the other end.
with

transfer_edges as (

    select * from core.transfer_edges

),

payments as (

    select
        from_id,
        to_id
    from transfer_edges
    where is_payment and from_id is not null and from_id <> to_id

),

ends as (

    select
        from_id as address_id,
        to_id as counterparty_id
    from payments
    union all
    select
        to_id as address_id,
        from_id as counterparty_id
    from payments

)

select
    address_id,
    counterparty_id
from ends
