-- One row per block, from the facts that the files of the export told of it.
with

headed as (

    select
        number,
        count(distinct hash) as block_hashes,
        case when count(distinct hash) = 1 then min(hash) end as block_hash,
        case when min(time) = max(time) then min(time) end as block_timestamp,
        max(described) = 1 as is_described,
        min(range_from) as range_from,
        max(range_to) as range_to,
        max(stated) as transactions_stated
    from books.heads
    group by number

),

-- A file that was given twice tells everything twice.
told as (

    select
        number,
        index,
        mark,
        max(case when what = 1 then 1 else 0 end) as is_transaction,
        max(case when what = 2 then 1 else 0 end) as is_receipt,
        max(case when what = 3 then fee end) as fee,
        case
            when
                min(case when what = 2 then fee end)
                = max(case when what = 2 then fee end)
                and count(case when what = 2 then fee end)
                = count(case when what = 2 then 1 end)
                then min(case when what = 2 then fee end)
        end as fee_of_receipt
    from books.places
    group by number, index, mark

),

of_transactions as (

    select
        number,
        sum(is_transaction) as transactions,
        max(case when is_transaction = 1 then index end) as last_transaction_index,
        sum(is_receipt) as transaction_receipts,
        sum(is_transaction * is_receipt) as receipts_used,
        coalesce(sum(fee), 0) as fees,
        case
            when count(fee_of_receipt) = sum(is_receipt)
                then coalesce(sum(fee_of_receipt), 0)
        end as fees_of_receipts,
        -- Fees below 10^30 sum up to at most 38 digits, beyond which sums wrap.
        coalesce(max(greatest(fee, fee_of_receipt)), 0)
        < cast('1000000000000000000000000000000' as decimal(38, 0)) as is_exact
    from told
    group by number

),

distinct_logs as (

    select
        number,
        log_index,
        max(is_transfer) as is_transfer
    from books.logs
    group by number, log_index

),

distinct_tokens as (

    select distinct
        number,
        log_index
    from books.tokens

),

of_logs as (

    select
        found.number,
        count(*) as logs,
        max(found.log_index) as last_log_index,
        case
            when count(found.is_transfer) = count(*)
                then cast(sum(found.is_transfer) as bigint)
        end as transfer_logs,
        count(*) filter (
            where found.is_transfer = 1 and staged.number is not null
        ) as transfer_logs_staged
    from distinct_logs as found
    left join distinct_tokens as staged
        on found.number = staged.number and found.log_index = staged.log_index
    group by found.number

),

of_tokens as (

    select
        number,
        count(*) as token_transfers
    from distinct_tokens
    group by number

),

numbers as (

    select number from headed
    union
    select number from of_transactions
    union
    select number from of_logs
    union
    select number from of_tokens

)

select
    numbers.number as block_number,
    headed.block_timestamp,
    headed.block_hash,
    coalesce(headed.block_hashes, 0) as block_hashes,
    coalesce(headed.is_described, false) as is_described,
    headed.range_from,
    headed.range_to,
    headed.transactions_stated,
    cast(coalesce(of_transactions.transactions, 0) as bigint) as transactions,
    of_transactions.last_transaction_index,
    cast(coalesce(of_transactions.transaction_receipts, 0) as bigint)
        as transaction_receipts,
    cast(coalesce(of_transactions.receipts_used, 0) as bigint) as receipts_used,
    case
        when of_transactions.number is null then '0'
        when of_transactions.is_exact then cast(of_transactions.fees as varchar)
    end as fees,
    case
        when of_transactions.number is null then '0'
        when of_transactions.is_exact
            then cast(of_transactions.fees_of_receipts as varchar)
    end as fees_of_receipts,
    coalesce(of_logs.logs, 0) as logs,
    of_logs.last_log_index,
    case
        when of_logs.number is null then 0 else of_logs.transfer_logs
    end as transfer_logs,
    coalesce(of_logs.transfer_logs_staged, 0) as transfer_logs_staged,
    coalesce(of_tokens.token_transfers, 0) as token_transfers
from numbers
left join headed on numbers.number = headed.number
left join of_transactions on numbers.number = of_transactions.number
left join of_logs on numbers.number = of_logs.number
left join of_tokens on numbers.number = of_tokens.number
order by numbers.number
