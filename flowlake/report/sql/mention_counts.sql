-- Mentions by status on the day of publication and by band
select
    status_at_publication, band,
    count(*) as mentions,
    count(distinct article_id) as articles,
    count(distinct entity_id) as entities
from core.mentions
group by status_at_publication, band
order by status_at_publication, band
