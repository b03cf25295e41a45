-- Mentions of an entity
select
    entity_id, article_id, surface, alias, band, score, tier, status_at_publication, published_at,
    span_start, span_end,
    count(*) over (partition by entity_id) as total
from core.mentions
where entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id
    order by published_at desc nulls last, article_id, span_start nulls last, surface, alias
) <= 12
order by entity_id, published_at desc nulls last, article_id, span_start nulls last, surface, alias
