-- One row per pattern at an address, asset and UTC day, whoever the address belongs to.
--
-- A day's patterns follow from its transfers alone, so that a build makes those of the
-- days that changed. Which addresses are services is asked where they are read.
with

transfers as (

    select * from core.transfers

),

-- NFTs are left out: ten gifts of a picture are no payroll. UTXO transactions are left
-- out too: they split, join and pass on by their very nature. Whole units and fractions
-- are added up apart: a sum of amounts may pass 38 digits.
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
        -- Bait is no payment.
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

-- Each payment twice: as its payer sees it, and as its payee does.
payments as (

    select
        1 as paid_flag,
        from_address as address,
        to_address as counterparty,
        *
    from movements
    where is_payment
    union all
    select
        0 as paid_flag,
        to_address as address,
        from_address as counterparty,
        *
    from movements
    where is_payment

),

-- Most addresses pay or receive once a day. Who does it often enough for a pattern, or
-- does both, is found first, and only their transfers are looked at closely.
suspects as (

    select
        chain,
        asset,
        block_date,
        address
    from payments
    group by chain, asset, block_date, address
    having
        sum(paid_flag) >= 10
        or count(*) - sum(paid_flag) >= 10
        or sum(paid_flag) between 1 and count(*) - 1

),

sums as (

    select
        payments.paid_flag,
        payments.chain,
        payments.asset,
        payments.address,
        payments.block_date,
        min(payments.block_timestamp) as window_start,
        max(payments.block_timestamp) as window_end,
        count(*) as transfers,
        count(distinct payments.counterparty) as counterparties,
        try_cast(sum(payments.whole_units) as decimal(37, 18)) + sum(payments.fraction)
            as amount,
        min(payments.placed_hash) as first_hash,
        max(payments.placed_hash) as last_hash
    from payments
    inner join suspects
        on
            payments.chain = suspects.chain
            and payments.asset = suspects.asset
            and payments.block_date = suspects.block_date
            and payments.address = suspects.address
    group by
        payments.paid_flag, payments.chain, payments.asset, payments.address,
        payments.block_date

),

-- Ten distinct counterparties in a UTC day: payroll and mixing do it, people do not.
fans as (

    select
        case paid_flag when 1 then 'fan_out' else 'fan_in' end as typology,
        chain,
        address,
        asset,
        block_date,
        window_start,
        window_end,
        transfers,
        amount,
        cast(counterparties as varchar)
        || case paid_flag when 1 then ' receivers' else ' senders' end
        || ' in a day' as what,
        first_hash,
        last_hash,
        least(100, 40 + 2 * counterparties) as score
    from sums
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
    from sums as daily_in
    inner join sums as daily_out
        on
            daily_in.chain = daily_out.chain
            and daily_in.asset = daily_out.asset
            and daily_in.address = daily_out.address
            and daily_in.block_date = daily_out.block_date
    where
        daily_in.paid_flag = 0
        and daily_out.paid_flag = 1
        and daily_in.amount > 0
        and daily_out.amount >= daily_in.amount * 0.9
        and daily_out.amount <= daily_in.amount
        and daily_in.window_start <= daily_out.window_end

),

patterns as (

    select * from fans
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
