-- One row per distinct identifier a list gives for a party of an entity.
with

designation_identifiers as (

    select * from staged.designation_identifiers

),

entity_parties as (

    select * from core.entity_parties

)

select
    entity_parties.entity_id,
    designation_identifiers.source,
    designation_identifiers.party_id,

    designation_identifiers.identifier_kind,
    designation_identifiers.identifier_type,
    designation_identifiers.identifier,
    designation_identifiers.country,
    designation_identifiers.issued_on,
    designation_identifiers.expires_on,
    designation_identifiers.remarks,

    min(designation_identifiers.snapshot_date) as first_seen,
    max(designation_identifiers.snapshot_date) as last_seen
from designation_identifiers
inner join entity_parties
    on
        designation_identifiers.source = entity_parties.source
        and designation_identifiers.party_id = entity_parties.party_id
group by
    entity_parties.entity_id,
    designation_identifiers.source,
    designation_identifiers.party_id,
    designation_identifiers.identifier_kind,
    designation_identifiers.identifier_type,
    designation_identifiers.identifier,
    designation_identifiers.country,
    designation_identifiers.issued_on,
    designation_identifiers.expires_on,
    designation_identifiers.remarks
