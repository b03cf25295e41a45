-- Where the value of an entity went (FIFO), transfers between the same two addresses as one flow
select
    flows.*,
    assets.symbol,
    services.category,
    services.actor,
    designated.name as designated_name,
    count(*) over (partition by flows.entity_id) as total
from (
    select
        origin_entity_id as entity_id, hop, chain, from_address, to_address, asset,
        count(distinct seq) as transfers,
        sum(trunc(tainted_amount)) as amount_whole,
        sum(tainted_amount - trunc(tainted_amount)) as amount_part,
        sum(tainted_usd) as amount_usd,
        count(*) filter (where tainted_usd is null) as unpriced,
        min(block_timestamp) as started_at,
        max(block_timestamp) as ended_at
    from core.traced_transfers
    where policy = 'fifo' and origin_entity_id in (select unnest($entities))
    group by origin_entity_id, hop, chain, from_address, to_address, asset
) as flows
left join core.assets as assets on flows.asset = assets.asset
left join core.services as services
    on flows.chain = services.chain and flows.to_address = services.address
left join (
    select wallets.address, min(entities.name) as name
    from core.entity_wallets as wallets
    inner join core.entities as entities on wallets.entity_id = entities.entity_id
    group by wallets.address
) as designated on flows.to_address = designated.address
qualify row_number() over (
    partition by flows.entity_id
    order by
        flows.amount_usd desc nulls last, flows.amount_whole desc nulls last,
        flows.amount_part desc nulls last, flows.hop, flows.chain, flows.from_address, flows.to_address, flows.asset
) <= 250
order by
    flows.entity_id, flows.hop, flows.amount_usd desc nulls last,
    flows.amount_whole desc nulls last, flows.amount_part desc nulls last, flows.chain, flows.from_address, flows.to_address, flows.asset
