-- One row per distinct name of an entity.
with

designation_names as (

    select * from staged.designation_names

),

entity_parties as (

    select * from core.entity_parties

),

names as (

    select
        entity_parties.entity_id,
        designation_names.source,
        designation_names.snapshot_date,
        designation_names.name,
        designation_names.name_type,
        designation_names.script,
        designation_names.language,
        case when designation_names.is_weak then 1 else 0 end as weak_flag,
        row_number() over (
            partition by entity_parties.entity_id, designation_names.name
            order by
                case designation_names.name_type
                    when 'primary' then 0
                    when 'aka' then 1
                    when 'nka' then 2
                    when 'fka' then 3
                    else 4
                end,
                designation_names.is_weak asc, designation_names.snapshot_date desc,
                designation_names.source asc, designation_names.record_id asc
        ) as strength
    from designation_names
    inner join entity_parties
        on
            designation_names.source = entity_parties.source
            and designation_names.party_id = entity_parties.party_id

),

name_lists as (

    select
        entity_id,
        name,
        string_agg(distinct source, '; ' order by source) as sources,
        min(weak_flag) as weak_flag,
        min(snapshot_date) as first_seen,
        max(snapshot_date) as last_seen
    from names
    group by entity_id, name

)

select
    names.entity_id,
    names.name,

    names.name_type,
    -- Weak only where every list that gives the name calls it weak.
    name_lists.weak_flag = 1 as is_weak,
    names.script,
    names.language,

    name_lists.sources,
    name_lists.first_seen,
    name_lists.last_seen
from names
inner join name_lists
    on
        names.entity_id = name_lists.entity_id
        and names.name = name_lists.name
where names.strength = 1
