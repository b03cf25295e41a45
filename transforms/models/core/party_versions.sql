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
        is_weak,
        string_agg(
            name || ' (' || name_type || case when is_weak then ', weak)' else ')' end,
            '; ' order by name, name_type
        ) as names
    from designation_names
    where name_type <> 'primary'
    group by source, snapshot_date, party_id, is_weak

),

-- A party's rows in order, and the row before where nothing between them says that it
-- was off the list: no complete snapshot without it.
sightings as (

    select
        designations.source,
        designations.party_id,
        designations.snapshot_date,
        list_snapshots.complete_snapshots,
        case when list_snapshots.is_list_complete then 1 else 0 end as complete_flag,
        lag(designations.snapshot_date) over (
            partition by designations.source, designations.party_id
            order by designations.snapshot_date
        ) as previous_row_date,
        lag(list_snapshots.complete_snapshots) over (
            partition by designations.source, designations.party_id
            order by designations.snapshot_date
        ) as previous_complete_snapshots
    from designations
    inner join list_snapshots
        on
            designations.source = list_snapshots.source
            and designations.snapshot_date = list_snapshots.snapshot_date

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
        strong_aliases.names as strong_names,
        weak_aliases.names as weak_names,
        designations.remarks,
        designations.published_form,
        -- Remarks are cut where the wallets they state are not all there.
        coalesce(designations.is_wallet_set_complete, true) as has_whole_remarks,
        coalesce(designations.is_alias_set_complete, true) as has_aliases,
        designations.raw_sha256,
        designations.record_id,
        case
            when
                sightings.complete_snapshots - sightings.complete_flag
                = sightings.previous_complete_snapshots
                then sightings.previous_row_date
        end as previous_date
    from designations
    inner join sightings
        on
            designations.source = sightings.source
            and designations.party_id = sightings.party_id
            and designations.snapshot_date = sightings.snapshot_date
    left join aliases as strong_aliases
        on
            designations.source = strong_aliases.source
            and designations.snapshot_date = strong_aliases.snapshot_date
            and designations.party_id = strong_aliases.party_id
            and strong_aliases.is_weak = false
    left join aliases as weak_aliases
        on
            designations.source = weak_aliases.source
            and designations.snapshot_date = weak_aliases.snapshot_date
            and designations.party_id = weak_aliases.party_id
            and weak_aliases.is_weak = true

),

pairs as (

    select
        later.source,
        later.party_id,
        later.snapshot_date,
        coalesce(earlier.published_form, '') = coalesce(later.published_form, '')
            as is_same_form,
        earlier.has_aliases and later.has_aliases as has_aliases,
        earlier.has_whole_remarks and later.has_whole_remarks as has_whole_remarks,
        earlier.name as name_before,
        later.name as name_after,
        earlier.entity_type as entity_type_before,
        later.entity_type as entity_type_after,
        earlier.programs as programs_before,
        later.programs as programs_after,
        earlier.title as title_before,
        later.title as title_after,
        earlier.listed_on_text as listed_on_text_before,
        later.listed_on_text as listed_on_text_after,
        earlier.vessel as vessel_before,
        later.vessel as vessel_after,
        earlier.strong_names as strong_names_before,
        later.strong_names as strong_names_after,
        earlier.weak_names as weak_names_before,
        later.weak_names as weak_names_after,
        earlier.remarks as remarks_before,
        later.remarks as remarks_after
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date

),

-- What one form of a list does not carry has not changed when the next snapshot comes
-- in another: there only two values that differ tell of a change. Each form describes
-- ships and writes remarks in its own way.
fields as (

    select
        source,
        party_id,
        snapshot_date,
        1 as place,
        'name' as field,
        name_before as before_value,
        name_after as after_value,
        is_same_form
    from pairs
    union all
    select
        source,
        party_id,
        snapshot_date,
        2 as place,
        'type' as field,
        entity_type_before as before_value,
        entity_type_after as after_value,
        is_same_form
    from pairs
    union all
    select
        source,
        party_id,
        snapshot_date,
        3 as place,
        'programmes' as field,
        programs_before as before_value,
        programs_after as after_value,
        is_same_form
    from pairs
    union all
    select
        source,
        party_id,
        snapshot_date,
        4 as place,
        'title' as field,
        title_before as before_value,
        title_after as after_value,
        is_same_form
    from pairs
    union all
    select
        source,
        party_id,
        snapshot_date,
        5 as place,
        'listed on' as field,
        listed_on_text_before as before_value,
        listed_on_text_after as after_value,
        is_same_form
    from pairs
    union all
    select
        source,
        party_id,
        snapshot_date,
        6 as place,
        'vessel' as field,
        vessel_before as before_value,
        vessel_after as after_value,
        is_same_form
    from pairs
    where is_same_form
    union all
    select
        source,
        party_id,
        snapshot_date,
        7 as place,
        'aliases' as field,
        strong_names_before as before_value,
        strong_names_after as after_value,
        is_same_form
    from pairs
    where has_aliases
    union all
    select
        source,
        party_id,
        snapshot_date,
        8 as place,
        'weak aliases' as field,
        weak_names_before as before_value,
        weak_names_after as after_value,
        is_same_form
    from pairs
    where has_whole_remarks
    union all
    select
        source,
        party_id,
        snapshot_date,
        9 as place,
        'remarks' as field,
        remarks_before as before_value,
        remarks_after as after_value,
        is_same_form
    from pairs
    where
        is_same_form
        and (
            has_whole_remarks
            -- As far as both of them go: the rest of one was not published with it.
            or left(
                remarks_before, least(length(remarks_before), length(remarks_after))
            )
            <> left(
                remarks_after, least(length(remarks_before), length(remarks_after))
            )
        )

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
    where
        coalesce(before_value, '') <> coalesce(after_value, '')
        -- An address may be written in other letters; another one is a wallet's change.
        and (
            field <> 'remarks'
            or lower(coalesce(before_value, '')) <> lower(coalesce(after_value, ''))
        )
        and (
            is_same_form
            or (before_value is not null and after_value is not null)
        )
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
