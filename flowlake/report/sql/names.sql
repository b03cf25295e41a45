-- Names of an entity
select
    entity_id, name, name_type, is_weak, script, sources,
    count(*) over (partition by entity_id) as total
from core.entity_names
where entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id order by name_type <> 'primary', is_weak, name
) <= 25
order by entity_id, name_type <> 'primary', is_weak, name
