-- One row per pattern at an address, asset and UTC day, whoever the address belongs to.
--
-- A day's patterns follow from its transfers alone, so that a build makes those of the
-- days that changed. Which addresses are services is asked where they are read.
with

transfers as (

    select * from core.transfers

),

-- NFTs are left out and bait is no payment: ten gifts of a picture are no payroll. UTXO
-- transactions are left out too: they split, join and pass on by their very nature.
payments as (

    select
        chain,
        asset,
        block_date,
        from_address,
        to_address
    from transfers
    where
        block_timestamp is not null
        and from_address is not null
        and to_address is not null
        and from_address <> to_address
        and kind not in ('fee', 'utxo')
        and coalesce(is_fungible, true)
        and value <> '0' and not is_poisoning_suspect

),

-- Most addresses pay or receive once a day. Who does it often enough for a pattern, or
-- does both, is found first, and only their transfers are looked at closely.
payers as (

    select
        chain,
        asset,
        block_date,
        from_address as address,
        count(*) as payments
    from payments
    group by chain, asset, block_date, from_address

),

payees as (

    select
        chain,
        asset,
        block_date,
        to_address as address,
        count(*) as payments
    from payments
    group by chain, asset, block_date, to_address

),

through as (

    select
        payers.chain,
        payers.asset,
        payers.block_date,
        payers.address
    from payers
    inner join payees
        on
            payers.chain = payees.chain
            and payers.asset = payees.asset
            and payers.block_date = payees.block_date
            and payers.address = payees.address

),

suspects as (

    select
        chain,
        asset,
        block_date,
        address
    from payers
    where payments >= 10
    union
    select
        chain,
        asset,
        block_date,
        address
    from payees
    where payments >= 10
    union
    select
        chain,
        asset,
        block_date,
        address
    from through

),

-- Whole units and fractions are added up apart: a sum of amounts may pass 38 digits.
movements as (

    select
        chain,
        asset,
        from_address,
        to_address,
        lpad(cast(seq as varchar), 16, '0') || transaction_hash as placed_hash,
        block_timestamp,
        block_date,
        cast(floor(amount) as decimal(20, 0)) as whole_units,
        amount - floor(amount) as fraction,
        value_usd,
        value <> '0' and not is_poisoning_suspect as is_payment,
        is_poisoning_suspect
    from transfers
    where
        block_timestamp is not null
        and from_address is not null
        and to_address is not null
        and from_address <> to_address
        and kind not in ('fee', 'utxo')
        and coalesce(is_fungible, true)

),

paid as (

    select
        movements.chain,
        movements.asset,
        movements.from_address as address,
        movements.to_address as counterparty,
        movements.placed_hash,
        movements.block_timestamp,
        movements.block_date,
        movements.whole_units,
        movements.fraction
    from movements
    inner join suspects
        on
            movements.chain = suspects.chain
            and movements.asset = suspects.asset
            and movements.block_date = suspects.block_date
            and movements.from_address = suspects.address
    where movements.is_payment

),

received as (

    select
        movements.chain,
        movements.asset,
        movements.to_address as address,
        movements.from_address as counterparty,
        movements.placed_hash,
        movements.block_timestamp,
        movements.block_date,
        movements.whole_units,
        movements.fraction
    from movements
    inner join suspects
        on
            movements.chain = suspects.chain
            and movements.asset = suspects.asset
            and movements.block_date = suspects.block_date
            and movements.to_address = suspects.address
    where movements.is_payment

),

daily_out as (

    select
        chain,
        asset,
        address,
        block_date,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        count(distinct counterparty) as counterparties,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash
    from paid
    group by chain, asset, address, block_date

),

daily_in as (

    select
        chain,
        asset,
        address,
        block_date,
        min(block_timestamp) as window_start,
        max(block_timestamp) as window_end,
        count(*) as transfers,
        count(distinct counterparty) as counterparties,
        try_cast(sum(whole_units) as decimal(37, 18)) + sum(fraction) as amount,
        min(placed_hash) as first_hash,
        max(placed_hash) as last_hash
    from received
    group by chain, asset, address, block_date

),

-- Ten distinct counterparties in a UTC day: payroll and mixing do it, people do not.
fan_out as (

    select
        'fan_out' as typology,
        chain,
        address,
        asset,
        block_date,
        window_start,
        window_end,
        transfers,
        amount,
        cast(counterparties as varchar) || ' receivers in a day' as what,
        first_hash,
        last_hash,
        least(100, 40 + 2 * counterparties) as score
    from daily_out
    where counterparties >= 10

),

fan_in as (

    select
        'fan_in' as typology,
        chain,
        address,
        asset,
        block_date,
        window_start,
        window_end,
        transfers,
        amount,
        cast(counterparties as varchar) || ' senders in a day' as what,
        first_hash,
        last_hash,
        least(100, 40 + 2 * counterparties) as score
    from daily_in
    where counterparties >= 10

),

-- Five or more payments to one beneficiary in a day, each just under 10,000 US dollars
-- (the reporting threshold of the US Bank Secrecy Act).
structuring as (

    select
        'structuring' as typology,
        chain,
        to_address as address,
        asset,
        block_date,
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
    where value_usd >= 8000 and value_usd < 10000
    group by chain, to_address, asset, block_date
    having count(*) >= 5

),

poisoning as (

    select
        'poisoning' as typology,
        chain,
        to_address as address,
        asset,
        block_date,
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

-- At least nine tenths of a day's inflow leave on the same day, and not more than came
-- in.
rapid_pass_through as (

    select
        'rapid_pass_through' as typology,
        daily_in.chain,
        daily_in.address,
        daily_in.asset,
        daily_in.block_date,
        daily_in.window_start,
        daily_out.window_end,
        daily_in.transfers + daily_out.transfers as transfers,
        daily_out.amount,
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
        daily_in.amount > 0
        and daily_out.amount >= daily_in.amount * 0.9
        and daily_out.amount <= daily_in.amount
        and daily_in.window_start <= daily_out.window_end

),

patterns as (

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
    typology,
    chain,
    address,
    asset,

    transfers,
    amount,
    what,
    first_hash,
    last_hash,
    cast(score as bigint) as score,

    block_date,
    window_start,
    window_end
from patterns
