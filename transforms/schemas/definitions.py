"""Definitions of all tables, as data: read by ``transforms.schemas.tables`` and nobody else."""

_LIST_ROW = "source snapshot_date"
_LIST_PROVENANCE = "raw_sha256 record_id"
_BATCH_ROW = "source batch"
_PER_SNAPSHOT = {"partition_by": "source snapshot_date"}
_PER_BATCH = {"partition_by": "source batch"}

_STAGED: tuple[dict[str, str], ...] = (
    {
        "name": "staged.designations",
        "grain": "party and list snapshot",
        "columns": f"{_LIST_ROW} party_id entity_type name programs listed_on title nationalities "
        "legal_basis remarks call_sign vessel_type vessel_flag vessel_owner tonnage gross_tonnage "
        f"is_wallet_set_complete {_LIST_PROVENANCE}",
        "key": "source snapshot_date party_id",
        "required": "source snapshot_date party_id entity_type name raw_sha256 record_id",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_names",
        "grain": "name of a party in a snapshot",
        "columns": f"{_LIST_ROW} party_id name name_type is_weak script language "
        f"{_LIST_PROVENANCE}",
        "required": "source snapshot_date party_id name name_type is_weak raw_sha256 record_id",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_wallets",
        "grain": "chain address published for a party in a snapshot",
        "columns": f"{_LIST_ROW} party_id ticker chain address address_as_published "
        f"is_checksum_valid {_LIST_PROVENANCE}",
        "key": "source snapshot_date party_id ticker address",
        "required": "source snapshot_date party_id ticker address address_as_published raw_sha256 "
        "record_id",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_identifiers",
        "grain": "identifier of a party in a snapshot",
        "columns": f"{_LIST_ROW} party_id identifier_kind identifier_type identifier country "
        f"issued_on expires_on remarks {_LIST_PROVENANCE}",
        "required": "source snapshot_date party_id identifier_kind identifier_type identifier",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_addresses",
        "grain": "postal address of a party in a snapshot",
        "columns": f"{_LIST_ROW} party_id full_address street city region postal_code country "
        f"remarks {_LIST_PROVENANCE}",
        "required": "source snapshot_date party_id",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_dates",
        "grain": "birth or other date stated for a party in a snapshot",
        "columns": f"{_LIST_ROW} party_id date_kind date_from date_to date_precision "
        f"is_approximate date_as_published {_LIST_PROVENANCE}",
        "required": "source snapshot_date party_id date_kind date_as_published",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.designation_links",
        "grain": "relation of a party to another in a snapshot",
        "columns": f"{_LIST_ROW} party_id relation to_party_id to_name {_LIST_PROVENANCE}",
        "required": "source snapshot_date party_id relation",
        **_PER_SNAPSHOT,
    },
    {
        "name": "staged.transfers",
        "grain": "movement of one asset, as exported",
        "columns": f"{_BATCH_ROW} chain asset block_number block_timestamp block_date block_hash "
        "transaction_hash transaction_index position position_basis kind from_address to_address "
        "value value_d38 has_wide_value contract is_effective is_status_known is_exact "
        "is_fungible raw_sha256 record_id",
        "required": "source batch chain asset kind position_basis value is_effective raw_sha256 "
        "record_id",
        "caveat": "Overlapping exports repeat rows here; core.transfers holds each once.",
        **_PER_BATCH,
    },
    {
        "name": "staged.assets",
        "grain": "asset described by an export or mapping",
        "columns": f"{_BATCH_ROW} asset chain contract symbol decimals is_stablecoin asset_basis "
        "raw_sha256 record_id",
        "required": "source batch asset chain asset_basis",
        **_PER_BATCH,
    },
    {
        "name": "staged.address_labels",
        "grain": "label of an address by a labeller",
        "columns": f"{_BATCH_ROW} chain address label category actor labeller confidence "
        "labelled_on label_source raw_sha256 record_id",
        "required": "source batch address label labeller raw_sha256 record_id",
        "caveat": "A label is a claim by a labeller; several may disagree.",
        **_PER_BATCH,
    },
    {
        "name": "staged.asset_prices",
        "grain": "asset and day",
        "columns": f"{_BATCH_ROW} asset price_date price_usd price_source raw_sha256 record_id",
        "key": "source batch asset price_date",
        "required": "source batch asset price_date price_usd raw_sha256 record_id",
        **_PER_BATCH,
    },
    {
        "name": "staged.articles",
        "grain": "article",
        "columns": f"{_BATCH_ROW} article_id url url_canonical title body published_at "
        "published_precision published_basis seen_at seen_date language publisher "
        "text_completeness text_sha256 document_kind is_date_anomalous raw_sha256 record_id",
        "key": "source batch article_id",
        "required": "source batch article_id published_precision text_completeness document_kind "
        "raw_sha256 record_id",
        **_PER_BATCH,
    },
    {
        "name": "staged.article_names",
        "grain": "name that a feed itself extracted from an article",
        "columns": f"{_BATCH_ROW} article_id name name_kind gdelt_offset raw_sha256 record_id",
        "required": "source batch article_id name name_kind",
        "caveat": "Names are claims of an extractor; the text behind them is not supplied.",
        **_PER_BATCH,
    },
    {
        "name": "staged.rejects",
        "grain": "record that was read and refused",
        "columns": f"{_BATCH_ROW} received_date file line record_id reason raw raw_sha256",
        "required": "source batch file reason raw_sha256",
        **_PER_BATCH,
    },
)

