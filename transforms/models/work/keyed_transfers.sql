-- A view: one row per staged transfer, with what makes it one.
--
-- key_place   the transaction; else the place in the block, the block, or the time
-- key_class   what is counted apart within it: logs, calls, inputs, outputs, …
-- key_index   the index of the movement where the export gives the chain's own
-- tier        how well the export tells several alike movements apart:
--             1 by the chain's index, 2 by the order of calls and of what a block pays,
--             which depends on what else was exported (work.rival_transfers makes it 1
--             where their addresses tell calls apart), 3 by a column of the vendor's,
--             4 by the turn in its file, 5 by the file's row alone
with

staged_transfers as (

    select * from staged.transfers

),

tiered as (

    select
        *,
        case
            when position_basis in ('row', 'part') then 5
            when position_basis in ('index', 'column') then 3
            when position_basis = 'trace' and kind not in ('native', 'fee') then 2
            when position_basis in ('trace', 'transaction') then 1
            when position_basis = 'file' or position is null then 4
            else 1
        end as tier,
        case
            when position_basis in ('input', 'output') then 'utxo ' || position_basis
            when position_basis = 'trace' then kind
            when kind in ('token', 'mint', 'burn') then 'log'
            else kind
        end as key_class
    from staged_transfers

),

placed as (

    select
        *,
        case
            -- Two early coinbase transactions have the hash of another.
            when
                transaction_hash is not null
                and position_basis in ('input', 'output')
                then
                    transaction_hash || ' '
                    || coalesce(cast(block_number as varchar), 'none')
            when transaction_hash is not null then transaction_hash
            when block_number is not null and transaction_index is not null
                then
                    cast(block_number as varchar) || ' '
                    || cast(transaction_index as varchar)
            when block_number is not null then cast(block_number as varchar)
            else 'at ' || coalesce(cast(block_timestamp as varchar), 'no time')
        end as key_place,
        -- A root call is its transaction, and a transaction pays one fee.
        case
            when position_basis in ('trace', 'transaction') then 0
            else position
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
    trace_address,
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
