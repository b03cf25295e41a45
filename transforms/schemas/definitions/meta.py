"""Meta tables: what was ingested and how it was judged."""

META: tuple[dict[str, str], ...] = (
    {
        "name": "meta.ingests",
        "grain": "snapshot or batch an ingest took, refused or found again",
        "columns": "run_id source batch received_date date_basis raw_sha256 rows_read rows_staged "
        "rows_rejected published status reason override_by override_reason warnings versions "
        "recorded_at",
        "required": "run_id source status published recorded_at",
    },
    {
        "name": "meta.judgements",
        "grain": "expectation and batch or built table it judged",
        "columns": "run_id source batch table_name suite expectation kwargs severity notes "
        "is_success element_count unexpected_count observed examples recorded_at",
        "required": "run_id table_name suite expectation kwargs severity is_success recorded_at",
    },
    {
        "name": "meta.entity_decisions",
        "grain": "person's decision on two parties, in the order they were written down",
        "columns": "decision_number left_source left_party_id right_source right_party_id "
        "judgement decided_by decided_on decision_reason",
        "key": "decision_number",
        "required": "decision_number left_source left_party_id right_source right_party_id "
        "judgement decided_by decided_on decision_reason",
        "caveat": "Of several decisions on one pair the last counts.",
    },
)
