-- One row per transfer, with its place in the chain and its worth.
with

distinct_transfers as (

    select * from work.distinct_transfers

),

assets as (

    select * from core.assets

),

asset_prices as (

    select * from staged.asset_prices

),

par_names as (

    select * from seeds.par_names

),

chains as (

    select * from seeds.chains

),

units as (

    select
        cast(decimals as bigint) as decimals,
        cast(unit as decimal(19, 18)) as unit,
        cast(value_limit as decimal(38, 0)) as value_limit
    from seeds.units

),

-- A chain without a number of its own gets one behind all that have one.
chain_numbers as (

    select
        moved_chains.chain,
        coalesce(
            chains.chain_number,
            40 + dense_rank() over (
                partition by case when chains.chain_number is null then 1 else 0 end
                order by moved_chains.chain
            )
        ) as chain_number
    from (select distinct chain from assets) as moved_chains
    left join chains on moved_chains.chain = chains.chain

),

-- seq = chain number, block, place in the block, as decimal digits: 10^14 leaves room
-- for any block number, or second since Bitcoin began, and 10^5 for the movements of
-- one block. It stays below 2^53, so that no reader's number loses digits, and new
-- blocks never renumber old ones. A second may have the number of a block, as on
-- Arbitrum; so what has no block takes the upper half of its place.
placed as (

    select
        found.*,
        chain_numbers.chain_number,
        coalesce(
            found.block_number,
            date_diff(
                'second', cast('2009-01-03' as timestamp), found.block_timestamp
            ),
            0
        ) as block_place,
        -- A UTXO transaction is paid by all of its inputs before it pays any output.
        case
            when found.kind = 'reward' then 0
            when found.kind = 'native' then 1
            when found.kind = 'internal' then 2
            when found.kind = 'fee' then 9
            when found.kind = 'utxo' and found.position_basis = 'output' then 4
            else 3
        end as kind_rank
    from distinct_transfers as found
    inner join chain_numbers on found.chain = chain_numbers.chain

),

ordered as (

    select
        *,
        row_number() over in_block as block_rank,
        lag(kind_rank) over in_block = kind_rank
        and lag(coalesce(transaction_index, -1)) over in_block
        = coalesce(transaction_index, -1)
        and lag(coalesce(position, -1)) over in_block = coalesce(position, -1)
        and (
            lag(coalesce(transaction_hash, '')) over in_block
            <> coalesce(transaction_hash, '')
            or lag(asset) over in_block <> asset
            or lag(coalesce(from_address, '')) over in_block
            <> coalesce(from_address, '')
            or lag(coalesce(to_address, '')) over in_block <> coalesce(to_address, '')
            or lag(value) over in_block <> value
        ) as is_order_guessed
    from placed
    window in_block as (
        partition by chain, block_place
        order by
            case when transaction_index is null then 1 else 0 end,
            transaction_index,
            kind_rank,
            case when position is null then 0 else 1 end,
            position,
            coalesce(transaction_hash, ''), asset, coalesce(from_address, ''),
            coalesce(to_address, ''), value, raw_sha256, record_id
    )

),

-- One price per asset and day; where packs disagree the last pack by name wins.
prices as (

    select
        asset,
        price_date,
        price_usd
    from (
        select
            asset,
            price_date,
            price_usd,
            row_number() over (
                partition by asset, price_date
                order by batch desc, source asc, record_id asc
            ) as choice
        from asset_prices
    ) as choices
    where choice = 1

),

-- Stablecoins that the settings declare to be worth a dollar where there is no price;
-- which tokens are stablecoins the registry and mappings say, never a token itself.
at_par as (

    select distinct assets.asset
    from assets
    inner join par_names
        on
            par_names.name = 'all'
            or assets.asset = par_names.name
            or upper(assets.symbol) = upper(par_names.name)
    where
        assets.is_stablecoin
        and assets.asset_basis in ('registry', 'mapping')

),

-- Exact division by 10^decimals: base units times a unit of 18 digits, where the
-- product has at most 38 digits; no number is divided.
valued as (

    select
        ordered.*,
        assets.symbol,
        assets.asset_basis,
        assets.is_fungible,
        assets.is_counterfeit,
        case
            when
                coalesce(assets.is_fungible, true)
                and ordered.value_d38 <= units.value_limit
                then ordered.value_d38 * units.unit
        end as amount
    from ordered
    inner join assets on ordered.asset = assets.asset
    left join units on assets.decimals = units.decimals

),

-- Amount times price in exact parts, so that no product passes 38 digits: whole units
-- and fraction, the price's first ten decimals and what is left of it. A mapping that
-- declares its values to be US dollars needs no price.
price_parts as (

    select
        valued.*,
        cast(floor(valued.amount) as decimal(20, 0)) as whole_units,
        cast(valued.amount - floor(valued.amount) as decimal(18, 18)) as fraction,
        try_cast(
            case
                when valued.asset_basis = 'mapping' and valued.symbol = 'USD' then 1
                when prices.price_usd is null and at_par.asset is not null then 1
                else prices.price_usd
            end as decimal(18, 10)
        ) as price_high,
        try_cast(
            prices.price_usd - try_cast(prices.price_usd as decimal(18, 10))
            as decimal(18, 18)
        ) as price_low
    from valued
    left join prices
        on
            valued.asset = prices.asset
            and cast(valued.block_timestamp as date) = prices.price_date
    left join at_par on valued.asset = at_par.asset

),

in_usd as (

    select
        *,
        chain_number * 100000000000000 + block_place * 100000 + block_rank
        + case when block_number is null then 50000 else 0 end as seq,
        round(
            try_cast(whole_units * price_high as decimal(37, 12))
            + coalesce(try_cast(whole_units * price_low as decimal(37, 12)), 0)
            + try_cast(fraction * price_high as decimal(37, 12)),
            6
        ) as value_usd
    from price_parts

)

select
    seq,
    chain,
    asset,
    block_number,
    block_hash,
    transaction_hash,
    transaction_index,
    position,
    position_basis,
    kind,
    from_address,
    to_address,
    contract,

    value,
    value_d38,
    has_wide_value,
    amount,
    value_usd,
    is_status_known,
    is_exact,
    is_fungible,
    is_counterfeit,
    coalesce(is_order_guessed, false) as is_order_guessed,

    block_timestamp,
    cast(block_timestamp as date) as block_date,

    source,
    raw_sha256,
    record_id
from in_usd
