-- One row per staged transfer that others may repeat, with what becomes of it.
--
-- verdict  kept: it stands in core.transfers
--          repeated: another row says the same, as exactly or more so
--          content: another row of its index says something else, and stands
--          reorg: its block gave way to another of the same number
--
-- Never by (transaction, from, to, value): a transaction may pay the same sum to the
-- same address twice. Alike movements are numbered within their transaction, and of
-- several exports each number counts once: the longest decides how many there are.
with

rival_transfers as (

    select * from work.rival_transfers

),

turns as (

    select
        *,
        case
            when is_exact is false and is_status_known is true then 2
            when is_exact is false then 3
            when is_status_known is true then 0
            else 1
        end as exactness,
        -- A row without a value, such as an input nobody looked up, tells nothing.
        case
            when value is null then null
            when is_status_known is true and is_effective then 1
            when is_status_known is true then 0
        end as known_status,
        row_number() over (
            partition by
                chain, place, key_class, asset, tier, content, key_file, position
            order by record_id
        ) as turn,
        -- A vendor's column that counts two different movements as one tells nothing.
        tier = 3
        and min(content) over (
            partition by chain, place, key_class, asset, tier, position
        ) <> max(content) over (
            partition by chain, place, key_class, asset, tier, position
        ) as is_position_shared
    from rival_transfers
    where not is_orphaned

),

-- A column that a mapping declares as the index says which lines are the same one,
-- unless it stands for several movements of a transaction itself.
told as (

    select
        *,
        case
            when position_basis = 'index' and not is_position_shared then 1
            else turn
        end as told_turn
    from turns

),

-- Rows of one index, or of one turn at the vendor's: the most exact comes first.
indexed as (

    select
        *,
        row_number() over by_exactness as index_rank,
        min(known_status) over same_index as index_status,
        first_value(known_status) over by_exactness as index_known_status,
        first_value(value) over by_exactness as index_value,
        first_value(rounded_value) over by_exactness as index_rounded,
        first_value(is_exact) over by_exactness as index_is_exact,
        first_value(from_address) over by_exactness as index_from,
        first_value(to_address) over by_exactness as index_to,
        first_value(block_number) over by_exactness as index_block,
        first_value(raw_sha256) over by_exactness as index_sha256,
        first_value(record_id) over by_exactness as index_record
    from told
    window
        same_index as (
            partition by
                chain, place, key_class, asset, tier,
                case when tier = 1 then key_index else position end,
                case when tier = 1 then '' else content end,
                case when tier < 3 then 0 else told_turn end,
                case when tier = 2 then raw_sha256 when tier > 3 then key_file end
        ),
        by_exactness as (
            partition by
                chain, place, key_class, asset, tier,
                case when tier = 1 then key_index else position end,
                case when tier = 1 then '' else content end,
                case when tier < 3 then 0 else told_turn end,
                case when tier = 2 then raw_sha256 when tier > 3 then key_file end
            order by
                exactness asc,
                case when block_hash is null then 1 else 0 end asc,
                case when to_address is null then 1 else 0 end asc,
                case when from_address is null then 1 else 0 end asc,
                case when transaction_index is null then 1 else 0 end asc,
                case when block_timestamp is null then 1 else 0 end asc,
                case when position_basis = 'transaction' then 0 else 1 end asc,
                coalesce(block_number, -1) desc,
                content asc, source asc, raw_sha256 asc, record_id asc
        )

),

-- Alike movements, numbered within each way of telling them apart. Rows without any
-- index add up from file to file: no file is published that repeats another's.
numbered as (

    select
        *,
        row_number() over (
            partition by
                chain, place, key_class, asset, content, tier,
                case when tier = 2 then raw_sha256 when tier = 4 then key_file end,
                case when index_rank = 1 then 0 else 1 end
            order by
                coalesce(position, -1), told_turn, raw_sha256, record_id
        ) as alike_number
    from indexed

),

ranked as (

    select
        *,
        row_number() over by_tier as number_rank,
        min(index_status) over same_number as number_status,
        first_value(raw_sha256) over by_tier as number_sha256,
        first_value(record_id) over by_tier as number_record
    from numbered
    window
        same_number as (
            partition by
                chain, place, key_class, asset, content, alike_number,
                case when index_rank = 1 then 0 else 1 end
        ),
        by_tier as (
            partition by
                chain, place, key_class, asset, content, alike_number,
                case when index_rank = 1 then 0 else 1 end
            order by
                tier asc, exactness asc,
                case when block_hash is null then 1 else 0 end asc,
                case when transaction_index is null then 1 else 0 end asc,
                case when block_timestamp is null then 1 else 0 end asc,
                coalesce(position, -1) asc,
                source asc, raw_sha256 asc, record_id asc
        )

),

verdicts as (

    select
        *,
        case
            when index_rank = 1 and number_rank = 1 then 'kept'
            when index_rank = 1 then 'repeated'
            when
                block_number <> index_block
                or from_address <> index_from
                or to_address <> index_to
                or known_status <> index_known_status
                or rounded_value <> index_rounded
                or (
                    value <> index_value
                    and is_exact is not false
                    and index_is_exact is not false
                )
                then 'content'
            else 'repeated'
        end as verdict
    from ranked

),

judged as (

    select
        *,
        case when index_rank > 1 then index_sha256 else number_sha256 end
            as kept_sha256,
        case when index_rank > 1 then index_record else number_record end
            as kept_record,
        case when index_rank > 1 then index_value else value end as kept_value
    from verdicts

),

orphaned as (

    select
        *,
        'reorg' as verdict
    from rival_transfers
    where is_orphaned

),

together as (

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
        -- Whoever knows that it failed is believed, however exact the others are.
        case
            when number_status is null then is_effective else number_status = 1
        end as is_effective,
        number_status is not null or is_status_known as is_status_known,
        is_exact,
        is_fungible,
        raw_sha256,
        record_id,
        verdict,
        is_position_shared,
        kept_sha256,
        kept_record,
        kept_value
    from judged
    union all
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
        verdict,
        false as is_position_shared,
        cast(null as varchar) as kept_sha256,
        cast(null as varchar) as kept_record,
        cast(null as varchar) as kept_value
    from orphaned

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

    verdict,
    is_position_shared,
    kept_sha256,
    kept_record,
    kept_value
from together
