-- One row per detected pattern at an address, asset and window.
with

daily_patterns as (

    select * from work.daily_patterns

),

services as (

    select * from core.services

),

entity_wallets as (

    select * from core.entity_wallets

),

designated as (

    select
        address,
        min(entity_id) as entity_id
    from entity_wallets
    group by address

)

select
    alerts.typology,
    alerts.chain,
    alerts.address,
    designated.entity_id,
    alerts.asset,

    alerts.transfers,
    alerts.amount,
    -- Without the seq that put them in order; some exports have no hashes.
    alerts.what
    || coalesce(', from ' || substr(alerts.first_hash, 17), '')
    || coalesce(' to ' || substr(alerts.last_hash, 17), '') as evidence,
    alerts.score,

    alerts.window_start,
    alerts.window_end
from daily_patterns as alerts
left join services
    on
        alerts.chain = services.chain
        and alerts.address = services.address
left join designated on alerts.address = designated.address
-- Many people's money passes through services; bait is sent to anybody.
where services.address is null or alerts.typology = 'poisoning'
