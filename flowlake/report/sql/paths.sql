-- Proof paths from an entity's addresses to services
select
    entity_id, path_id, policy, asset, symbol, hops, addresses, transaction_hashes, started_at,
    ended_at, amount, amount_usd, category, actor,
    count(*) over (partition by entity_id) as total
from marts.flow_paths
where entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id order by amount_usd desc nulls last, amount desc nulls last, path_id
) <= 8
order by entity_id, amount_usd desc nulls last, amount desc nulls last, path_id
