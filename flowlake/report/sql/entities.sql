-- Entities by what left their addresses directly, in US dollars
select
    entities.entity_id, entities.name, entities.entity_type, entities.programs,
    entities.is_designated, entities.wallet_count, entities.list_count,
    listings.listed_from, listings.listed_to,
    exposure.sent_usd, exposure.received_usd,
    count(*) over () as total
from core.entities
inner join (
    select
        entity_id,
        sum(amount_usd) filter (where direction = 'sent') as sent_usd,
        sum(amount_usd) filter (where direction = 'received') as received_usd,
        sum(transfers) as transfers
    from marts.entity_exposure
    where hop = 1
    group by entity_id
) as exposure on entities.entity_id = exposure.entity_id
left join (
    select entity_id, min(listed_from) as listed_from, max(listed_to) as listed_to
    from core.designations
    group by entity_id
) as listings on entities.entity_id = listings.entity_id
order by
    exposure.sent_usd desc nulls last, exposure.received_usd desc nulls last,
    exposure.transfers desc, entities.entity_id
limit 40
