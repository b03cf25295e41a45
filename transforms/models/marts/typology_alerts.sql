-- One row per detected pattern at an address, asset and window.
with

transfers as (

    select * from core.transfers

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

),

-- NFTs are left out and bait is no payment: ten gifts of a picture are no payroll. UTXO
-- transactions are left out too: they split, join and pass on by their very nature.
-- Whole units and fractions are added up apart: a sum of amounts may pass 38 digits.
movements as (

    select
        transfers.chain,
        transfers.asset,
        transfers.seq,
        transfers.from_address,
        transfers.to_address,
        lpad(cast(transfers.seq as varchar), 16, '0')
        || transfers.transaction_hash as placed_hash,
        transfers.block_timestamp,
        transfers.block_date,
        cast(floor(transfers.amount) as decimal(20, 0)) as whole_units,
        transfers.amount - floor(transfers.amount) as fraction,
        transfers.value_usd,
        transfers.value <> '0' and not transfers.is_poisoning_suspect as is_payment,
        transfers.is_poisoning_suspect,
        from_services.address is not null as is_from_service,
        to_services.address is not null as is_to_service
    from transfers
    left join services as from_services
        on
            transfers.chain = from_services.chain
            and transfers.from_address = from_services.address
    left join services as to_services
        on
            transfers.chain = to_services.chain
            and transfers.to_address = to_services.address
    where
        transfers.block_timestamp is not null
        and transfers.from_address is not null
        and transfers.to_address is not null
        and transfers.from_address <> transfers.to_address
        and transfers.kind not in ('fee', 'utxo')
        and coalesce(transfers.is_fungible, true)

),

-- Ten distinct counterparties in a UTC day: payroll and mixing do it, people do not.
fan_out as (

    select
        'fan_out' as typology,
        chain,
        from_address as address,
        asset,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        cast(count(distinct to_address) as varchar) || ' receivers in a day'
            as what,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash,
        least(100, 40 + 2 * count(distinct to_address)) as score
    from movements
    where is_payment and not is_from_service
    group by chain, from_address, asset, block_date
    having count(distinct to_address) >= 10

),

fan_in as (

    select
        'fan_in' as typology,
        chain,
        to_address as address,
        asset,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        cast(count(distinct from_address) as varchar) || ' senders in a day'
            as what,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash,
        least(100, 40 + 2 * count(distinct from_address)) as score
    from movements
    where is_payment and not is_to_service
    group by chain, to_address, asset, block_date
    having count(distinct from_address) >= 10

),

-- Five or more payments to one beneficiary in a day, each just under 10,000 US dollars
-- (the reporting threshold of the US Bank Secrecy Act).
structuring as (

    select
        'structuring' as typology,
        chain,
        to_address as address,
        asset,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        cast(count(*) as varchar) || ' payments of 8,000 to 10,000 USD in a day'
            as what,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash,
        least(100, 50 + 5 * count(*)) as score
    from movements
    where value_usd >= 8000 and value_usd < 10000 and not is_to_service
    group by chain, to_address, asset, block_date
    having count(*) >= 5

),

poisoning as (

    select
        'poisoning' as typology,
        chain,
        to_address as address,
        asset,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        cast(count(*) as varchar) || ' transfers of bait in a day' as what,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash,
        60 as score
    from movements
    where is_poisoning_suspect
    group by chain, to_address, asset, block_date

),

daily_in as (

    select
        chain,
        asset,
        to_address as address,
        block_date,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount_in,
        min(block_timestamp) as window_start,
        count(*) as transfers_in,
        min(placed_hash) as first_hash
    from movements
    where is_payment and not is_to_service
    group by chain, asset, to_address, block_date

),

daily_out as (

    select
        chain,
        asset,
        from_address as address,
        block_date,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount_out,
        max(block_timestamp) as window_end,
        count(*) as transfers_out,
        max(placed_hash) as last_hash
    from movements
    where is_payment and not is_from_service
    group by chain, asset, from_address, block_date

),

-- At least nine tenths of a day's inflow leave on the same day, and not more than came
-- in.
rapid_pass_through as (

    select
        'rapid_pass_through' as typology,
        daily_in.chain,
        daily_in.address,
        daily_in.asset,
        daily_in.window_start,
        daily_out.window_end,
        daily_in.transfers_in + daily_out.transfers_out as transfers,
        daily_out.amount_out as amount,
        'inflow and outflow of one day' as what,
        daily_in.first_hash,
        daily_out.last_hash,
        70 as score
    from daily_in
    inner join daily_out
        on
            daily_in.chain = daily_out.chain
            and daily_in.asset = daily_out.asset
            and daily_in.address = daily_out.address
            and daily_in.block_date = daily_out.block_date
    where
        daily_in.amount_in > 0
        and daily_out.amount_out >= daily_in.amount_in * 0.9
        and daily_out.amount_out <= daily_in.amount_in
        and daily_in.window_start <= daily_out.window_end

),

alerts as (

    select * from fan_out
    union all
    select * from fan_in
    union all
    select * from structuring
    union all
    select * from poisoning
    union all
    select * from rapid_pass_through

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
from alerts
left join designated on alerts.address = designated.address
