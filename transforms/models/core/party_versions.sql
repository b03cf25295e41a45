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

party_rows as (

    select * from work.party_rows

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
        party_rows.previous_date
    from designations
    inner join party_rows
        on
            designations.source = party_rows.source
            and designations.party_id = party_rows.party_id
            and designations.snapshot_date = party_rows.snapshot_date
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
        later.remarks as remarks_after,
        least(length(earlier.remarks), length(later.remarks)) as shared_length
    from versions as later
    inner join versions as earlier
        on
            later.source = earlier.source
            and later.party_id = earlier.party_id
            and later.previous_date = earlier.snapshot_date

),

places as (

    select
        named.place,
        named.field
    from (
        values
        (1, 'name'),
        (2, 'type'),
        (3, 'programmes'),
        (4, 'title'),
        (5, 'listed on'),
        (6, 'vessel'),
        (7, 'aliases'),
        (8, 'weak aliases'),
        (9, 'remarks')
    ) as named (place, field)

),

-- What one form of a list does not carry has not changed when the next snapshot comes
-- in another: there only two values that differ tell of a change. Each form describes
-- ships and writes remarks in its own way.
fields as (

    select
        pairs.source,
        pairs.party_id,
        pairs.snapshot_date,
        places.place,
        places.field,
        case places.field
            when 'name' then pairs.name_before
            when 'type' then pairs.entity_type_before
            when 'programmes' then pairs.programs_before
            when 'title' then pairs.title_before
            when 'listed on' then pairs.listed_on_text_before
            when 'vessel' then pairs.vessel_before
            when 'aliases' then pairs.strong_names_before
            when 'weak aliases' then pairs.weak_names_before
            when 'remarks' then pairs.remarks_before
        end as before_value,
        case places.field
            when 'name' then pairs.name_after
            when 'type' then pairs.entity_type_after
            when 'programmes' then pairs.programs_after
            when 'title' then pairs.title_after
            when 'listed on' then pairs.listed_on_text_after
            when 'vessel' then pairs.vessel_after
            when 'aliases' then pairs.strong_names_after
            when 'weak aliases' then pairs.weak_names_after
            when 'remarks' then pairs.remarks_after
        end as after_value,
        pairs.is_same_form
    from pairs
    cross join places
    where
        case places.field
            when 'vessel' then pairs.is_same_form
            when 'aliases' then pairs.has_aliases
            when 'weak aliases' then pairs.has_whole_remarks
            when 'remarks'
                then
                    pairs.is_same_form
                    and (
                        pairs.has_whole_remarks
                        -- As far as both go: the rest of one was not published with it.
                        or left(pairs.remarks_before, pairs.shared_length)
                        <> left(pairs.remarks_after, pairs.shared_length)
                    )
            else true
        end

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
