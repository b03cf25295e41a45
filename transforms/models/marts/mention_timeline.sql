-- One row per entity, day and status.
with

mentions as (

    select * from core.mentions

),

entities as (

    select * from core.entities

)

select
    mentions.entity_id,
    entities.name,
    cast(mentions.published_at as date) as mention_date,
    mentions.status_at_publication,

    count(*) as mentions,
    count(distinct mentions.article_id) as articles,
    count(distinct coalesce(mentions.text_sha256, mentions.article_id))
        as independent_sources
from mentions
inner join entities on mentions.entity_id = entities.entity_id
where mentions.band in ('confirmed', 'probable')
group by
    mentions.entity_id, entities.name, cast(mentions.published_at as date),
    mentions.status_at_publication
