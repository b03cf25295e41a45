-- A view: one row per transfer before the ones that are made; none where all are made.
--
-- A build that extends what there is puts those of earlier blocks here.
with

valued_transfers as (

    select * from work.valued_transfers

)

select
    seq,
    chain,
    asset,
    from_address,
    to_address,
    value
from valued_transfers
where false
