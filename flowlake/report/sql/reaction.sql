-- Transfers of an entity's own addresses around its listing, by day
select
    entity_id, event_on, days_from_event,
    sum(transfers) as transfers,
    sum(amount_usd) as amount_usd,
    count(*) filter (where amount_usd is null) as unpriced
from marts.designation_reaction
where event = 'listing' and entity_id in (select unnest($entities))
group by entity_id, event_on, days_from_event
order by entity_id, event_on, days_from_event
