-- A view: one row per transfer that took place, with what exports know of its place.
with

keyed_transfers as (

    select * from work.keyed_transfers

),

rival_places as (

    select * from work.rival_places

),

transfer_verdicts as (

    select * from work.transfer_verdicts

),

blocks as (

    select * from work.chain_blocks

),

-- What no other row can repeat, and of the rest what stands or bears witness.
witnesses as (

    select
        keyed.source,
        keyed.raw_sha256,
        keyed.record_id,
        keyed.chain,
        keyed.asset,
        keyed.block_number,
        keyed.block_timestamp,
        keyed.block_hash,
        keyed.transaction_hash,
        keyed.transaction_index,
        keyed.position,
        keyed.position_basis,
        keyed.kind,
        keyed.from_address,
        keyed.to_address,
        keyed.value,
        keyed.value_d38,
        keyed.has_wide_value,
        keyed.contract,
        keyed.is_effective,
        keyed.is_status_known,
        keyed.is_exact,
        true as is_kept
    from keyed_transfers as keyed
    left join rival_places
        on
            keyed.chain = rival_places.chain
            and keyed.place_start = rival_places.place_start
    where rival_places.chain is null
    union all
    select
        source,
        raw_sha256,
        record_id,
        chain,
        asset,
        block_number,
        block_timestamp,
        block_hash,
        transaction_hash,
        transaction_index,
        position,
        position_basis,
        kind,
        from_address,
        to_address,
        value,
        value_d38,
        has_wide_value,
        contract,
        is_effective,
        is_status_known,
        is_exact,
        verdict = 'kept' as is_kept
    from transfer_verdicts
    where verdict <> 'reorg'

),

-- A row that lost may still know its transaction's place in the block.
transactions as (

    select
        chain,
        transaction_hash,
        max(transaction_index) as transaction_index
    from witnesses
    where transaction_hash is not null and transaction_index is not null
    group by chain, transaction_hash

)

select
    found.chain,
    found.asset,
    found.block_number,
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
    found.contract,

    found.value,
    found.value_d38,
    found.has_wide_value,
    found.is_status_known,
    found.is_exact,

    coalesce(found.block_timestamp, blocks.block_timestamp) as block_timestamp,

    found.source,
    found.raw_sha256,
    found.record_id
from witnesses as found
left join blocks
    on
        found.chain = blocks.chain
        and found.block_number = blocks.block_number
left join transactions
    on
        found.chain = transactions.chain
        and found.transaction_hash = transactions.transaction_hash
where found.is_kept and found.is_effective
