-- Addresses published for an entity, and where they are published
select
    entity_id, chain, ticker, address, is_checksum_valid, listed_from, listed_to, from_basis,
    to_basis, source, last_seen, record_id, raw_sha256,
    count(*) over (partition by entity_id) as total
from core.entity_wallets
where entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id order by listed_from, source, party_id, ticker, address
) <= 20
order by entity_id, listed_from, source, party_id, ticker, address
