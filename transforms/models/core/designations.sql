-- One row per party, list and listing period.
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

-- Rows of a party in order. A list may keep delisted parties: their rows are no
-- sighting, they say that the listing is over.
observations as (

    select
        designations.source,
        designations.party_id,
        designations.snapshot_date,
        case
            when
                designations.delisted_on is null
                or designations.delisted_on > designations.snapshot_date
                then 1
            else 0
        end as listed_flag,
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
        lag(listed_flag) over (
            partition by source, party_id order by snapshot_date
        ) as previous_listed_flag,
        lag(complete_snapshots) over (
            partition by source, party_id order by snapshot_date
        ) as previous_complete_snapshots,
        lead(listed_flag) over (
            partition by source, party_id order by snapshot_date
        ) as next_listed_flag,
        lead(snapshot_date) over (
            partition by source, party_id order by snapshot_date
        ) as next_row_date
    from observations

),

-- Sightings between which nothing shows the party to be off the list share an island
-- number. Only a complete snapshot without the party shows that, or its own row.
sightings as (

    select
        source,
        party_id,
        snapshot_date,
        case
            when next_listed_flag = 0
                then least(next_row_date, coalesce(next_complete_date, next_row_date))
            else next_complete_date
        end as first_absent,
        sum(
            case
                when
                    previous_listed_flag = 1
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
    where listed_flag = 1

),

periods as (

    select
        source,
        party_id,
        island,
        min(snapshot_date) as first_seen,
        max(snapshot_date) as last_seen
    from sightings
    group by source, party_id, island

),

first_periods as (

    select
        source,
        party_id,
        min(first_seen) as first_seen
    from periods
    group by source, party_id

),

-- Listings that were over before any snapshot held them, of a list that keeps them.
past_periods as (

    select
        designations.source,
        designations.party_id,
        min(designations.snapshot_date) as first_seen,
        max(designations.snapshot_date) as last_seen
    from designations
    left join first_periods
        on
            designations.source = first_periods.source
            and designations.party_id = first_periods.party_id
    where
        designations.delisted_on <= designations.snapshot_date
        and (
            first_periods.first_seen is null
            or designations.snapshot_date < first_periods.first_seen
        )
    group by designations.source, designations.party_id

),

-- Where the list itself says when a listing ended, the row after the last sighting
-- does, or that one already, ahead of the day; until then it is only announced.
ended_periods as (

    select
        periods.source,
        periods.party_id,
        periods.first_seen,
        periods.last_seen,
        sightings.first_absent,
        sightings.first_absent as end_seen,
        case
            when sightings.first_absent is not null
                then coalesce(next_rows.delisted_on, last_rows.delisted_on)
        end as published_to,
        0 as past_flag
    from periods
    inner join sightings
        on
            periods.source = sightings.source
            and periods.party_id = sightings.party_id
            and periods.last_seen = sightings.snapshot_date
    inner join designations as last_rows
        on
            periods.source = last_rows.source
            and periods.party_id = last_rows.party_id
            and periods.last_seen = last_rows.snapshot_date
    left join designations as next_rows
        on
            sightings.source = next_rows.source
            and sightings.party_id = next_rows.party_id
            and sightings.first_absent = next_rows.snapshot_date
    union all
    select
        past_periods.source,
        past_periods.party_id,
        past_periods.first_seen,
        past_periods.last_seen,
        cast(null as date) as first_absent,
        past_periods.first_seen as end_seen,
        designations.delisted_on as published_to,
        1 as past_flag
    from past_periods
    inner join designations
        on
            past_periods.source = designations.source
            and past_periods.party_id = designations.party_id
            and past_periods.last_seen = designations.snapshot_date

),

-- Who is gone before the day that was announced went earlier.
stated_ends as (

    select
        source,
        party_id,
        first_seen,
        last_seen,
        first_absent,
        end_seen,
        past_flag,
        case
            when first_absent is null or published_to <= first_absent then published_to
        end as published_to
    from ended_periods

),

numbered_periods as (

    select
        *,
        row_number() over (
            partition by source, party_id order by first_seen
        ) as period,
        -- A stated end before the first sighting may turn out not to be this listing's.
        lag(
            case
                when published_to > first_seen or first_absent is null
                    then published_to
                else first_absent
            end
        ) over (
            partition by source, party_id order by first_seen
        ) as previous_end
    from stated_ends

),

-- A published listing day counts for the period it can belong to: a party that returns
-- after an absence with its old day has that day for its first period only, and no
-- period begins before the one before it has ended. An act that names the party bounds
-- the day where the list states none. One form of a list states days that another
-- lacks: the first row of the period that states one tells it.
stated_days as (

    select
        numbered_periods.source,
        numbered_periods.party_id,
        numbered_periods.period,
        designations.snapshot_date as from_seen,
        coalesce(designations.listed_on, designations.listed_by) as published_from,
        case
            when designations.listed_on is null then 'act' else 'published'
        end as published_basis,
        row_number() over (
            partition by
                numbered_periods.source, numbered_periods.party_id,
                numbered_periods.period
            order by designations.snapshot_date
        ) as place
    from numbered_periods
    inner join designations
        on
            numbered_periods.source = designations.source
            and numbered_periods.party_id = designations.party_id
            and numbered_periods.first_seen <= designations.snapshot_date
            and numbered_periods.last_seen >= designations.snapshot_date
    where
        coalesce(designations.listed_on, designations.listed_by)
        <= numbered_periods.first_seen
        and (
            numbered_periods.previous_end is null
            or coalesce(designations.listed_on, designations.listed_by)
            >= numbered_periods.previous_end
        )

),

dated_periods as (

    select
        numbered_periods.*,
        stated_days.from_seen,
        stated_days.published_from,
        stated_days.published_basis
    from numbered_periods
    left join stated_days
        on
            numbered_periods.source = stated_days.source
            and numbered_periods.party_id = stated_days.party_id
            and numbered_periods.period = stated_days.period
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
