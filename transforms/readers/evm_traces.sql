-- Where each trace stands and whether it succeeded, in the order of their numbers.
with

-- Where the status of a trace is not given, it failed if it or a call above it did.
failed_calls as (

    select distinct
        block_number,
        transaction_index,
        path
    from places
    where status is null and has_error

),

below_failed as (

    select distinct places.number
    from places
    inner join failed_calls
        on
            places.block_number = failed_calls.block_number
            and places.transaction_index = failed_calls.transaction_index
            and starts_with(places.path, failed_calls.path)
    where places.status is null

),

-- A place in a block that two transactions claim (a reorg) tells nothing.
known_transactions as (

    select
        block_number,
        transaction_index,
        min(transaction_hash) as transaction_hash,
        min(block_timestamp) as block_timestamp,
        min(block_hash) as block_hash
    from transactions
    group by block_number, transaction_index
    having count(distinct transaction_hash) = 1

),

-- Depth first, as executed: padded addresses compare number by number. A trace received
-- twice keeps its place.
ranked as (

    select
        *,
        dense_rank() over (
            partition by block_number, transaction_index
            order by path
        ) - 1 as place
    from places
    where transaction_index is not null

),

-- What stands outside of transactions is counted per block of a file, in the order in
-- which ethereum-etl numbers it, whatever the order of its lines.
counted as (

    select
        *,
        row_number() over (
            partition by file, block_number
            order by outside, line
        ) - 1 as place
    from places
    where transaction_index is null

),

placed as (

    select * from ranked
    union all
    select * from counted

)

select
    case when placed.is_root then placed.transaction_index else placed.place end
        as position,
    below_failed.number is null and coalesce(placed.status, 1) = 1 as has_succeeded,
    known_transactions.block_timestamp,
    known_transactions.block_hash,
    known_transactions.transaction_hash
from placed
left join below_failed
    on placed.number = below_failed.number
left join known_transactions
    on
        placed.block_number = known_transactions.block_number
        and placed.transaction_index = known_transactions.transaction_index
order by placed.number
