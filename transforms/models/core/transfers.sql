-- One row per transfer after deduplication, in chain order.
with

valued_transfers as (

    select * from work.valued_transfers

),

earlier_transfers as (

    select * from work.earlier_transfers

),

assets as (

    select * from core.assets

),

-- Nothing, or less than a dollar, moves between somebody and another address.
baits as (

    select
        seq,
        chain,
        from_address as victim,
        to_address as lookalike
    from valued_transfers
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
    from valued_transfers
    where
        (value = '0' or value_usd < 1)
        and from_address is not null
        and to_address is not null

),

baited as (

    select distinct
        chain,
        victim
    from baits

),

moved as (

    select
        seq,
        chain,
        asset,
        from_address,
        to_address,
        value
    from valued_transfers
    union all
    select
        seq,
        chain,
        asset,
        from_address,
        to_address,
        value
    from earlier_transfers

),

-- Counterfeits pay nobody: their events name anybody as sender.
payments as (

    select
        moved.chain,
        moved.from_address as victim,
        moved.to_address,
        min(moved.seq) as first_seq
    from moved
    inner join assets on moved.asset = assets.asset
    inner join baited
        on
            moved.chain = baited.chain
            and moved.from_address = baited.victim
    where
        moved.value <> '0'
        and not assets.is_counterfeit
        and moved.to_address is not null
    group by moved.chain, moved.from_address, moved.to_address

),

-- Address poisoning: the other address has the same first four and last four digits as
-- one that the victim really paid before.
suspects as (

    select distinct baits.seq
    from baits
    inner join payments
        on
            baits.chain = payments.chain
            and baits.victim = payments.victim
            and substr(baits.lookalike, 1, 6) = substr(payments.to_address, 1, 6)
            and substr(baits.lookalike, length(baits.lookalike) - 3)
            = substr(payments.to_address, length(payments.to_address) - 3)
            and baits.lookalike <> payments.to_address
            and baits.seq > payments.first_seq

)

select
    built.seq,
    built.chain,
    built.asset,
    built.block_number,
    built.block_hash,
    built.transaction_hash,
    built.transaction_index,
    built.position,
    built.position_basis,
    built.kind,
    built.from_address,
    built.to_address,
    built.contract,

    built.value,
    built.value_d38,
    built.has_wide_value,
    built.amount,
    built.value_usd,
    built.is_status_known,
    built.is_exact,
    built.is_fungible,
    built.is_counterfeit or suspects.seq is not null as is_poisoning_suspect,
    built.is_order_guessed,

    built.block_timestamp,
    built.block_date,

    built.source,
    built.raw_sha256,
    built.record_id
from valued_transfers as built
left join suspects on built.seq = suspects.seq
