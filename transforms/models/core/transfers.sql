-- One row per transfer after deduplication, in chain order.
with

staged_transfers as (

    select * from staged.transfers

),

assets as (

    select * from core.assets

),

asset_prices as (

    select * from staged.asset_prices

),

chains as (

    select * from seeds.chains

),

known_tokens as (

    select * from seeds.assets

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
    from (select distinct chain from staged_transfers) as moved_chains
    left join chains on moved_chains.chain = chains.chain

),

-- What makes two staged rows the same transfer: the transaction, and the log, trace,
-- input or output in it. Never (transaction, from, to, value): a transaction may pay
-- the same sum to the same address twice. What an export places in a block without
-- naming a transaction (rewards, Geth's traces) goes by that place. Rows with a place
-- in their file only, or with none, are each their own.
keyed as (

    select
        *,
        case
            when kind in ('token', 'mint', 'burn') then 'log'
            when kind = 'utxo' then 'utxo ' || position_basis
            else kind
        end as key_kind,
        case
            when kind = 'native' and position_basis = 'column' then position
            when kind in ('native', 'fee') then 0
            else position
        end as key_position,
        coalesce(
            transaction_hash,
            case
                when position_basis in ('transaction', 'trace')
                    then
                        cast(block_number as varchar) || ' '
                        || coalesce(cast(transaction_index as varchar), 'none')
            end
        ) as key_place,
        case when position_basis = 'file' then 0 else 1 end as key_flag
    from staged_transfers

),

-- Nearly all rows come once. The few that may not are found by a short key (a prefix of
-- the hash can only find too many) and ranked by the whole one.
repeated as (

    select
        chain,
        substr(key_place, 1, 18) as place_start,
        key_kind,
        key_position
    from keyed
    where key_flag = 1 and key_place is not null
    group by chain, substr(key_place, 1, 18), key_kind, key_position
    having count(*) > 1

),

marked as (

    select
        keyed.*,
        repeated.chain is not null as is_repeated
    from keyed
    left join repeated
        on
            keyed.key_flag = 1
            and keyed.chain = repeated.chain
            and substr(keyed.key_place, 1, 18) = repeated.place_start
            and keyed.key_kind = repeated.key_kind
            and keyed.key_position = repeated.key_position

),

-- The more exact row wins: known status, block hash, transaction index, time.
ranked as (

    select
        *,
        row_number() over (
            partition by chain, key_place, key_kind, key_position, asset
            order by
                is_status_known desc, is_exact desc,
                case when block_hash is null then 1 else 0 end asc,
                case when transaction_index is null then 1 else 0 end asc,
                case when block_timestamp is null then 1 else 0 end asc,
                source asc, raw_sha256 asc, record_id asc
        ) as exactness
    from marked
    where is_repeated

),

distinct_transfers as (

    select
        *,
        1 as exactness
    from marked
    where not is_repeated
    union all
    select *
    from ranked
    where exactness = 1

),

-- A row that lost may still know the block time or the transaction's place.
blocks as (

    select
        chain,
        block_number,
        max(block_timestamp) as block_timestamp,
        max(block_hash) as block_hash
    from staged_transfers
    where block_number is not null
    group by chain, block_number

),

transactions as (

    select
        chain,
        transaction_hash,
        max(transaction_index) as transaction_index
    from staged_transfers
    where transaction_hash is not null and transaction_index is not null
    group by chain, transaction_hash

),

-- A contract that any export knows for an NFT's is one in all of them.
fungibility as (

    select
        asset,
        min(
            case when is_fungible then 1 when not is_fungible then 0 end
        ) as fungible_flag
    from staged_transfers
    group by asset

),

effective as (

    select
        found.source,
        found.raw_sha256,
        found.record_id,
        found.chain,
        found.asset,
        found.block_number,
        coalesce(found.block_timestamp, blocks.block_timestamp) as block_timestamp,
        coalesce(found.block_hash, blocks.block_hash) as block_hash,
        found.transaction_hash,
        coalesce(
            found.transaction_index, transactions.transaction_index
        ) as transaction_index,
        found.position,
        found.position_basis,
        found.kind,
        found.from_address,
        found.to_address,
        found.value,
        found.value_d38,
        found.has_wide_value,
        found.contract,
        found.is_status_known,
        found.is_exact,
        case fungibility.fungible_flag
            when 1 then true when 0 then false
        end as is_fungible
    from distinct_transfers as found
    inner join fungibility on found.asset = fungibility.asset
    left join blocks
        on
            found.chain = blocks.chain
            and found.block_number = blocks.block_number
    left join transactions
        on
            found.chain = transactions.chain
            and found.transaction_hash = transactions.transaction_hash
    where found.is_effective

),

-- seq = chain number, block, place in the block, as decimal digits: 10^14 leaves room
-- for any block number, or second since Bitcoin began, and 10^5 for the movements of
-- one block. It stays below 2^53, so that no reader's number loses digits, and new
-- blocks never renumber old ones.
ordered as (

    select
        effective.*,
        chain_numbers.chain_number,
        coalesce(
            effective.block_number,
            date_diff(
                'second', cast('2009-01-03' as timestamp), effective.block_timestamp
            ),
            0
        ) as block_place,
        row_number() over (
            partition by
                effective.chain,
                coalesce(
                    effective.block_number,
                    date_diff(
                        'second',
                        cast('2009-01-03' as timestamp),
                        effective.block_timestamp
                    ),
                    0
                )
            order by
                case when effective.transaction_index is null then 1 else 0 end,
                effective.transaction_index,
                case effective.kind
                    when 'reward' then 0
                    when 'native' then 1
                    when 'internal' then 2
                    when 'fee' then 9
                    else 3
                end,
                case when effective.position is null then 0 else 1 end,
                effective.position, effective.raw_sha256, effective.record_id
        ) as block_rank
    from effective
    inner join chain_numbers on effective.chain = chain_numbers.chain

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

genuine_symbols as (

    select
        chain,
        upper(symbol) as symbol
    from known_tokens
    union
    select
        chain,
        upper(ticker) as symbol
    from chains

),

-- Tokens that call themselves as a registered one of the chain does, or as its coin,
-- and that nobody gives a price.
counterfeits as (

    select distinct assets.asset
    from assets
    inner join genuine_symbols
        on
            assets.chain = genuine_symbols.chain
            and upper(trim(assets.symbol)) = genuine_symbols.symbol
    left join asset_prices on assets.asset = asset_prices.asset
    where assets.asset_basis = 'export' and asset_prices.asset is null

),

-- Exact division by 10^decimals: base units times a unit of 18 digits, where the
-- product has at most 38 digits; no number is divided.
valued as (

    select
        ordered.*,
        assets.symbol,
        assets.asset_basis,
        counterfeits.asset is not null as is_counterfeit,
        case
            when
                coalesce(ordered.is_fungible, true)
                and ordered.value_d38 <= units.value_limit
                then ordered.value_d38 * units.unit
        end as amount
    from ordered
    inner join assets on ordered.asset = assets.asset
    left join counterfeits on ordered.asset = counterfeits.asset
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

),

in_usd as (

    select
        *,
        chain_number * 100000000000000 + block_place * 100000 + block_rank as seq,
        round(
            try_cast(whole_units * price_high as decimal(37, 12))
            + coalesce(try_cast(whole_units * price_low as decimal(37, 12)), 0)
            + try_cast(fraction * price_high as decimal(37, 12)),
            6
        ) as value_usd
    from price_parts

),

-- Address poisoning: nothing, or less than a dollar, moves between somebody and an
-- address that has the same first four and last four digits as one that he really paid.
-- Counterfeits pay nobody: their events name anybody as sender.
bait_pairs as (

    select
        seq,
        chain,
        from_address as victim,
        to_address as lookalike
    from in_usd
    where
        (value = '0' or value_usd < 1)
        and from_address is not null
        and to_address is not null
    union all
    select
        seq,
        chain,
        to_address as victim,
        from_address as lookalike
    from in_usd
    where
        (value = '0' or value_usd < 1)
        and from_address is not null
        and to_address is not null

),

suspects as (

    select distinct bait_pairs.seq
    from bait_pairs
    inner join in_usd
        on
            bait_pairs.chain = in_usd.chain
            and bait_pairs.victim = in_usd.from_address
            and in_usd.value <> '0'
            and not in_usd.is_counterfeit
            and substr(bait_pairs.lookalike, 1, 6) = substr(in_usd.to_address, 1, 6)
            and substr(bait_pairs.lookalike, length(bait_pairs.lookalike) - 3)
            = substr(in_usd.to_address, length(in_usd.to_address) - 3)
            and bait_pairs.lookalike <> in_usd.to_address

)

select
    in_usd.seq,
    in_usd.chain,
    in_usd.asset,
    in_usd.block_number,
    in_usd.block_hash,
    in_usd.transaction_hash,
    in_usd.transaction_index,
    in_usd.position,
    in_usd.position_basis,
    in_usd.kind,
    in_usd.from_address,
    in_usd.to_address,
    in_usd.contract,

    in_usd.value,
    in_usd.value_d38,
    in_usd.has_wide_value,
    in_usd.amount,
    in_usd.value_usd,
    in_usd.is_status_known,
    in_usd.is_exact,
    in_usd.is_fungible,
    in_usd.is_counterfeit or suspects.seq is not null as is_poisoning_suspect,

    in_usd.block_timestamp,
    cast(in_usd.block_timestamp as date) as block_date,

    in_usd.source,
    in_usd.raw_sha256,
    in_usd.record_id
from in_usd
left join suspects on in_usd.seq = suspects.seq
