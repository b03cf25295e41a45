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

-- What makes two staged rows the same transfer. Never (transaction, from, to, value): a
-- transaction may pay the same sum to the same address twice.
keyed as (

    select
        *,
        case
            when transaction_hash is null or position_basis = 'file'
                then 'file ' || raw_sha256 || ' ' || record_id
            when kind in ('native', 'fee') then kind || ' ' || transaction_hash
            when kind in ('token', 'mint', 'burn')
                then
                    'log ' || transaction_hash
                    || ' ' || coalesce(cast(position as varchar), '')
            else
                kind || ' ' || transaction_hash || ' '
                || coalesce(cast(position as varchar), '')
        end as transfer_key
    from staged_transfers

),

-- The more exact row wins: known status, block hash, transaction index, time.
ranked as (

    select
        *,
        row_number() over (
            partition by chain, transfer_key
            order by
                is_status_known desc, is_exact desc,
                case when block_hash is null then 1 else 0 end,
                case when transaction_index is null then 1 else 0 end,
                case when block_timestamp is null then 1 else 0 end,
                source asc, raw_sha256 asc, record_id asc
        ) as exactness
    from keyed

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

effective as (

    select
        ranked.source,
        ranked.raw_sha256,
        ranked.record_id,
        ranked.chain,
        ranked.transfer_key,
        ranked.asset,
        ranked.block_number,
        coalesce(ranked.block_timestamp, blocks.block_timestamp) as block_timestamp,
        coalesce(ranked.block_hash, blocks.block_hash) as block_hash,
        ranked.transaction_hash,
        coalesce(
            ranked.transaction_index, transactions.transaction_index
        ) as transaction_index,
        ranked.position,
        ranked.position_basis,
        ranked.kind,
        ranked.from_address,
        ranked.to_address,
        ranked.value,
        ranked.value_d38,
        ranked.has_wide_value,
        ranked.contract,
        ranked.is_status_known,
        ranked.is_exact,
        ranked.is_fungible
    from ranked
    left join blocks
        on
            ranked.chain = blocks.chain
            and ranked.block_number = blocks.block_number
    left join transactions
        on
            ranked.chain = transactions.chain
            and ranked.transaction_hash = transactions.transaction_hash
    where ranked.exactness = 1 and ranked.is_effective

),

-- seq = chain number, block, place in the block, as decimal digits: 10^14 leaves room for any
-- block number, or second since Bitcoin began, and 10^5 for the movements of one block. It stays
-- below 2^53, so that no reader's number loses digits, and new blocks never renumber old ones.
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

-- Exact division by 10^decimals: the point is set in the text, no number is divided.
digits as (

    select
        ordered.*,
        assets.symbol,
        assets.asset_basis,
        assets.decimals,
        case
            when assets.decimals <= 18 and coalesce(ordered.is_fungible, true)
                then
                    lpad(
                        ordered.value,
                        cast(
                            greatest(
                                length(ordered.value), assets.decimals + 1
                            ) as integer
                        ),
                        '0'
                    )
        end as padded_value
    from ordered
    inner join assets on ordered.asset = assets.asset

),

valued as (

    select
        *,
        try_cast(
            substr(padded_value, 1, cast(length(padded_value) - decimals as integer))
            || '.'
            || substr(
                padded_value, cast(length(padded_value) - decimals + 1 as integer)
            )
            || '0' as decimal(38, 18)
        ) as amount
    from digits

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
paid as (

    select distinct
        chain,
        from_address as payer,
        to_address as payee,
        substr(to_address, 1, 6) || substr(to_address, length(to_address) - 3) as look
    from in_usd
    where value <> '0' and from_address is not null and to_address is not null

),

bait as (

    select
        in_usd.chain,
        in_usd.transfer_key,
        in_usd.from_address as one_address,
        in_usd.to_address as other_address
    from in_usd
    where
        (in_usd.value = '0' or in_usd.value_usd < 1)
        and in_usd.from_address is not null
        and in_usd.to_address is not null

),

bait_pairs as (

    select
        chain,
        transfer_key,
        one_address as victim,
        other_address as lookalike
    from bait
    union all
    select
        chain,
        transfer_key,
        other_address as victim,
        one_address as lookalike
    from bait

),

suspects as (

    select distinct
        bait_pairs.chain,
        bait_pairs.transfer_key
    from bait_pairs
    inner join paid
        on
            bait_pairs.chain = paid.chain
            and bait_pairs.victim = paid.payer
            and substr(bait_pairs.lookalike, 1, 6)
            || substr(bait_pairs.lookalike, length(bait_pairs.lookalike) - 3)
            = paid.look
            and bait_pairs.lookalike <> paid.payee

)

select
    in_usd.chain_number * 100000000000000
    + in_usd.block_place * 100000
    + in_usd.block_rank as seq,
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
    suspects.transfer_key is not null as is_poisoning_suspect,

    in_usd.block_timestamp,
    cast(in_usd.block_timestamp as date) as block_date,

    in_usd.source,
    in_usd.raw_sha256,
    in_usd.record_id
from in_usd
left join suspects
    on
        in_usd.chain = suspects.chain
        and in_usd.transfer_key = suspects.transfer_key
