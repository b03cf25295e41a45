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

-- Rows of the party that lack the address. One with only a part of the party's
-- addresses says nothing of those it lacks, and nor does a snapshot without the party.
denials as (

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
        coalesce(designations.is_wallet_set_complete, true)
        and mentions.snapshot_date is null
        -- What is told of a listing that is over is told of all of it.
        and (
            listing_periods.end_seen is null
            or listing_periods.end_seen > listing_periods.first_seen
        )

),

observations as (

    select
        *,
        1 as mention_flag
    from mentions
    union all
    select
        *,
        0 as mention_flag
    from denials

),

neighbours as (

    select
        *,
        lag(mention_flag) over (
            partition by source, party_id, period, ticker, address
            order by snapshot_date
        ) as previous_flag,
        lead(mention_flag) over (
            partition by source, party_id, period, ticker, address
            order by snapshot_date
        ) as next_flag,
        lead(snapshot_date) over (
            partition by source, party_id, period, ticker, address
            order by snapshot_date
        ) as next_row_date
    from observations

),

-- Mentions between which nothing speaks against the address share an island number.
sightings as (

    select
        *,
        case when next_flag = 0 then next_row_date end as denied_on,
        sum(case when previous_flag = 1 then 0 else 1 end) over (
            partition by source, party_id, period, ticker, address
            order by snapshot_date
            rows between unbounded preceding and current row
        ) as island
    from neighbours
    where mention_flag = 1

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
        max(snapshot_date) as last_seen,
        max(denied_on) as denied_on
    from sightings
    group by source, party_id, period, ticker, address, island

),

-- Published with the party itself, or told when its listing was over: listed since the
-- party is. Added later: since then.
begun_periods as (

    select
        periods.*,
        listing_periods.entity_id,
        case
            when
                periods.first_seen = listing_periods.first_seen
                or listing_periods.end_seen <= listing_periods.first_seen
                then 1
            else 0
        end as with_party_flag
    from periods
    inner join listing_periods
        on
            periods.source = listing_periods.source
            and periods.party_id = listing_periods.party_id
            and periods.period = listing_periods.period

),

-- Listed until the party is, unless it goes before. An end that was stated afterwards
-- may lie before the address was added.
ended_periods as (

    select
        begun_periods.entity_id,
        begun_periods.source,
        begun_periods.party_id,
        begun_periods.ticker,
        begun_periods.address,
        begun_periods.first_seen,
        begun_periods.last_seen,
        case
            when begun_periods.with_party_flag = 1 then listing_periods.listed_from
            else begun_periods.first_seen
        end as listed_from,
        case
            when begun_periods.with_party_flag = 1 then listing_periods.from_basis
            else 'snapshot'
        end as from_basis,
        case
            when begun_periods.with_party_flag = 1 then listing_periods.from_seen
            else begun_periods.first_seen
        end as from_seen,
        case
            when begun_periods.denied_on is not null then begun_periods.denied_on
            when
                begun_periods.with_party_flag = 1
                or begun_periods.first_seen < listing_periods.listed_to
                then listing_periods.listed_to
            else listing_periods.end_seen
        end as listed_to,
        case
            when begun_periods.denied_on is not null then 'snapshot'
            when
                begun_periods.with_party_flag = 1
                or begun_periods.first_seen < listing_periods.listed_to
                then listing_periods.to_basis
            when listing_periods.end_seen is not null then 'snapshot'
        end as to_basis,
        coalesce(begun_periods.denied_on, listing_periods.end_seen) as end_seen
    from begun_periods
    inner join listing_periods
        on
            begun_periods.source = listing_periods.source
            and begun_periods.party_id = listing_periods.party_id
            and begun_periods.period = listing_periods.period

)

select
    ended_periods.entity_id,
    ended_periods.source,
    ended_periods.party_id,

    last_rows.chain,
    ended_periods.ticker,
    ended_periods.address,
    last_rows.address_as_published,
    last_rows.is_checksum_valid,

    ended_periods.listed_from,
    ended_periods.listed_to,
    ended_periods.from_basis,
    ended_periods.to_basis,
    ended_periods.first_seen,
    ended_periods.last_seen,
    ended_periods.from_seen,
    ended_periods.end_seen,

    last_rows.raw_sha256,
    last_rows.record_id
from ended_periods
inner join designation_wallets as last_rows
    on
        ended_periods.source = last_rows.source
        and ended_periods.party_id = last_rows.party_id
        and ended_periods.ticker = last_rows.ticker
        and ended_periods.address = last_rows.address
        and ended_periods.last_seen = last_rows.snapshot_date
