-- One row per block number of a chain: the block that stands there, and its time.
--
-- After a reorganisation exports hold two blocks of one number. The one that arrived
-- last stands: it was exported again because the first had gone.
with

staged_transfers as (

    select * from staged.transfers

),

ingests as (

    select * from meta.ingests

),

blocks as (

    select
        chain,
        block_number,
        max(block_timestamp) as block_timestamp,
        max(block_hash) as block_hash,
        min(block_hash) as least_hash
    from staged_transfers
    where block_number is not null
    group by chain, block_number

),

arrivals as (

    select
        source,
        batch,
        max(recorded_at) as arrived_at
    from ingests
    where published
    group by source, batch

),

rivals as (

    select
        moved.chain,
        moved.block_number,
        moved.block_hash,
        max(moved.block_timestamp) as block_timestamp,
        max(arrivals.arrived_at) as arrived_at
    from staged_transfers as moved
    inner join blocks
        on
            moved.chain = blocks.chain
            and moved.block_number = blocks.block_number
    left join arrivals
        on moved.source = arrivals.source and moved.batch = arrivals.batch
    where blocks.least_hash <> blocks.block_hash and moved.block_hash is not null
    group by moved.chain, moved.block_number, moved.block_hash

),

standing as (

    select
        chain,
        block_number,
        block_hash,
        block_timestamp,
        row_number() over (
            partition by chain, block_number
            order by
                case when arrived_at is null then 1 else 0 end asc,
                arrived_at desc,
                block_hash desc
        ) as choice
    from rivals

)

select
    blocks.chain,
    blocks.block_number,
    coalesce(standing.block_hash, blocks.block_hash) as block_hash,
    coalesce(standing.block_timestamp, blocks.block_timestamp) as block_timestamp,
    standing.block_hash is not null as has_rivals
from blocks
left join standing
    on
        blocks.chain = standing.chain
        and blocks.block_number = standing.block_number
        and standing.choice = 1
