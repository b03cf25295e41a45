-- One row per party and snapshot in which its record differs from the snapshot before.
with

designations as (

    select * from staged.designations

),

designation_names as (

    select * from staged.designation_names

),

entity_parties as (

    select * from core.entity_parties

),

list_snapshots as (

    select * from core.list_snapshots

),

aliases as (

    select
        source,
        snapshot_date,
        party_id,
        string_agg(
            name || ' (' || name_type || case when is_weak then ', weak)' else ')' end,
            '; ' order by name, name_type
        ) as names
    from designation_names
    where name_type <> 'primary'
    group by source, snapshot_date, party_id

),

versions as (

    select
        designations.*,
        aliases.names,
        list_snapshots.previous_date
    from designations
    inner join list_snapshots
        on
            designations.source = list_snapshots.source
            and designations.snapshot_date = list_snapshots.snapshot_date
    left join aliases
        on
            designations.source = aliases.source
            and designations.snapshot_date = aliases.snapshot_date
            and designations.party_id = aliases.party_id

),

compared as (

    select
        later.source,
        later.snapshot_date,
        later.previous_date,
        later.party_id,
        later.name,
        later.raw_sha256,
        later.record_id,
        case
            when earlier.name is distinct from later.name
                then 'name: ' || earlier.name || ' → ' || later.name || '; '
            else ''
        end
        || case
            when earlier.entity_type is distinct from later.entity_type
                then 'type: ' || earlier.entity_type || ' → ' || later.entity_type || '; '
            else ''
        end
        || case
            when earlier.programs is distinct from later.programs
                then
                    'programmes: ' || coalesce(earlier.programs, 'none') || ' → '
                    || coalesce(later.programs, 'none') || '; '
            else ''
        end
        || case
            when earlier.title is distinct from later.title
                then
                    'title: ' || coalesce(earlier.title, 'none') || ' → '
                    || coalesce(later.title, 'none') || '; '
            else ''
        end
        || case
            when earlier.listed_on is distinct from later.listed_on
                then
                    'listed on: ' || coalesce(cast(earlier.listed_on as varchar), 'none')
                    || ' → ' || coalesce(cast(later.listed_on as varchar), 'none') || '; '
            else ''
        end
        || case
            when
                earlier.call_sign is distinct from later.call_sign
                or earlier.vessel_type is distinct from later.vessel_type
                or earlier.vessel_flag is distinct from later.vessel_flag
                or earlier.vessel_owner is distinct from later.vessel_owner
                or earlier.tonnage is distinct from later.tonnage
                or earlier.gross_tonnage is distinct from later.gross_tonnage
                then
                    'vessel: '
                    || coalesce(earlier.call_sign, '') || ' '
                    || coalesce(earlier.vessel_type, '') || ' '
                    || coalesce(earlier.vessel_flag, '') || ' '
                    || coalesce(earlier.vessel_owner, '') || ' → '
                    || coalesce(later.call_sign, '') || ' '
                    || coalesce(later.vessel_type, '') || ' '
                    || coalesce(later.vessel_flag, '') || ' '
                    || coalesce(later.vessel_owner, '') || '; '
            else ''
        end
        || case
            when earlier.names is distinct from later.names
                then
                    'aliases: ' || coalesce(earlier.names, 'none') || ' → '
                    || coalesce(later.names, 'none') || '; '
            else ''
        end
        || case
            when earlier.remarks is distinct from later.remarks
                then
                    'remarks: ' || coalesce(earlier.remarks, 'none') || ' → '
                    || coalesce(later.remarks, 'none') || '; '
            else ''
        end as differences
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date

)

select
    entity_parties.entity_id,
    compared.source,
    compared.party_id,
    compared.snapshot_date,

    compared.name,
    rtrim(compared.differences, '; ') as detail,

    compared.previous_date,

    compared.raw_sha256,
    compared.record_id
from compared
inner join entity_parties
    on
        compared.source = entity_parties.source
        and compared.party_id = entity_parties.party_id
where compared.differences <> ''
