-- One row per staged transfer that others may repeat, with its place and its content.
--
-- place         the transaction, also where only another export names it
-- content       sender, receiver and value: what alike movements share
-- is_orphaned   whether its block gave way to another of the same number
with

keyed as (

    select * from work.keyed_transfers

),

rival_places as (

    select * from work.rival_places

),

blocks as (

    select * from work.chain_blocks

),

considered as (

    select
        keyed.*,
        -- The file of a batch, or of an archive, that the record is from.
        keyed.raw_sha256 || ' '
        || regexp_replace(keyed.record_id, '[:# ]?[0-9]+$', '') as key_file,
        coalesce(blocks.has_rivals, false) as has_rival_block,
        blocks.block_hash as standing_hash
    from keyed
    inner join rival_places
        on
            keyed.chain = rival_places.chain
            and keyed.place_start = rival_places.place_start
    left join blocks
        on
            keyed.chain = blocks.chain
            and keyed.block_number = blocks.block_number

),

-- Rows without a block hash go where the rest of their transaction does.
hashed as (

    select
        *,
        case
            when not has_rival_block then false
            when block_hash is not null then block_hash <> standing_hash
            when transaction_hash is null then false
            else
                coalesce(
                    max(
                        case
                            when block_hash = standing_hash then 1
                            when block_hash <> standing_hash then 0
                        end
                    ) over (partition by chain, block_number, transaction_hash), 1
                ) = 0
        end as is_orphaned
    from considered

),

known_hashes as (

    select
        chain,
        block_number,
        transaction_index,
        min(transaction_hash) as transaction_hash
    from hashed
    where
        transaction_hash is not null
        and transaction_index is not null
        and block_number is not null
        and not is_orphaned
    group by chain, block_number, transaction_index
    having count(distinct transaction_hash) = 1

),

named as (

    select
        hashed.*,
        coalesce(hashed.transaction_hash, known_hashes.transaction_hash)
            as named_transaction_hash,
        case
            when hashed.transaction_hash is null
                then coalesce(known_hashes.transaction_hash, hashed.key_place)
            else hashed.key_place
        end as place
    from hashed
    left join known_hashes
        on
            hashed.chain = known_hashes.chain
            and hashed.block_number = known_hashes.block_number
            and hashed.transaction_index = known_hashes.transaction_index

),

-- An exact number and what a double made of it have their first twelve digits in
-- common, once rounded: 13 digits, plus 5, without the last.
heads as (

    select
        *,
        case
            when length(value) > 13 then cast(substr(value, 1, 13) as bigint) + 5
        end as head
    from named

),

rounded as (

    select
        *,
        case
            when head is null then value
            else
                rtrim(cast(head - head % 10 as varchar), '0') || 'e'
                || cast(length(cast(head as varchar)) + length(value) as varchar)
        end as rounded_value,
        min(case when is_exact is false then 0 else 1 end) over (
            partition by chain, place, key_class, asset, from_address, to_address
        ) as exact_flag
    from heads

),

contents as (

    select
        *,
        coalesce(from_address, '') || ' ' || coalesce(to_address, '') || ' '
        || coalesce(case when exact_flag = 0 then rounded_value else value end, '')
            as content
    from rounded

),

addressed as (

    select
        *,
        case
            when tier <> 2 then 0
            when trace_address is null then 1
            when
                min(content) over (
                    partition by chain, place, key_class, asset, trace_address
                ) <> max(content) over (
                    partition by chain, place, key_class, asset, trace_address
                )
                then 1
            else 0
        end as is_unaddressed
    from contents

),

-- Clients may count the calls of a transaction otherwise: then one address stands for
-- two movements. Where none does, and all have one, it tells calls apart, also where a
-- transaction was cut between two files.
called as (

    select
        *,
        tier = 2
        and max(is_unaddressed) over (partition by chain, place, key_class, asset) = 0
            as is_called,
        dense_rank() over (
            partition by chain, place, key_class, asset
            order by trace_address
        ) as call_number
    from addressed

)

select
    source,
    batch,
    chain,
    asset,
    block_number,
    block_timestamp,
    block_hash,
    named_transaction_hash as transaction_hash,
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

    place,
    key_class,
    case when is_called then call_number else key_index end as key_index,
    key_file,
    case when is_called then 1 else tier end as tier,
    rounded_value,
    content,
    is_orphaned
from called
