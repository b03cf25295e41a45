-- One row per party, list and listing period.
with

designations as (

    select * from staged.designations

),

entity_parties as (

    select * from core.entity_parties

),

party_periods as (

    select * from work.party_periods

),

-- A published listing day counts for the period it can belong to: a party that returns
-- after an absence with its old day has that day for its first period only, and no
-- period begins before the one before it has ended. An act that names the party bounds
-- the day where the list states none. One form of a list states days that another
-- lacks: the first row of the period that states one tells it.
stated_days as (

    select
        party_periods.source,
        party_periods.party_id,
        party_periods.period,
        designations.snapshot_date as from_seen,
        coalesce(designations.listed_on, designations.listed_by) as published_from,
        case
            when designations.listed_on is null then 'act' else 'published'
        end as published_basis,
        row_number() over (
            partition by
                party_periods.source, party_periods.party_id,
                party_periods.period
            order by designations.snapshot_date
        ) as place
    from party_periods
    inner join designations
        on
            party_periods.source = designations.source
            and party_periods.party_id = designations.party_id
            and party_periods.first_seen <= designations.snapshot_date
            and party_periods.last_seen >= designations.snapshot_date
    where
        coalesce(designations.listed_on, designations.listed_by)
        <= party_periods.first_seen
        and (
            party_periods.previous_end is null
            or coalesce(designations.listed_on, designations.listed_by)
            >= party_periods.previous_end
        )

),

dated_periods as (

    select
        party_periods.*,
        stated_days.from_seen,
        stated_days.published_from,
        stated_days.published_basis
    from party_periods
    left join stated_days
        on
            party_periods.source = stated_days.source
            and party_periods.party_id = stated_days.party_id
            and party_periods.period = stated_days.period
            and stated_days.place = 1

),

bounded_periods as (

    select
        source,
        party_id,
        period,
        first_seen,
        last_seen,
        first_absent,
        end_seen,
        coalesce(from_seen, first_seen) as from_seen,
        coalesce(published_from, first_seen) as listed_from,
        case when published_from is null then 'snapshot' else published_basis end
            as from_basis,
        -- A stated end before the beginning we know of can't be that listing's.
        case
            when published_to > coalesce(published_from, first_seen) then published_to
        end as published_to
    from dated_periods
    where past_flag = 0 or published_from < published_to

)

select
    entity_parties.entity_id,
    bounded_periods.source,
    bounded_periods.party_id,
    bounded_periods.period,

    last_rows.name,
    last_rows.entity_type,
    last_rows.programs,
    last_rows.legal_basis,
    last_rows.measures,
    last_rows.remarks,
    last_rows.title,
    last_rows.nationalities,
    last_rows.call_sign,
    last_rows.vessel_type,
    last_rows.vessel_flag,
    last_rows.vessel_owner,
    last_rows.tonnage,
    last_rows.gross_tonnage,
    last_rows.is_wallet_set_complete,
    last_rows.licence,

    bounded_periods.listed_from,
    coalesce(bounded_periods.published_to, bounded_periods.first_absent) as listed_to,
    bounded_periods.from_basis,
    case
        when bounded_periods.published_to is not null then 'published'
        when bounded_periods.first_absent is not null then 'snapshot'
    end as to_basis,
    bounded_periods.first_seen,
    bounded_periods.last_seen,
    bounded_periods.from_seen,
    bounded_periods.end_seen,

    last_rows.raw_sha256,
    last_rows.record_id
from bounded_periods
inner join designations as last_rows
    on
        bounded_periods.source = last_rows.source
        and bounded_periods.party_id = last_rows.party_id
        and bounded_periods.last_seen = last_rows.snapshot_date
inner join entity_parties
    on
        bounded_periods.source = entity_parties.source
        and bounded_periods.party_id = entity_parties.party_id
