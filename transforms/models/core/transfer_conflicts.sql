-- One row per staged transfer that contradicts another, with what stands instead.
with

transfer_verdicts as (

    select * from work.transfer_verdicts

)

select
    case
        when verdict = 'kept' then 'position' else verdict
    end as conflict,
    chain,
    asset,
    block_number,
    block_hash,
    transaction_hash,
    position,
    position_basis,
    kind,
    from_address,
    to_address,

    value,
    case when verdict = 'content' then kept_value end as kept_value,

    source,
    raw_sha256,
    record_id,
    case when verdict = 'content' then kept_sha256 end as kept_sha256,
    case when verdict = 'content' then kept_record end as kept_record_id
from transfer_verdicts
where
    verdict in ('content', 'reorg')
    or (verdict = 'kept' and is_position_shared)
