-- One row per address on a chain that core.transfers has named.
--
-- A build that extends what there is numbers new addresses only, in this order, after
-- those that are numbered.
with

transfers as (

    select * from core.transfers

),

named as (

    select
        chain,
        from_address as address
    from transfers
    where from_address is not null
    union
    select
        chain,
        to_address as address
    from transfers
    where to_address is not null

)

select
    row_number() over (order by chain, address) - 1 as address_id,

    chain,
    address
from named
