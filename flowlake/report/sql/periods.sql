-- Listing periods of an entity
select
    entity_id, source, party_id, period, name, programs, listed_from, listed_to, from_basis,
    to_basis, first_seen, last_seen, legal_basis, is_wallet_set_complete, raw_sha256, record_id,
    count(*) over (partition by entity_id) as total
from core.designations
where entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id order by listed_from, source, party_id, period
) <= 20
order by entity_id, listed_from, source, party_id, period
