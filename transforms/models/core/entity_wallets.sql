-- One row per entity, chain, address and listing period.
with

designation_wallets as (

    select * from staged.designation_wallets

),

listing_periods as (

    select * from core.designations

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

-- Consecutive snapshots that publish the address for the listed party share an island
-- number.
sightings as (

    select
        designation_wallets.source,
        designation_wallets.party_id,
        listing_periods.period,
        designation_wallets.ticker,
        designation_wallets.address,
        designation_wallets.snapshot_date,
        snapshots.next_snapshot_date,
        snapshots.snapshot_number - row_number() over (
            partition by
                designation_wallets.source, designation_wallets.party_id,
                listing_periods.period, designation_wallets.ticker,
                designation_wallets.address
            order by designation_wallets.snapshot_date
        ) as island
    from designation_wallets
    inner join snapshots
        on
            designation_wallets.source = snapshots.source
            and designation_wallets.snapshot_date = snapshots.snapshot_date
    inner join listing_periods
        on
            designation_wallets.source = listing_periods.source
            and designation_wallets.party_id = listing_periods.party_id
            and designation_wallets.snapshot_date >= listing_periods.first_seen
            and designation_wallets.snapshot_date <= listing_periods.last_seen

),

periods as (

    select
        source,
        party_id,
        period,
        ticker,
        address,
        island,
        min(snapshot_date) as first_seen,
        max(snapshot_date) as last_seen
    from sightings
    group by source, party_id, period, ticker, address, island

),

ended_periods as (

    select
        periods.source,
        periods.party_id,
        periods.period,
        periods.ticker,
        periods.address,
        periods.first_seen,
        periods.last_seen,
        sightings.next_snapshot_date as first_absent
    from periods
    inner join sightings
        on
            periods.source = sightings.source
            and periods.party_id = sightings.party_id
            and periods.period = sightings.period
            and periods.ticker = sightings.ticker
            and periods.address = sightings.address
            and periods.last_seen = sightings.snapshot_date

)

select
    listing_periods.entity_id,
    ended_periods.source,
    ended_periods.party_id,

    last_rows.chain,
    ended_periods.ticker,
    ended_periods.address,
    last_rows.address_as_published,
    last_rows.is_checksum_valid,

    -- Published with the party itself: listed since the party is. Added later: since
    -- then.
    case
        when ended_periods.first_seen = listing_periods.first_seen
            then listing_periods.listed_from
        else ended_periods.first_seen
    end as listed_from,
    -- Listed until the party is, unless it goes before. An end that was stated
    -- afterwards may lie before the address was added.
    case
        when
            ended_periods.last_seen = listing_periods.last_seen
            and (
                ended_periods.first_seen = listing_periods.first_seen
                or ended_periods.first_seen < listing_periods.listed_to
            )
            then listing_periods.listed_to
        else ended_periods.first_absent
    end as listed_to,
    case
        when ended_periods.first_seen = listing_periods.first_seen
            then listing_periods.from_basis
        else 'snapshot'
    end as from_basis,
    case
        when
            ended_periods.last_seen = listing_periods.last_seen
            and (
                ended_periods.first_seen = listing_periods.first_seen
                or ended_periods.first_seen < listing_periods.listed_to
            )
            then listing_periods.to_basis
        when ended_periods.first_absent is not null then 'snapshot'
    end as to_basis,
    ended_periods.first_seen,
    ended_periods.last_seen,

    last_rows.raw_sha256,
    last_rows.record_id
from ended_periods
inner join listing_periods
    on
        ended_periods.source = listing_periods.source
        and ended_periods.party_id = listing_periods.party_id
        and ended_periods.period = listing_periods.period
inner join designation_wallets as last_rows
    on
        ended_periods.source = last_rows.source
        and ended_periods.party_id = last_rows.party_id
        and ended_periods.ticker = last_rows.ticker
        and ended_periods.address = last_rows.address
        and ended_periods.last_seen = last_rows.snapshot_date
