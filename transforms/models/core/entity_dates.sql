-- One row per distinct birth or other date a list gives for a party
-- of an entity.
with

designation_dates as (

    select * from staged.designation_dates

),

entity_parties as (

    select * from core.entity_parties

)

select
    entity_parties.entity_id,
    designation_dates.source,
    designation_dates.party_id,

    designation_dates.date_kind,
    designation_dates.date_from,
    designation_dates.date_to,
    designation_dates.date_precision,
    designation_dates.is_approximate,
    designation_dates.date_as_published,

    min(designation_dates.snapshot_date) as first_seen,
    max(designation_dates.snapshot_date) as last_seen
from designation_dates
inner join entity_parties
    on
        designation_dates.source = entity_parties.source
        and designation_dates.party_id = entity_parties.party_id
group by
    entity_parties.entity_id,
    designation_dates.source,
    designation_dates.party_id,
    designation_dates.date_kind,
    designation_dates.date_from,
    designation_dates.date_to,
    designation_dates.date_precision,
    designation_dates.is_approximate,
    designation_dates.date_as_published
