-- One row per place in a chain where staged transfers may repeat or contradict others.
--
-- Nearly all rows come once and are told apart by an index of the chain: they need no
-- ranking. Places are known by their beginning, which can only find too many.
with

keyed as (

    select * from work.keyed_transfers

),

blocks as (

    select * from work.chain_blocks

),

repeated as (

    select
        chain,
        place_start
    from keyed
    where tier = 1
    group by chain, place_start, key_class, key_index
    having count(*) > 1

),

repeated_calls as (

    select
        chain,
        place_start
    from keyed
    where tier = 2
    group by chain, place_start, key_class
    having
        min(raw_sha256) <> max(raw_sha256)
        or count(distinct position) < count(*)

),

-- What an export without hashes places in a block may be in another under its hash.
nameless as (

    select distinct
        chain,
        block_number,
        transaction_index
    from keyed
    where transaction_hash is null and transaction_index is not null

),

named as (

    select
        keyed.chain,
        keyed.place_start
    from keyed
    inner join nameless
        on
            keyed.chain = nameless.chain
            and keyed.block_number = nameless.block_number
            and keyed.transaction_index = nameless.transaction_index

),

reorganised as (

    select
        keyed.chain,
        keyed.place_start
    from keyed
    inner join blocks
        on
            keyed.chain = blocks.chain
            and keyed.block_number = blocks.block_number
    where blocks.has_rivals

),

places as (

    select * from repeated
    union
    select * from repeated_calls
    union
    select
        chain,
        place_start
    from keyed
    where tier > 2
    union
    select * from named
    union
    select * from reorganised

)

select
    chain,
    place_start
from places
