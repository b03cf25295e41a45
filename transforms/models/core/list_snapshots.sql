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
        -- A part of the list: who is not in it may be listed all the same.
        min(case when is_list_complete = false then 0 else 1 end) as complete_flag,
        count(*) as parties
    from designations
    group by source, snapshot_date

)

select
    source,
    snapshot_date,
    raw_sha256,

    complete_flag = 1 as is_list_complete,
    parties,

    lag(snapshot_date)
        over (partition by source order by snapshot_date)
        as previous_date,
    lead(snapshot_date) over (partition by source order by snapshot_date) as next_date,
    max(case when complete_flag = 1 then snapshot_date end) over (
        partition by source
        order by snapshot_date
        rows between unbounded preceding and 1 preceding
    ) as previous_complete_date,
    min(case when complete_flag = 1 then snapshot_date end) over (
        partition by source
        order by snapshot_date
        rows between 1 following and unbounded following
    ) as next_complete_date,
    sum(complete_flag) over (
        partition by source
        order by snapshot_date
        rows between unbounded preceding and current row
    ) as complete_snapshots
from days
