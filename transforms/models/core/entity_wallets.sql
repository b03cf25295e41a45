-- One row per entity, chain, address and listing period.
with

designation_wallets as (

    select * from staged.designation_wallets

),

designations as (

    select * from staged.designations

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

mentions as (

    select
        designation_wallets.source,
        designation_wallets.party_id,
        listing_periods.period,
        designation_wallets.ticker,
        designation_wallets.address,
        designation_wallets.snapshot_date
    from designation_wallets
    inner join listing_periods
        on
            designation_wallets.source = listing_periods.source
            and designation_wallets.party_id = listing_periods.party_id
            and designation_wallets.snapshot_date >= listing_periods.first_seen
            and designation_wallets.snapshot_date <= listing_periods.last_seen

),

first_mentions as (

    select
        source,
        party_id,
        period,
        ticker,
        address,
        min(snapshot_date) as first_seen
    from mentions
    group by source, party_id, period, ticker, address

),

-- A snapshot with only a part of a party's addresses says nothing of those it lacks:
-- they stay what they were.
silences as (

    select
        first_mentions.source,
        first_mentions.party_id,
        first_mentions.period,
        first_mentions.ticker,
        first_mentions.address,
        designations.snapshot_date
    from first_mentions
    inner join listing_periods
        on
            first_mentions.source = listing_periods.source
            and first_mentions.party_id = listing_periods.party_id
            and first_mentions.period = listing_periods.period
    inner join designations
        on
            first_mentions.source = designations.source
            and first_mentions.party_id = designations.party_id
            and first_mentions.first_seen < designations.snapshot_date
            and listing_periods.last_seen >= designations.snapshot_date
    left join mentions
        on
            first_mentions.source = mentions.source
            and first_mentions.party_id = mentions.party_id
            and first_mentions.period = mentions.period
            and first_mentions.ticker = mentions.ticker
            and first_mentions.address = mentions.address
            and designations.snapshot_date = mentions.snapshot_date
    where
        designations.is_wallet_set_complete = false
        and mentions.snapshot_date is null

),

observations as (

    select
        *,
        1 as is_mention
    from mentions
    union all
    select
        *,
        0 as is_mention
    from silences

),

-- Consecutive snapshots in which nothing speaks against the address share an island
-- number.
sightings as (

    select
        observations.source,
        observations.party_id,
        observations.period,
        observations.ticker,
        observations.address,
        observations.snapshot_date,
        observations.is_mention,
        snapshots.next_snapshot_date,
        snapshots.snapshot_number - row_number() over (
            partition by
                observations.source, observations.party_id, observations.period,
                observations.ticker, observations.address
            order by observations.snapshot_date
        ) as island
    from observations
    inner join snapshots
        on
            observations.source = snapshots.source
            and observations.snapshot_date = snapshots.snapshot_date

),

periods as (

    select
        source,
        party_id,
        period,
        ticker,
        address,
        island,
        min(case when is_mention = 1 then snapshot_date end) as first_seen,
        max(case when is_mention = 1 then snapshot_date end) as last_seen,
        max(snapshot_date) as last_possible
    from sightings
    group by source, party_id, period, ticker, address, island
    having max(is_mention) = 1

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
        periods.last_possible,
        sightings.next_snapshot_date as first_absent
    from periods
    inner join sightings
        on
            periods.source = sightings.source
            and periods.party_id = sightings.party_id
            and periods.period = sightings.period
            and periods.ticker = sightings.ticker
            and periods.address = sightings.address
            and periods.last_possible = sightings.snapshot_date

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
            ended_periods.last_possible = listing_periods.last_seen
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
            ended_periods.last_possible = listing_periods.last_seen
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
