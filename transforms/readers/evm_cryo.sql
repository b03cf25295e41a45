-- One row per native transfer, as staged.transfers has it.
with

-- Numbers run through a block, or through a transaction where single ones were asked
-- for. A transfer given twice keeps its place.
placed as (

    select
        *,
        case
            when transaction_hash is null
                then
                    row_number() over (
                        partition by file, block_number, transaction_hash
                        order by transfer_index, line
                    ) - 1
            else
                dense_rank() over (
                    partition by block_number, transaction_index
                    order by transfer_index
                ) - 1
        end as place,
        count(*) over (
            partition by block_number
            order by transfer_index
            range between 1 preceding and 1 preceding
        ) as neighbours
    from moves

),

-- The first transfer of a transaction is its own value, if none before it was left out.
rooted as (

    select
        *,
        transaction_hash is not null
        and place = 0
        and (transfer_index = 0 or neighbours > 0) as is_root
    from placed

)

select
    block_number,
    block_timestamp,
    block_hash,
    transaction_hash,
    transaction_index,
    case when is_root then transaction_index else place end as position,
    case when is_root then 'transaction' else 'trace' end as position_basis,
    case
        when is_root then 'native'
        when transaction_hash is null then 'reward'
        else 'internal'
    end as kind,
    from_address,
    to_address,

    value,
    value_d38,
    has_wide_value,
    coalesce(succeeded, true) and (is_root or value <> '0') as is_effective,
    -- Whether a call within a transaction failed is not said.
    succeeded is not null
    and (is_root or transaction_hash is null or not succeeded) as is_status_known,
    true as is_exact,
    true as is_fungible,

    record_id
from rooted
order by file, line
