-- Typology alerts by kind
select
    typology, count(*) as alerts, count(entity_id) as at_designated,
    min(score) as lowest, max(score) as highest
from marts.typology_alerts
group by typology
order by typology
