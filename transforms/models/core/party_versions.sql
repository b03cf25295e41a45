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
            '; ' order by name, name_type, is_weak
        ) as names
    from designation_names
    where name_type <> 'primary'
    group by source, snapshot_date, party_id

),

versions as (

    select
        designations.source,
        designations.snapshot_date,
        designations.party_id,
        designations.name,
        designations.entity_type,
        designations.programs,
        designations.title,
        cast(designations.listed_on as varchar) as listed_on_text,
        nullif(
            concat_ws(
                ', ',
                'call sign ' || designations.call_sign,
                'type ' || designations.vessel_type,
                'flag ' || designations.vessel_flag,
                'owner ' || designations.vessel_owner,
                'tonnage ' || designations.tonnage,
                'gross tonnage ' || designations.gross_tonnage
            ),
            ''
        ) as vessel,
        aliases.names,
        designations.remarks,
        designations.raw_sha256,
        designations.record_id,
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

fields as (

    select
        later.source,
        later.party_id,
        later.snapshot_date,
        1 as place,
        'name' as field,
        earlier.name as before_value,
        later.name as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.name, '') <> coalesce(later.name, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        2 as place,
        'type' as field,
        earlier.entity_type as before_value,
        later.entity_type as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.entity_type, '') <> coalesce(later.entity_type, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        3 as place,
        'programmes' as field,
        earlier.programs as before_value,
        later.programs as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.programs, '') <> coalesce(later.programs, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        4 as place,
        'title' as field,
        earlier.title as before_value,
        later.title as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.title, '') <> coalesce(later.title, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        5 as place,
        'listed on' as field,
        earlier.listed_on_text as before_value,
        later.listed_on_text as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.listed_on_text, '') <> coalesce(later.listed_on_text, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        6 as place,
        'vessel' as field,
        earlier.vessel as before_value,
        later.vessel as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.vessel, '') <> coalesce(later.vessel, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        7 as place,
        'aliases' as field,
        earlier.names as before_value,
        later.names as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.names, '') <> coalesce(later.names, '')
    union all
    select
        later.source,
        later.party_id,
        later.snapshot_date,
        8 as place,
        'remarks' as field,
        earlier.remarks as before_value,
        later.remarks as after_value
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date
    where coalesce(earlier.remarks, '') <> coalesce(later.remarks, '')

),

differences as (

    select
        source,
        party_id,
        snapshot_date,
        string_agg(
            field || ': ' || coalesce(before_value, 'none')
            || ' → ' || coalesce(after_value, 'none'),
            '; ' order by place
        ) as detail
    from fields
    group by source, party_id, snapshot_date

)

select
    entity_parties.entity_id,
    differences.source,
    differences.party_id,
    differences.snapshot_date,

    versions.name,
    differences.detail,

    versions.previous_date,

    versions.raw_sha256,
    versions.record_id
from differences
inner join versions
    on
        differences.source = versions.source
        and differences.party_id = versions.party_id
        and differences.snapshot_date = versions.snapshot_date
inner join entity_parties
    on
        differences.source = entity_parties.source
        and differences.party_id = entity_parties.party_id
