-- One row per address that the frontier pays: its earliest payment over one hop more.
with

payers as (

    select
        frontier.address_id,
        frontier.hop,
        frontier.arrival_seq
    from reach_frontier as frontier
    left join reach_services as services on frontier.address_id = services.address_id
    where services.address_id is null

)

select
    transfers.to_id as address_id,

    max(payers.hop) + 1 as hop,

    min(transfers.seq) as arrival_seq
from reach_transfers as transfers
inner join payers on transfers.from_id = payers.address_id
where
    transfers.is_positive
    and (payers.arrival_seq is null or transfers.seq > payers.arrival_seq)
group by transfers.to_id
