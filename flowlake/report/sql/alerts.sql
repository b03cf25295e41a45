-- Typology alerts, the highest scores first
select
    alerts.typology, alerts.chain, alerts.address, entities.name, alerts.asset, assets.symbol,
    alerts.window_start, alerts.window_end, alerts.transfers, alerts.amount, alerts.evidence,
    alerts.score,
    count(*) over () as total
from marts.typology_alerts as alerts
left join core.entities as entities on alerts.entity_id = entities.entity_id
left join core.assets as assets on alerts.asset = assets.asset
order by
    alerts.score desc, alerts.entity_id is null, alerts.typology, alerts.chain, alerts.address,
    alerts.asset, alerts.window_start, alerts.window_end, alerts.evidence
limit 30
