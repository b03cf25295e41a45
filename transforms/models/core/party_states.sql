-- One row per party and run of snapshots that state the same name, type and programmes.
with

entity_parties as (

    select * from core.entity_parties

),

party_rows as (

    select * from work.party_rows

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
        ) as previous_programs
    from party_rows

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
                    and previous_date is not null
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
