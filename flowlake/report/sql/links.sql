-- Relations of an entity that the lists state
select
    links.from_entity_id as entity_id, links.relation,
    coalesce(entities.name, links.to_name) as to_name, links.source,
    links.first_seen, links.last_seen,
    count(*) over (partition by links.from_entity_id) as total
from core.entity_links as links
left join core.entities as entities on links.to_entity_id = entities.entity_id
where links.from_entity_id in (select unnest($entities))
qualify row_number() over (
    partition by links.from_entity_id order by links.relation, to_name, links.source,
    links.first_seen, links.last_seen
) <= 15
order by links.from_entity_id, links.relation, to_name, links.source, first_seen, last_seen
