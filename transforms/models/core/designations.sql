-- One row per party, list and listing period.
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
        next_date as next_snapshot_date,
        row_number()
            over (partition by source order by snapshot_date)
            as snapshot_number
    from core.list_snapshots

),

-- Consecutive snapshots that hold the party share an island number.
sightings as (

    select
        designations.source,
        designations.party_id,
        designations.snapshot_date,
        snapshots.next_snapshot_date,
        snapshots.snapshot_number - row_number() over (
            partition by designations.source, designations.party_id
            order by designations.snapshot_date
        ) as island
    from designations
    inner join snapshots
        on
            designations.source = snapshots.source
            and designations.snapshot_date = snapshots.snapshot_date

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

ended_periods as (

    select
        periods.source,
        periods.party_id,
        periods.first_seen,
        periods.last_seen,
        sightings.next_snapshot_date as first_absent,
        row_number() over (
            partition by periods.source, periods.party_id order by periods.first_seen
        ) as period,
        lag(sightings.next_snapshot_date) over (
            partition by periods.source, periods.party_id order by periods.first_seen
        ) as previous_first_absent
    from periods
    inner join sightings
        on
            periods.source = sightings.source
            and periods.party_id = sightings.party_id
            and periods.last_seen = sightings.snapshot_date

),

-- A published listing day counts for the period it can belong to: a party that returns
-- after an absence with its old day has that day for its first period only, and no
-- period begins before the one before it has ended.
dated_periods as (

    select
        ended_periods.source,
        ended_periods.party_id,
        ended_periods.period,
        ended_periods.first_seen,
        ended_periods.last_seen,
        ended_periods.first_absent,
        case
            when
                first_rows.listed_on <= ended_periods.first_seen
                and (
                    ended_periods.previous_first_absent is null
                    or first_rows.listed_on >= ended_periods.previous_first_absent
                )
                then first_rows.listed_on
        end as published_from
    from ended_periods
    inner join designations as first_rows
        on
            ended_periods.source = first_rows.source
            and ended_periods.party_id = first_rows.party_id
            and ended_periods.first_seen = first_rows.snapshot_date

)

select
    entity_parties.entity_id,
    dated_periods.source,
    dated_periods.party_id,
    dated_periods.period,

    last_rows.name,
    last_rows.entity_type,
    last_rows.programs,
    last_rows.legal_basis,
    last_rows.remarks,
    last_rows.is_wallet_set_complete,

    coalesce(dated_periods.published_from, dated_periods.first_seen) as listed_from,
    dated_periods.first_absent as listed_to,
    case
        when dated_periods.published_from is null then 'snapshot' else 'published'
    end as from_basis,
    case when dated_periods.first_absent is not null then 'snapshot' end as to_basis,
    dated_periods.first_seen,
    dated_periods.last_seen,

    last_rows.raw_sha256,
    last_rows.record_id
from dated_periods
inner join designations as last_rows
    on
        dated_periods.source = last_rows.source
        and dated_periods.party_id = last_rows.party_id
        and dated_periods.last_seen = last_rows.snapshot_date
inner join entity_parties
    on
        dated_periods.source = entity_parties.source
        and dated_periods.party_id = entity_parties.party_id
