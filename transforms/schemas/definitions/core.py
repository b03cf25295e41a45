"""Core tables: one meaning across sources."""

_TRANSFER = (
    "seq chain asset block_number block_timestamp block_date block_hash transaction_hash "
    "transaction_index position position_basis kind from_address to_address value value_d38 "
    "has_wide_value contract is_status_known is_exact is_fungible amount value_usd "
    "is_poisoning_suspect is_order_guessed source raw_sha256 record_id"
)
_TRACED = (
    "policy seed_funds origin_entity_id origin_address seq chain asset transaction_hash "
    "block_timestamp from_address to_address value tainted tainted_amount tainted_usd hop"
)
_CONSERVING = "Tainted amounts add up exactly per policy; policies are alternatives, never added."

CORE: tuple[dict[str, str], ...] = (
    {
        "name": "core.entity_parties",
        "grain": "party of a list and the entity it belongs to",
        "columns": "source party_id entity_id entity_basis",
        "key": "source party_id",
        "required": "source party_id entity_id entity_basis",
    },
    {
        "name": "core.entity_matches",
        "grain": "pair of parties for which something speaks, or about which a person decided",
        "columns": "left_source left_party_id right_source right_party_id score "
        "evidence evidence_kind decision is_applied decided_by decided_on decision_reason "
        "matcher_version",
        "key": "left_source left_party_id right_source right_party_id",
        "required": "left_source left_party_id right_source right_party_id evidence_kind decision "
        "is_applied decided_by matcher_version",
        "caveat": "undecided pairs bear one name and wait for `flowlake decide`; they are two "
        "entities until then.",
    },
    {
        "name": "core.reject_counts",
        "grain": "source and batch",
        "columns": "source batch rejects",
        "key": "source batch",
        "required": "source batch rejects",
    },
    {
        "name": "core.list_snapshots",
        "grain": "accepted snapshot of a list",
        "columns": "source snapshot_date is_list_complete previous_date next_date "
        "previous_complete_date next_complete_date complete_snapshots parties raw_sha256",
        "key": "source snapshot_date",
        "required": "source snapshot_date is_list_complete complete_snapshots parties raw_sha256",
    },
    {
        "name": "core.party_versions",
        "grain": "party and snapshot in which its record differs from the snapshot before",
        "columns": "entity_id source party_id snapshot_date previous_date name detail raw_sha256 "
        "record_id",
        "key": "source party_id snapshot_date",
        "required": "entity_id source party_id snapshot_date previous_date name detail",
    },
    {
        "name": "core.entities",
        "grain": "designated party across all lists",
        "columns": "entity_id entity_type name list_count is_designated first_listed_from programs "
        "wallet_count",
        "key": "entity_id",
        "required": "entity_id entity_type name list_count is_designated wallet_count",
    },
    {
        "name": "core.designations",
        "grain": "party, list and listing period",
        "columns": "entity_id source party_id period name entity_type programs listed_from "
        "listed_to from_basis to_basis first_seen last_seen from_seen end_seen legal_basis "
        "measures remarks title nationalities call_sign vessel_type vessel_flag vessel_owner "
        "tonnage gross_tonnage is_wallet_set_complete licence raw_sha256 record_id",
        "key": "source party_id period",
        "required": "entity_id source party_id period listed_from from_basis first_seen last_seen",
        "caveat": "Where a basis is 'snapshot', the true day lies between two snapshots; where it "
        "is 'act', not after that day.",
    },
    {
        "name": "core.party_states",
        "grain": "party and run of snapshots that state the same name, type and programmes",
        "columns": "entity_id source party_id name entity_type programs first_seen last_seen",
        "key": "source party_id first_seen",
        "required": "entity_id source party_id name entity_type first_seen last_seen",
        "caveat": "What a list said when; whether the party was listed then is in "
        "core.designations, and core.designated_on answers both.",
    },
    {
        "name": "core.entity_names",
        "grain": "distinct name of an entity",
        "columns": "entity_id name name_type is_weak script language sources first_seen last_seen",
        "key": "entity_id name",
        "required": "entity_id name name_type is_weak sources",
    },
    {
        "name": "core.name_forms",
        "grain": "distinct name of an entity, as screening looks it up",
        "columns": "entity_id entity_type name name_type is_weak folded_name",
        "key": "entity_id name",
        "required": "entity_id entity_type name name_type is_weak folded_name",
    },
    {
        "name": "core.entity_wallets",
        "grain": "entity, chain, address and listing period",
        "columns": "entity_id source party_id chain ticker address address_as_published "
        "is_checksum_valid listed_from listed_to from_basis to_basis first_seen last_seen "
        "from_seen end_seen raw_sha256 record_id",
        "key": "source party_id ticker address listed_from",
        "required": "entity_id source party_id ticker address listed_from from_basis first_seen",
        "caveat": "An address may be published for two parties; both are kept.",
    },
    {
        "name": "core.entity_identifiers",
        "grain": "distinct identifier a list gives for a party of an entity",
        "columns": "entity_id source party_id identifier_kind identifier_type identifier country "
        "issued_on expires_on remarks first_seen last_seen",
        "required": "entity_id source party_id identifier_kind identifier first_seen last_seen",
        "caveat": "What the party's newest snapshot no longer gives stays, with its last_seen.",
    },
    {
        "name": "core.entity_addresses",
        "grain": "distinct postal address a list gives for a party of an entity",
        "columns": "entity_id source party_id full_address street city region postal_code country "
        "remarks first_seen last_seen",
        "required": "entity_id source party_id first_seen last_seen",
        "caveat": "What the party's newest snapshot no longer gives stays, with its last_seen.",
    },
    {
        "name": "core.entity_dates",
        "grain": "distinct birth or other date a list gives for a party of an entity",
        "columns": "entity_id source party_id date_kind date_from date_to date_precision "
        "is_approximate date_as_published first_seen last_seen",
        "required": "entity_id source party_id date_kind date_as_published first_seen last_seen",
        "caveat": "What the party's newest snapshot no longer gives stays, with its last_seen.",
    },
    {
        "name": "core.entity_links",
        "grain": "relation between entities",
        "columns": "from_entity_id to_entity_id relation to_name source first_seen last_seen",
        "required": "from_entity_id relation source",
    },
    {
        "name": "core.assets",
        "grain": "asset",
        "columns": "asset chain contract symbol decimals is_stablecoin is_fungible "
        "is_counterfeit asset_basis",
        "key": "asset",
        "required": "asset chain asset_basis is_stablecoin is_counterfeit",
        "caveat": "A symbol is a claim unless asset_basis is registry: counterfeits borrow it.",
    },
    {
        "name": "core.transfers",
        "grain": "transfer after deduplication, in chain order",
        "columns": _TRANSFER,
        "key": "seq",
        "partition_by": "chain",
        "required": "seq chain asset kind value has_wide_value is_poisoning_suspect "
        "is_order_guessed source raw_sha256 record_id",
        "caveat": "Failed and valueless calls are in staged.transfers only.",
    },
    {
        "name": "core.transfer_conflicts",
        "grain": "staged transfer that contradicts another",
        "columns": "conflict chain asset block_number block_hash transaction_hash position "
        "position_basis kind from_address to_address value kept_value source raw_sha256 record_id "
        "kept_sha256 kept_record_id",
        "partition_by": "chain",
        "required": "conflict chain asset kind value source raw_sha256 record_id",
        "caveat": "Rows of a replaced block and of a contradicted export are not in "
        "core.transfers; those that only share a vendor's position are.",
    },
    {
        "name": "core.addresses",
        "grain": "address on a chain that core.transfers has named",
        "columns": "address_id chain address",
        "key": "address_id",
        "required": "address_id chain address",
        "caveat": "Numbers follow when an address first came, not its order, and are never given "
        "to another; an address whose transfers are gone keeps its own.",
    },
    {
        "name": "core.transfer_edges",
        "grain": "transfer, with numbers for addresses: for walks over many hops",
        "columns": "seq chain asset from_id to_id is_fungible is_fee is_payment",
        "key": "seq",
        "partition_by": "chain",
        "required": "seq chain asset is_fee is_payment",
        "caveat": "For walks: core.addresses has the names of the ends, core.transfers the values.",
    },
    {
        "name": "core.services",
        "grain": "address that ends a trace",
        "columns": "chain address category actor jurisdictions basis basis_detail",
        "key": "chain address",
        "required": "chain address category basis basis_detail",
        "caveat": "Designated addresses are origins and never services.",
    },
    {
        "name": "core.traced_transfers",
        "grain": "policy, origin and transfer that carries tainted value forward",
        "columns": _TRACED,
        "key": "policy origin_address chain seq origin_entity_id",
        "required": "policy seed_funds origin_entity_id origin_address seq asset value tainted hop",
        "caveat": _CONSERVING,
    },
    {
        "name": "core.traced_sources",
        "grain": "policy, origin and transfer through which value reached a designated address",
        "columns": _TRACED,
        "key": "policy origin_address chain seq origin_entity_id",
        "required": "policy seed_funds origin_entity_id origin_address seq asset value tainted hop",
        "caveat": "The trace of the reversed log: hop counts back from the designated address. "
        + _CONSERVING,
    },
    {
        "name": "core.cash_outs",
        "grain": "policy, origin and tainted receipt at a service",
        "columns": "policy origin_entity_id origin_address service category actor seq chain asset "
        "transaction_hash block_timestamp tainted tainted_amount tainted_usd hops",
        "key": "policy origin_address chain seq origin_entity_id",
        "required": "policy origin_entity_id origin_address service category seq asset tainted "
        "hops",
        "caveat": "A receipt at a service's address; who owns the account there is not known. "
        + _CONSERVING,
    },
    {
        "name": "core.mentions",
        "grain": "span in an article that names an entity, or name a feed extracted",
        "columns": "article_id entity_id alias surface span_start span_end tier tier_reason score "
        "band score_components score_evidence status_at_publication status_basis published_at "
        "source text_sha256 matcher_version",
        "required": "article_id entity_id alias surface tier score band score_components "
        "status_at_publication matcher_version",
        "caveat": "Says that a listed name stands there, not that the text means that party.",
    },
)
