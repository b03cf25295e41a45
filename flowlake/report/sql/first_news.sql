-- Day of the first news that names an entity
select distinct entity_id, event_on
from marts.designation_reaction
where event = 'first_news' and entity_id in (select unnest($entities))
order by entity_id, event_on
