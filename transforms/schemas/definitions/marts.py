"""Marts: the answers."""

_GROSS_OR_TAINTED = "at hop 1 gross, the whole of each transfer; from hop 2 on tainted value (FIFO)"

MARTS: tuple[dict[str, str], ...] = (
    {
        "name": "marts.entity_exposure",
        "grain": "entity, asset, direction, hop and phase",
        "columns": "entity_id name asset symbol direction hop phase transfers amount amount_usd "
        "unpriced_transfers",
        "note amount": _GROSS_OR_TAINTED,
        "note amount_usd": _GROSS_OR_TAINTED,
        "key": "entity_id asset direction hop phase",
        "required": "entity_id name asset direction hop phase transfers",
        "caveat": "FIFO taint with all funds of the designated addresses; hop 1 is the whole value "
        "of each direct transfer, change included on UTXO chains, where the account between is the "
        "transaction. A transfer on the listing day counts as during.",
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
