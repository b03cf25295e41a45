-- A view: one row per staged transfer, with what makes it one.
--
-- key_place   the transaction; else the place in the block, the block, or the time
-- key_class   what is counted apart within it: logs, calls, inputs, outputs, …
-- key_index   the index of the movement where the export gives the chain's own
-- tier        how well the export tells several alike movements apart:
--             1 by the chain's index, 2 by a column of the vendor's, 3 by its turn
--             among alike ones in its file, 4 by the file's row alone
with

staged_transfers as (

    select * from staged.transfers

),

tiered as (

    select
        *,
        case
            when position_basis = 'row' then 4
            when position_basis = 'column' then 2
            -- Outside of any transaction only the turn in the file tells two apart.
            when
                kind = 'reward'
                or (
                    position_basis = 'trace'
                    and transaction_hash is null
                    and transaction_index is null
                )
                then 3
            when position_basis = 'transaction' then 1
            when position_basis = 'file' or position is null then 3
            else 1
        end as tier,
        case
            when kind in ('token', 'mint', 'burn') and position_basis <> 'trace'
                then 'log'
            when kind = 'utxo' and position_basis in ('input', 'output')
                then 'utxo ' || position_basis
            else kind
        end as key_class
    from staged_transfers

),

placed as (

    select
        *,
        case
            -- Two early coinbase transactions have the hash of another.
            when transaction_hash is not null and kind = 'utxo'
                then
                    transaction_hash || ' '
                    || coalesce(cast(block_number as varchar), 'none')
            when transaction_hash is not null then transaction_hash
            when block_number is not null and tier = 1
                then
                    cast(block_number as varchar) || ' '
                    || coalesce(cast(transaction_index as varchar), 'none')
            when block_number is not null then cast(block_number as varchar)
            else 'at ' || coalesce(cast(block_timestamp as varchar), 'no time')
        end as key_place,
        -- A root call is its transaction, and a transaction pays one fee.
        case
            when tier = 1 and position_basis = 'transaction' then 0
            when tier = 1 and kind in ('native', 'fee') and position_basis = 'trace'
                then 0
            when tier = 1 then position
        end as key_index
    from tiered

)

select
    source,
    batch,
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
    is_fungible,
    raw_sha256,
    record_id,

    tier,
    key_class,
    key_place,
    key_index,
    -- Short enough to look for what comes twice among all rows there are: a prefix can
    -- only find too many.
    substr(key_place, 1, 18) as place_start
from placed
