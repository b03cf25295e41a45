-- Newest mentions, those of parties designated on the day first
select
    mentions.article_id, mentions.entity_id, entities.name, mentions.alias, mentions.surface,
    mentions.span_start, mentions.span_end, mentions.tier, mentions.tier_reason, mentions.score,
    mentions.band, mentions.score_components, mentions.status_at_publication,
    mentions.status_basis, mentions.published_at, mentions.source, mentions.text_sha256,
    count(*) over () as total
from core.mentions as mentions
left join core.entities as entities on mentions.entity_id = entities.entity_id
order by
    mentions.status_at_publication <> 'designated',
    case mentions.band when 'confirmed' then 0 when 'probable' then 1 else 2 end,
    mentions.published_at desc nulls last, mentions.article_id, mentions.span_start nulls last,
    mentions.entity_id, mentions.surface, mentions.alias
limit 60
