-- A view: one row per party and list snapshot, with the party's rows around it.
--
-- previous_date  the row before, if no complete snapshot between lacks the party
with

designations as (

    select * from staged.designations

),

snapshots as (

    select * from core.list_snapshots

),

counted as (

    select
        designations.source,
        designations.party_id,
        designations.snapshot_date,
        designations.name,
        designations.entity_type,
        designations.programs,
        designations.delisted_on,
        snapshots.next_complete_date,
        snapshots.complete_snapshots,
        case when snapshots.is_list_complete then 1 else 0 end as complete_flag
    from designations
    inner join snapshots
        on
            designations.source = snapshots.source
            and designations.snapshot_date = snapshots.snapshot_date

),

neighbours as (

    select
        *,
        lag(snapshot_date) over (
            partition by source, party_id order by snapshot_date
        ) as previous_row_date,
        lag(complete_snapshots) over (
            partition by source, party_id order by snapshot_date
        ) as previous_complete_snapshots,
        lead(snapshot_date) over (
            partition by source, party_id order by snapshot_date
        ) as next_row_date
    from counted

)

select
    source,
    party_id,
    snapshot_date,

    name,
    entity_type,
    programs,
    delisted_on,

    case
        when complete_snapshots - complete_flag = previous_complete_snapshots
            then previous_row_date
    end as previous_date,
    next_row_date,
    next_complete_date
from neighbours
