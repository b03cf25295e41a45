-- One row per trace, as staged.transfers has it.
with

traced as (

    select
        *,
        case
            when trace_address = '' then cast([] as bigint[])
            else cast(string_split(trace_address, ',') as bigint[])
        end as path
    from traces

),

-- Where the status of a trace is not given, it failed if it or a call above it did.
failed_calls as (

    select distinct
        block_number,
        transaction_index,
        path
    from traced
    where status is null and has_error

),

below_failed as (

    select distinct
        traced.file,
        traced.line
    from traced
    inner join failed_calls
        on
            traced.block_number = failed_calls.block_number
            and traced.transaction_index = failed_calls.transaction_index
            and traced.path[1:len(failed_calls.path)] = failed_calls.path
    where traced.status is null

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

-- Depth first, as executed: addresses compare item by item. A trace received twice
-- keeps its place; what stands outside of transactions is counted per block of a file,
-- in the order in which ethereum-etl numbers it, whatever the order of its lines.
placed as (

    select
        traced.*,
        below_failed.line is null and coalesce(traced.status, 1) = 1 as has_succeeded,
        traced.transaction_index is not null
        and traced.trace_address = ''
        and traced.trace_type in ('call', 'create') as is_root,
        case
            when traced.transaction_index is null
                then
                    row_number() over (
                        partition by
                            traced.file, traced.block_number, traced.transaction_index
                        order by
                            traced.trace_type, traced.reward_type,
                            coalesce(traced.to_address, ''),
                            length(traced.value), traced.value, traced.line
                    ) - 1
            else
                dense_rank() over (
                    partition by traced.block_number, traced.transaction_index
                    order by traced.path
                ) - 1
        end as place
    from traced
    left join below_failed
        on
            traced.file = below_failed.file
            and traced.line = below_failed.line

)

select
    placed.block_number,
    coalesce(placed.block_timestamp, known_transactions.block_timestamp)
        as block_timestamp,
    coalesce(placed.block_hash, known_transactions.block_hash) as block_hash,
    coalesce(placed.transaction_hash, known_transactions.transaction_hash)
        as transaction_hash,
    placed.transaction_index,
    case when placed.is_root then placed.transaction_index else placed.place end
        as position,
    case when placed.is_root then 'transaction' else 'trace' end as position_basis,
    case
        when placed.is_root then 'native'
        when placed.trace_type = 'reward' then 'reward'
        when placed.trace_type = 'genesis' then 'mint'
        else 'internal'
    end as kind,
    placed.from_address,
    placed.to_address,

    placed.value,
    placed.value_d38,
    placed.has_wide_value,
    placed.has_succeeded
    and (placed.is_root or placed.value <> '0')
    and not (
        placed.trace_type = 'call'
        and placed.call_type in ('delegatecall', 'staticcall', 'callcode')
    ) as is_effective,
    placed.is_status_known,
    true as is_exact,
    true as is_fungible,

    placed.record_id
from placed
left join known_transactions
    on
        placed.block_number = known_transactions.block_number
        and placed.transaction_index = known_transactions.transaction_index
order by placed.file, placed.line