_TRANSFER = (
    "seq chain asset block_number block_timestamp block_date block_hash transaction_hash "
    "transaction_index position position_basis kind from_address to_address value value_d38 "
    "has_wide_value contract is_status_known is_exact is_fungible amount value_usd "
    "is_poisoning_suspect source raw_sha256 record_id"
)
_TRACED = (
    "policy seed_funds origin_entity_id origin_address seq chain asset transaction_hash "
    "block_timestamp from_address to_address value tainted tainted_amount tainted_usd hop"
)
_CONSERVING = "Tainted amounts add up exactly per policy; policies are alternatives, never added."

_CORE: tuple[dict[str, str], ...] = (
    {
        "name": "core.entity_parties",
        "grain": "party of a list and the entity it belongs to",
        "columns": "source party_id entity_id entity_basis",
        "key": "source party_id",
        "required": "source party_id entity_id entity_basis",
    },
    {
        "name": "core.list_snapshots",
        "grain": "accepted snapshot of a list",
        "columns": "source snapshot_date previous_date next_date parties raw_sha256",
        "key": "source snapshot_date",
        "required": "source snapshot_date parties raw_sha256",
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
        "listed_to from_basis to_basis first_seen last_seen legal_basis remarks "
        "is_wallet_set_complete raw_sha256 record_id",
        "key": "source party_id period",
        "required": "entity_id source party_id period listed_from from_basis first_seen last_seen",
        "caveat": "Where a basis is 'snapshot', the true day lies between two snapshots.",
    },
    {
        "name": "core.entity_names",
        "grain": "distinct name of an entity",
        "columns": "entity_id name name_type is_weak script language sources first_seen last_seen",
        "key": "entity_id name",
        "required": "entity_id name name_type is_weak sources",
    },
    {
        "name": "core.entity_wallets",
        "grain": "entity, chain, address and listing period",
        "columns": "entity_id source party_id chain ticker address address_as_published "
        "is_checksum_valid listed_from listed_to from_basis to_basis first_seen last_seen "
        "raw_sha256 record_id",
        "key": "source party_id ticker address listed_from",
        "required": "entity_id source party_id ticker address listed_from from_basis first_seen",
        "caveat": "An address may be published for two parties; both are kept.",
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
        "columns": "asset chain contract symbol decimals is_stablecoin asset_basis",
        "key": "asset",
        "required": "asset chain asset_basis is_stablecoin",
        "caveat": "A symbol is a claim unless asset_basis is registry: counterfeits borrow it.",
    },
    {
        "name": "core.transfers",
        "grain": "transfer after deduplication, in chain order",
        "columns": _TRANSFER,
        "key": "seq",
        "required": "seq chain asset kind value has_wide_value is_poisoning_suspect source "
        "raw_sha256 record_id",
        "caveat": "Failed and valueless calls are in staged.transfers only.",
    },
    {
        "name": "core.services",
        "grain": "address that ends a trace",
        "columns": "chain address category actor basis basis_detail",
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

_MARTS: tuple[dict[str, str], ...] = (
    {
        "name": "marts.entity_exposure",
        "grain": "entity, asset, direction, hop and phase",
        "columns": "entity_id name asset symbol direction hop phase transfers amount amount_usd "
        "unpriced_transfers",
        "key": "entity_id asset direction hop phase",
        "required": "entity_id name asset direction hop phase transfers",
        "caveat": "FIFO taint with all funds of the designated addresses; hop 1 is the whole value "
        "of each direct transfer. A transfer on the listing day counts as during.",
    },
    {
        "name": "marts.flow_paths",
        "grain": "path from a designated address to a service",
        "columns": "entity_id name path_id policy origin_address service asset symbol hops "
        "addresses transaction_hashes started_at ended_at amount amount_usd category actor",
        "key": "path_id entity_id",
        "required": "entity_id path_id policy origin_address service asset hops addresses",
        "caveat": "One proof path per origin and service address (FIFO): the first way tainted "
        "value took, with the tainted amount of its last transfer. Other ways may exist.",
    },
    {
        "name": "marts.cash_outs",
        "grain": "entity, service, asset, month and policy",
        "columns": "entity_id name service actor category asset symbol month policy receipts "
        "amount amount_usd min_hops",
        "key": "entity_id service asset month policy",
        "required": "entity_id name service category asset policy receipts",
        "caveat": "Filter on one policy before adding up.",
    },
    {
        "name": "marts.designation_changes",
        "grain": "listing, delisting, amendment or wallet added or removed",
        "columns": "changed_on previous_on source entity_id party_id name change detail raw_sha256",
        "required": "changed_on source entity_id party_id change detail",
        "caveat": "Dated by snapshots: the publisher's act lies after previous_on and not after "
        "changed_on.",
    },
    {
        "name": "marts.designation_reaction",
        "grain": "entity, asset and day around its listing or first news",
        "columns": "entity_id name event event_on days_from_event asset symbol transfers amount "
        "amount_usd",
        "key": "entity_id event event_on days_from_event asset",
        "required": "entity_id event event_on days_from_event asset transfers",
        "caveat": "Gross transfers of the entity's own addresses, 90 days either side; what "
        "coincides is not thereby caused.",
    },
    {
        "name": "marts.counterparties",
        "grain": "undesignated address near a designated one",
        "columns": "chain address nearest_entity_id name hops tainted_usd share_tainted "
        "last_active",
        "key": "chain address",
        "required": "chain address nearest_entity_id hops",
        "caveat": "FIFO taint received; being near is not being guilty.",
    },
    {
        "name": "marts.typology_alerts",
        "grain": "detected pattern at an address, asset and window",
        "columns": "typology chain address entity_id asset window_start window_end transfers "
        "amount evidence score",
        "required": "typology chain address asset transfers evidence score",
        "caveat": "A detector with false positives; never to be mixed with traced amounts.",
    },
    {
        "name": "marts.mention_timeline",
        "grain": "entity, day and status",
        "columns": "entity_id name mention_date status_at_publication mentions articles "
        "independent_sources",
        "required": "entity_id name status_at_publication mentions articles independent_sources",
        "caveat": "Bands confirmed and probable only.",
    },
    {
        "name": "marts.source_coverage",
        "grain": "source and batch",
        "columns": "source received_date batch snapshots rows_read rows_staged rows_rejected "
        "is_missing freshness_days rows rejects missing freshness last_judgement",
        "required": "source batch snapshots rows_read rows_staged rows_rejected is_missing "
        "last_judgement",
    },
)

_META: tuple[dict[str, str], ...] = (
    {
        "name": "meta.ingests",
        "grain": "snapshot or batch an ingest took, refused or found again",
        "columns": "run_id source batch received_date date_basis raw_sha256 rows_read rows_staged "
        "rows_rejected published status reason warnings versions recorded_at",
        "required": "run_id source status published recorded_at",
    },
    {
        "name": "meta.judgements",
        "grain": "expectation and batch or built table it judged",
        "columns": "run_id source batch table_name suite expectation kwargs severity notes "
        "is_success element_count unexpected_count observed examples recorded_at",
        "required": "run_id table_name suite expectation kwargs severity is_success recorded_at",
    },
)

DEFINITIONS: tuple[dict[str, str], ...] = _STAGED + _CORE + _MARTS + _META
