-- Undesignated addresses that received the most
select
    chain, address, nearest_entity_id as entity_id, name, hops, tainted_usd, share_tainted,
    last_active,
    count(*) over () as total
from marts.counterparties
order by tainted_usd desc nulls last, hops, chain, address
limit 30
