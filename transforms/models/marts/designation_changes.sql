-- One row per listing, delisting, amendment or wallet added or removed.
--
-- raw_sha256 is the snapshot to look it up in: that of the change, and of what is gone
-- the last that held it.
with

designations as (

    select * from core.designations

),

entity_wallets as (

    select * from core.entity_wallets

),

party_versions as (

    select * from core.party_versions

),

snapshots as (

    select
        source,
        snapshot_date,
        coalesce(previous_complete_date, previous_date) as previous_date,
        previous_complete_date,
        raw_sha256
    from core.list_snapshots

),

-- Without an earlier complete snapshot a list shows a state and no change, and so does
-- the first row of a listing that was over before.
starts as (

    select
        designations.*,
        snapshots.previous_date,
        snapshots.raw_sha256 as snapshot_sha256
    from designations
    inner join snapshots
        on
            designations.source = snapshots.source
            and designations.first_seen = snapshots.snapshot_date
    where
        (snapshots.previous_complete_date is not null or designations.period > 1)
        and (
            designations.listed_to is null
            or designations.listed_to > designations.first_seen
        )

),

ends as (

    select *
    from designations
    where listed_to > first_seen and end_seen is not null

),

-- A party that disappears while another of the same entity and list appears was not
-- delisted: it goes on under a new id.
reissues as (

    select
        starts.source,
        starts.party_id as new_party_id,
        ends.party_id as old_party_id,
        starts.first_seen as changed_on
    from starts
    inner join ends
        on
            starts.source = ends.source
            and starts.entity_id = ends.entity_id
            and starts.party_id <> ends.party_id
            and starts.first_seen > ends.last_seen
            and starts.first_seen <= ends.end_seen

),

listed as (

    select
        starts.first_seen as changed_on,
        starts.previous_date as previous_on,
        starts.source,
        starts.entity_id,
        starts.party_id,
        starts.name,
        case
            when reissues.old_party_id is not null then 'reissued'
            when starts.period > 1 then 'listed again'
            else 'listed'
        end as change,
        case
            when reissues.old_party_id is not null
                then
                    'party '
                    || reissues.old_party_id
                    || ' goes on as '
                    || starts.party_id
                    || ', programmes ' || coalesce(starts.programs, 'none')
            else 'programmes ' || coalesce(starts.programs, 'none')
        end as detail,
        starts.snapshot_sha256 as raw_sha256
    from starts
    left join reissues
        on
            starts.source = reissues.source
            and starts.party_id = reissues.new_party_id
            and starts.first_seen = reissues.changed_on

),

delisted as (

    select
        ends.end_seen as changed_on,
        ends.last_seen as previous_on,
        ends.source,
        ends.entity_id,
        ends.party_id,
        ends.name,
        'delisted' as change,
        'last seen ' || cast(ends.last_seen as varchar)
        || case
            when ends.to_basis = 'published'
                then ', delisted on ' || cast(ends.listed_to as varchar)
            else ''
        end
        || ', programmes ' || coalesce(ends.programs, 'none') as detail,
        ends.raw_sha256
    from ends
    left join reissues
        on
            ends.source = reissues.source
            and ends.party_id = reissues.old_party_id
            and ends.end_seen >= reissues.changed_on
            and ends.last_seen < reissues.changed_on
    where reissues.old_party_id is null

),

amended as (

    select
        party_versions.snapshot_date as changed_on,
        party_versions.previous_date as previous_on,
        party_versions.source,
        party_versions.entity_id,
        party_versions.party_id,
        party_versions.name,
        'amended' as change,
        party_versions.detail,
        party_versions.raw_sha256
    from party_versions

),

wallet_added as (

    select
        entity_wallets.first_seen as changed_on,
        snapshots.previous_date as previous_on,
        entity_wallets.source,
        entity_wallets.entity_id,
        entity_wallets.party_id,
        designations.name,
        'wallet_added' as change,
        entity_wallets.ticker || ' ' || entity_wallets.address as detail,
        snapshots.raw_sha256
    from entity_wallets
    inner join snapshots
        on
            entity_wallets.source = snapshots.source
            and entity_wallets.first_seen = snapshots.snapshot_date
    inner join designations
        on
            entity_wallets.source = designations.source
            and entity_wallets.party_id = designations.party_id
            and entity_wallets.first_seen > designations.first_seen
            and entity_wallets.first_seen <= designations.last_seen
    where snapshots.previous_date is not null

),

wallet_removed as (

    select
        entity_wallets.listed_to as changed_on,
        entity_wallets.last_seen as previous_on,
        entity_wallets.source,
        entity_wallets.entity_id,
        entity_wallets.party_id,
        designations.name,
        'wallet_removed' as change,
        entity_wallets.ticker || ' ' || entity_wallets.address as detail,
        entity_wallets.raw_sha256
    from entity_wallets
    inner join designations
        on
            entity_wallets.source = designations.source
            and entity_wallets.party_id = designations.party_id
            and entity_wallets.listed_to > designations.first_seen
            and entity_wallets.listed_to <= designations.last_seen
    where entity_wallets.to_basis = 'snapshot'

),

changes as (

    select * from listed
    union all
    select * from delisted
    union all
    select * from amended
    union all
    select * from wallet_added
    union all
    select * from wallet_removed

)

select
    changed_on,
    previous_on,
    source,
    entity_id,
    party_id,
    name,
    change,
    detail,
    raw_sha256
from changes
