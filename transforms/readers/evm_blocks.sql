-- One row per block, from the facts that the files of the export told of it.
with

headed as (

    select
        number,
        count(distinct mark) as block_hashes,
        case when count(distinct mark) = 1 then min(hash) end as block_hash,
        case when min(time) = max(time) then min(time) end as block_timestamp,
        max(described) = 1 as is_described,
        min(range_from) as range_from,
        max(range_to) as range_to,
        max(stated) as transactions_stated
    from books.heads
    group by number

),

-- A file that was given twice tells everything twice.
distinct_transactions as (

    select distinct
        number,
        index,
        mark
    from books.transactions

),

distinct_fees as (

    select
        number,
        index,
        mark,
        max(fee) as fee
    from books.fees
    group by number, index, mark

),

distinct_receipts as (

    select
        number,
        index,
        mark,
        case
            when min(fee) = max(fee) and count(fee) = count(*) then min(fee)
        end as fee
    from books.receipts
    group by number, index, mark

),

of_transactions as (

    select
        found.number,
        count(*) as transactions,
        max(found.index) as last_transaction_index,
        count(told.number) as receipts_used
    from distinct_transactions as found
    left join distinct_receipts as told
        on
            found.number = told.number
            and found.index = told.index
            and found.mark = told.mark
    group by found.number

),

of_fees as (

    select
        number,
        cast(sum(cast(fee as bignum)) as varchar) as fees
    from distinct_fees
    group by number

),

of_receipts as (

    select
        number,
        count(*) as transaction_receipts,
        case
            when count(fee) = count(*) then cast(sum(cast(fee as bignum)) as varchar)
        end as fees_of_receipts
    from distinct_receipts
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
    select number from of_receipts
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
    coalesce(of_transactions.transactions, 0) as transactions,
    of_transactions.last_transaction_index,
    coalesce(of_receipts.transaction_receipts, 0) as transaction_receipts,
    coalesce(of_transactions.receipts_used, 0) as receipts_used,
    coalesce(of_fees.fees, '0') as fees,
    case
        when of_receipts.number is null then '0' else of_receipts.fees_of_receipts
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
left join of_fees on numbers.number = of_fees.number
left join of_receipts on numbers.number = of_receipts.number
left join of_logs on numbers.number = of_logs.number
left join of_tokens on numbers.number = of_tokens.number
order by numbers.number
