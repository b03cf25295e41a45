-- One row per party and run of snapshots that state the same name, type and programmes.
with

designations as (

    select * from staged.designations

),

entity_parties as (

    select * from core.entity_parties

),

snapshots as (

    select
        source,
        snapshot_date,
        row_number()
            over (partition by source order by snapshot_date)
            as snapshot_number
    from core.list_snapshots

),

-- Consecutive snapshots that state the same share an island number.
sightings as (

    select
        designations.source,
        designations.party_id,
        designations.name,
        designations.entity_type,
        designations.programs,
        designations.snapshot_date,
        snapshots.snapshot_number - row_number() over (
            partition by
                designations.source, designations.party_id, designations.name,
                designations.entity_type, designations.programs
            order by designations.snapshot_date
        ) as island
    from designations
    inner join snapshots
        on
            designations.source = snapshots.source
            and designations.snapshot_date = snapshots.snapshot_date

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
