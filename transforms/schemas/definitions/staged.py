"""Staged tables: the typed rows of one family, as published or exported."""

_LIST_ROW = "source snapshot_date"
_LIST_PROVENANCE = "raw_sha256 record_id"
_BATCH_ROW = "source batch"
# One file holds many snapshots: what stays the same from one to the next is stored once.
_PER_SNAPSHOT = {"partition_by": "source", "packed_by": "snapshot_date"}
_PER_BATCH = {"partition_by": "source batch"}

STAGED: tuple[dict[str, str], ...] = (
    {
        "name": "staged.designations",
        "grain": "party and list snapshot",
        "columns": f"{_LIST_ROW} party_id entity_type name programs listed_on listed_by "
        "delisted_on title nationalities legal_basis measures remarks call_sign vessel_type "
        "vessel_flag vessel_owner tonnage gross_tonnage is_wallet_set_complete "
        f"is_alias_set_complete is_list_complete published_form licence {_LIST_PROVENANCE}",
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
        "transaction_hash transaction_index position position_basis trace_address kind "
        "from_address to_address value value_d38 has_wide_value contract is_effective "
        "is_status_known is_exact is_owner_known is_fungible raw_sha256 record_id",
        "required": "source batch chain asset kind position_basis is_effective raw_sha256 "
        "record_id",
        "caveat": "Overlapping exports repeat rows here; core.transfers holds each once.",
        **_PER_BATCH,
    },
    {
        "name": "staged.blocks",
        "grain": "block of which an export of a node brings transactions, receipts or logs",
        "columns": f"{_BATCH_ROW} chain block_number block_timestamp block_date block_hash "
        "block_hashes is_described range_from range_to transactions_stated transactions "
        "last_transaction_index transaction_receipts receipts_used fees fees_of_receipts logs "
        "last_log_index transfer_logs transfer_logs_staged token_transfers raw_sha256",
        "key": "source batch chain block_number",
        "required": "source batch chain block_number block_hashes is_described raw_sha256",
        "caveat": "Counts that prove an export whole, or not; token transfers alone have none.",
        **_PER_BATCH,
    },
    {
        "name": "staged.assets",
        "grain": "asset described by an export or mapping",
        "columns": f"{_BATCH_ROW} asset chain contract symbol decimals total_supply is_stablecoin "
        "asset_basis raw_sha256 record_id",
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
        "name": "staged.actors",
        "grain": "word by which labels name an actor, and pack that describes it",
        "columns": f"{_BATCH_ROW} actor_id actor label category jurisdictions website labeller "
        "labelled_on raw_sha256 record_id",
        "key": "source batch actor_id",
        "required": "source batch actor_id actor label labeller raw_sha256 record_id",
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
