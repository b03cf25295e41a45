-- Receipts at services over all entities, by policy
select
    coalesce(actor, service) as name, category, asset, symbol,
    count(distinct service) as addresses,
    count(*) filter (where policy = 'fifo') as fifo_receipts,
    sum(trunc(amount)) filter (where policy = 'fifo') as fifo_amount_whole,
    sum(amount - trunc(amount)) filter (where policy = 'fifo') as fifo_amount_part,
    sum(usd) filter (where policy = 'fifo') as fifo_usd,
    count(*) filter (where policy = 'haircut') as haircut_receipts,
    sum(trunc(amount)) filter (where policy = 'haircut') as haircut_amount_whole,
    sum(amount - trunc(amount)) filter (where policy = 'haircut') as haircut_amount_part,
    sum(usd) filter (where policy = 'haircut') as haircut_usd,
    count(*) filter (where usd is null) as unpriced,
    count(*) over () as total
from (
    -- An address published for two parties has a row for each; here each receipt counts once.
    select distinct
        cash_outs.policy, cash_outs.origin_address, cash_outs.chain, cash_outs.seq,
        cash_outs.service, cash_outs.category, cash_outs.actor, cash_outs.asset, assets.symbol,
        cash_outs.tainted_amount as amount, cash_outs.tainted_usd as usd
    from core.cash_outs as cash_outs
    left join core.assets as assets on cash_outs.asset = assets.asset
)
group by coalesce(actor, service), category, asset, symbol
order by
    fifo_usd desc nulls last, haircut_usd desc nulls last, fifo_amount_whole desc nulls last,
    haircut_amount_whole desc nulls last, name, category, asset
limit 40
