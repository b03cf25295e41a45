-- One row per relation between entities.
with

designation_links as (

    select * from staged.designation_links

),

entity_parties as (

    select * from core.entity_parties

),

designation_names as (

    select * from staged.designation_names

),

-- Where a list names the other party only, the name decides if exactly one entity of
-- that list bears it as its main name, or, being nobody's main name, as an alias; two
-- namesakes decide nothing. (Of the names that "Linked To" gives in July 2021 all that
-- are on the list are main names, and 139 times they are another's alias, too.)
bearers as (

    select
        designation_names.source,
        upper(designation_names.name) as upper_name,
        count(distinct case
            when designation_names.name_type = 'primary'
                then entity_parties.entity_id
        end) as main_bearers,
        min(case
            when designation_names.name_type = 'primary'
                then entity_parties.entity_id
        end) as main_bearer,
        count(distinct entity_parties.entity_id) as all_bearers,
        min(entity_parties.entity_id) as any_bearer
    from designation_names
    inner join entity_parties
        on
            designation_names.source = entity_parties.source
            and designation_names.party_id = entity_parties.party_id
    where not designation_names.is_weak
    group by designation_names.source, upper(designation_names.name)

),

named_parties as (

    select
        source,
        upper_name,
        case when main_bearers = 1 then main_bearer else any_bearer end as entity_id
    from bearers
    where main_bearers = 1 or (main_bearers = 0 and all_bearers = 1)

),

resolved as (

    select
        from_parties.entity_id as from_entity_id,
        coalesce(to_parties.entity_id, named_parties.entity_id) as to_entity_id,
        designation_links.relation,
        designation_links.to_name,
        designation_links.source,
        designation_links.snapshot_date
    from designation_links
    inner join entity_parties as from_parties
        on
            designation_links.source = from_parties.source
            and designation_links.party_id = from_parties.party_id
    left join entity_parties as to_parties
        on
            designation_links.source = to_parties.source
            and designation_links.to_party_id = to_parties.party_id
    left join named_parties
        on
            designation_links.source = named_parties.source
            and upper(designation_links.to_name) = named_parties.upper_name

)

select
    from_entity_id,
    to_entity_id,
    relation,
    to_name,
    source,

    min(snapshot_date) as first_seen,
    max(snapshot_date) as last_seen
from resolved
group by from_entity_id, to_entity_id, relation, to_name, source
