-- One row per accepted snapshot of a list.
with

designations as (

    select * from staged.designations

),

days as (

    select
        source,
        snapshot_date,
        max(raw_sha256) as raw_sha256,
        count(*) as parties
    from designations
    group by source, snapshot_date

)

select
    source,
    snapshot_date,
    raw_sha256,

    parties,

    lag(snapshot_date)
        over (partition by source order by snapshot_date)
        as previous_date,
    lead(snapshot_date) over (partition by source order by snapshot_date) as next_date
from days
