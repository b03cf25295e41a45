-- One row per distinct postal address a list gives for a party of
-- an entity.
with

designation_addresses as (

    select * from staged.designation_addresses

),

entity_parties as (

    select * from core.entity_parties

)

select
    entity_parties.entity_id,
    designation_addresses.source,
    designation_addresses.party_id,

    designation_addresses.full_address,
    designation_addresses.street,
    designation_addresses.city,
    designation_addresses.region,
    designation_addresses.postal_code,
    designation_addresses.country,
    designation_addresses.remarks,

    min(designation_addresses.snapshot_date) as first_seen,
    max(designation_addresses.snapshot_date) as last_seen
from designation_addresses
inner join entity_parties
    on
        designation_addresses.source = entity_parties.source
        and designation_addresses.party_id = entity_parties.party_id
group by
    entity_parties.entity_id,
    designation_addresses.source,
    designation_addresses.party_id,
    designation_addresses.full_address,
    designation_addresses.street,
    designation_addresses.city,
    designation_addresses.region,
    designation_addresses.postal_code,
    designation_addresses.country,
    designation_addresses.remarks
