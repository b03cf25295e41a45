-- One row per party and run of snapshots that state the same name, type and programmes.
with

designations as (

    select * from staged.designations

),

entity_parties as (

    select * from core.entity_parties

),

snapshots as (

    select * from core.list_snapshots

),

statements as (

    select
        designations.source,
        designations.party_id,
        designations.name,
        designations.entity_type,
        designations.programs,
        designations.snapshot_date,
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
        lag(name) over (
            partition by source, party_id order by snapshot_date
        ) as previous_name,
        lag(entity_type) over (
            partition by source, party_id order by snapshot_date
        ) as previous_type,
        lag(programs) over (
            partition by source, party_id order by snapshot_date
        ) as previous_programs,
        lag(complete_snapshots) over (
            partition by source, party_id order by snapshot_date
        ) as previous_complete_snapshots
    from statements

),

-- Rows that state the same share an island number, unless a complete snapshot between
-- them lacks the party.
sightings as (

    select
        *,
        sum(
            case
                when
                    name = previous_name
                    and entity_type = previous_type
                    and coalesce(programs, '') = coalesce(previous_programs, '')
                    and complete_snapshots - complete_flag = previous_complete_snapshots
                    then 0
                else 1
            end
        ) over (
            partition by source, party_id
            order by snapshot_date
            rows between unbounded preceding and current row
        ) as island
    from neighbours

),

states as (

    select
        source,
        party_id,
        name,
        entity_type,
        programs,
        island,
        min(snapshot_date) as first_seen,
        max(snapshot_date) as last_seen
    from sightings
    group by source, party_id, name, entity_type, programs, island

)

select
    entity_parties.entity_id,
    states.source,
    states.party_id,

    states.name,
    states.entity_type,
    states.programs,

    states.first_seen,
    states.last_seen
from states
inner join entity_parties
    on
        states.source = entity_parties.source
        and states.party_id = entity_parties.party_id
