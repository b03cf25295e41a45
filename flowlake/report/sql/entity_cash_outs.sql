-- What of an entity's value reached services (FIFO), by month
select
    entity_id, service, actor, category, asset, symbol, month, receipts, amount, amount_usd,
    min_hops,
    count(*) over (partition by entity_id) as total
from marts.cash_outs
where policy = 'fifo' and entity_id in (select unnest($entities))
qualify row_number() over (
    partition by entity_id
    order by amount_usd desc nulls last, amount desc nulls last, month, service, asset
) <= 24
order by entity_id, month nulls last, amount_usd desc nulls last, amount desc nulls last, service, asset
