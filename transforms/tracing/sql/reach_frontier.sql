-- One row per address that is reached anew or earlier than over any fewer hops.
with

earliest as (

    select
        address_id,
        min(arrival_seq) as arrival_seq
    from reach_found
    group by address_id

)

select
    candidates.address_id,

    candidates.hop,

    candidates.arrival_seq
from reach_candidates as candidates
left join earliest on candidates.address_id = earliest.address_id
-- A seed is there from the beginning, its null is earlier than everything.
where
    earliest.address_id is null
    or candidates.arrival_seq < earliest.arrival_seq
