-- One row per chain and address with over 1,000 transfers: none else has as many
-- counterparties.
with

transfers as (

    select * from core.transfers

),

ends as (

    select
        chain,
        from_address as address
    from transfers
    where value <> '0' and from_address is not null and to_address is not null
    union all
    select
        chain,
        to_address as address
    from transfers
    where value <> '0' and from_address is not null and to_address is not null

)

select
    chain,
    address
from ends
group by chain, address
having count(*) > 1000
