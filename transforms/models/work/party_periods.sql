-- A view: one row per party, list and period between its first sighting and its last.
--
-- first_absent  the first snapshot that shows it to be off the list
-- published_to  the end of the listing that the list itself states
-- end_seen      the snapshot that told of the end
-- past_flag     1: the listing was over before any snapshot held it
-- previous_end  the end of the party's period before
with

party_rows as (

    select * from work.party_rows

),

-- A list may keep delisted parties: their rows are no sighting, they say that the
-- listing is over.
observations as (

    select
        *,
        case when delisted_on <= snapshot_date then 0 else 1 end as listed_flag
    from party_rows

),

neighbours as (

    select
        *,
        lag(listed_flag) over (
            partition by source, party_id order by snapshot_date
        ) as previous_listed_flag,
        lead(listed_flag) over (
            partition by source, party_id order by snapshot_date
        ) as next_listed_flag
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
                when previous_listed_flag = 1 and previous_date is not null then 0
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
        party_rows.source,
        party_rows.party_id,
        min(party_rows.snapshot_date) as first_seen,
        max(party_rows.snapshot_date) as last_seen
    from party_rows
    left join first_periods
        on
            party_rows.source = first_periods.source
            and party_rows.party_id = first_periods.party_id
    where
        party_rows.delisted_on <= party_rows.snapshot_date
        and (
            first_periods.first_seen is null
            or party_rows.snapshot_date < first_periods.first_seen
        )
    group by party_rows.source, party_rows.party_id

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
    inner join party_rows as last_rows
        on
            periods.source = last_rows.source
            and periods.party_id = last_rows.party_id
            and periods.last_seen = last_rows.snapshot_date
    left join party_rows as next_rows
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
        party_rows.delisted_on as published_to,
        1 as past_flag
    from past_periods
    inner join party_rows
        on
            past_periods.source = party_rows.source
            and past_periods.party_id = party_rows.party_id
            and past_periods.last_seen = party_rows.snapshot_date

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

)

select
    source,
    party_id,
    row_number() over (
        partition by source, party_id order by first_seen
    ) as period,

    first_seen,
    last_seen,
    first_absent,
    end_seen,
    published_to,
    past_flag,
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
