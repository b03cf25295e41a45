"""What must hold of a table because of what its columns mean: derived from the schemas.

Columns and their types, what is never null, the key, closed sets, patterns, bounds, order within a
row, rules between columns, and references between tables. All of it is critical: a row that breaks
one of these has no meaning, whatever the day's figures are.
"""

from collections.abc import Iterator, Mapping

from expectations import vocabulary as say
from expectations.vocabulary import Expectation
from transforms.chains import CHAINS, EVM_ZERO_ADDRESS
from transforms.schemas import TABLES, Kind, Table

_EVIDENCE = ("human", "reissued", "declared", "identifier", "wallet", "name")

# Each set repeats the words of the column's meaning in columns.csv; a test keeps them together.
SETS: Mapping[str, tuple[str, ...]] = {
    "asset_basis": ("registry", "mapping", "export", "none"),
    "band": ("confirmed", "probable", "review"),
    "basis": ("label", "degree"),
    "conflict": ("content", "reorg", "position"),
    "date_kind": (
        *("birth", "death", "registration", "build", "regulation", "listing", "amendment"),
        *("delisting", "other"),
    ),
    "date_precision": ("day", "month", "year", "range"),
    "direction": ("sent", "received"),
    "document_kind": ("news", "official_notice"),
    "decision": ("same", "different", "undecided"),
    "entity_basis": ("own", *_EVIDENCE),
    "entity_type": ("person", "organization", "vessel", "aircraft", "unknown"),
    "evidence_kind": _EVIDENCE,
    "event": ("listing", "first_news"),
    "from_basis": ("published", "act", "snapshot"),
    "identifier_kind": (
        *("passport", "national_id", "tax_id", "registration", "imo", "mmsi", "lei"),
        *("un_reference", "uk_reference", "ofsi_group_id", "referent"),
        *("birth_place", "gender", "risk", "website", "email", "phone", "other"),
    ),
    "judgement": ("same", "different"),
    "kind": ("native", "token", "internal", "fee", "mint", "burn", "reward", "utxo"),
    "last_judgement": ("passed", "warned", "failed", "none"),
    "name_kind": ("person", "organization", "any"),
    "name_type": ("primary", "aka", "fka", "nka", "variation"),
    "phase": ("before", "during", "after", "unknown"),
    "policy": ("fifo", "haircut", "lifo", "tiho", "poison"),
    "position_basis": (
        *("log", "trace", "transaction", "input", "output"),
        *("index", "column", "file", "row", "part"),
    ),
    "published_basis": ("sidecar", "option", "page", "feed", "none"),
    "published_precision": ("second", "minute", "day", "none"),
    "seed_funds": ("opening", "all"),
    "severity": ("critical", "warning", "info"),
    "status": ("published", "superseded", "refused", "failed_gate", "rolled_back", "compacted"),
    "status_at_publication": ("designated", "delisted", "not_yet", "unknown"),
    "text_completeness": ("full", "truncated", "headline", "metadata"),
    "tier": ("A", "B", "C", "D"),
    "to_basis": ("published", "snapshot", "reissued"),
    "typology": ("fan_out", "fan_in", "rapid_pass_through", "structuring", "poisoning"),
}

_SHA256 = "^[0-9a-f]{64}$"
_FIRST_16 = "^[0-9a-f]{16}$"
# uint256 has at most 78 digits.
_BASE_UNITS = "^(0|[1-9][0-9]{0,77})$"
PATTERNS: Mapping[str, str] = {
    "article_id": _FIRST_16,
    "asset": "^[^\\s]+$",
    "fees": _BASE_UNITS,
    "fees_of_receipts": _BASE_UNITS,
    "change": "^(listed|delisted|amended|wallet_added|wallet_removed|reissued)",
    "path_id": _FIRST_16,
    "raw_sha256": _SHA256,
    "tainted": _BASE_UNITS,
    "text_sha256": _SHA256,
    "total_supply": _BASE_UNITS,
    "value": _BASE_UNITS,
}

BOUNDS: Mapping[str, tuple[float | str | None, float | str | None]] = {
    **dict.fromkeys(
        (
            *("amount", "amount_usd", "block_number", "position", "price_usd", "rows_read"),
            *("rows_rejected", "rows_staged", "seq", "snapshots", "span_start", "tainted_amount"),
            *("tainted_usd", "transaction_index", "transfers", "unpriced_transfers"),
            *("value_d38", "value_usd", "wallet_count"),
            *("range_from", "transactions", "transactions_stated", "transaction_receipts"),
            *("receipts_used", "logs", "transfer_logs", "transfer_logs_staged", "token_transfers"),
            *("block_hashes", "last_transaction_index", "last_log_index"),
        ),
        (0, None),
    ),
    **dict.fromkeys(
        (
            *("articles", "hop", "hops", "independent_sources", "line", "list_count"),
            *("mentions", "min_hops", "period", "receipts"),
        ),
        (1, None),
    ),
    "block_timestamp": ("2009-01-03", None),  # day of Bitcoin's first block, the oldest of all
    "days_from_event": (-90, 90),  # the mart's own window
    "decimals": (0, 255),  # a token states them in one byte
    "score": (0, 100),
    "share_tainted": (0, 1),
}

# first, then, and whether they may be equal.
PAIRS = (
    ("date_from", "date_to", True),
    ("range_from", "range_to", True),
    ("first_seen", "last_seen", True),
    ("listed_from", "listed_to", False),
    ("previous_on", "changed_on", False),
    ("span_start", "span_end", False),
    ("started_at", "ended_at", True),
    ("window_start", "window_end", True),
)

_ONE_SIDED = (
    "(kind in ('mint', 'reward') and from_address is not null)"
    " or (kind = 'burn' and to_address is not null)"
)
_BANDS = (
    "band is distinct from case when score >= 85 then 'confirmed'"
    " when score >= 70 then 'probable' when score >= 50 then 'review' end"
)
# Rules between columns of one row: the columns, the condition of a broken row, the reason.
RULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("value", "has_wide_value"),
        "has_wide_value is distinct from (length(value) > 38)",
        "has_wide_value says whether value has more than the 38 digits of value_d38.",
    ),
    (
        ("value", "value_d38"),
        "cast(value_d38 as varchar) is distinct from case when length(value) <= 38 then value end",
        "value_d38 is the exact value wherever it fits.",
    ),
    (
        ("block_date", "block_timestamp"),
        "block_date - date '1970-01-01' <> epoch_us(block_timestamp) // 86400000000",
        "block_date is the UTC day of block_timestamp (86,400,000,000 µs).",
    ),
    (
        ("kind", "from_address", "to_address"),
        _ONE_SIDED,
        "A mint or reward has no sender, a burn no receiver.",
    ),
    (
        ("date_precision", "date_from", "date_to"),
        "date_precision = 'day' and date_from is distinct from date_to",
        "A day is one day; anything wider has another precision.",
    ),
    (
        ("body", "text_sha256"),
        "body is not null and text_sha256 is distinct from sha256(body)",
        "Spans are re-sliced from exactly this text.",
    ),
    (
        ("published_at", "published_precision"),
        "(published_at is null) <> (published_precision = 'none')",
        "A publication time has a precision, a missing one has none.",
    ),
    (
        ("span_start", "span_end", "surface"),
        "span_end - span_start <> length(surface)",
        "A span holds as many code points as its surface.",
    ),
    (
        ("score", "band"),
        _BANDS,
        "The bands' own limits: 85, 70, 50.",
    ),
    (
        ("tainted", "value"),
        "length(tainted) > length(value) or (length(tainted) = length(value) and tainted > value)",
        "No more is tainted than was moved (decimal texts of one length compare as numbers).",
    ),
    (
        ("rows_read", "rows_staged", "rows_rejected"),
        "rows_read <> rows_staged + rows_rejected",
        "Nothing is lost silently: every record read was staged or rejected.",
    ),
    (
        ("addresses", "hops"),
        "len(addresses) <> hops + 1",
        "A path of n transfers has n + 1 addresses.",
    ),
    (
        ("addresses", "origin_address", "service"),
        "addresses[1] <> origin_address or addresses[len(addresses)] <> service",
        "A path leads from the designated address to the service.",
    ),
)

# Column → table and column it points into.
_ENTITY = ("core.entities", "entity_id")
REFERENCES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "staged": {
        "party_id": ("staged.designations", "party_id"),
        "article_id": ("staged.articles", "article_id"),
    },
    "core": {
        "entity_id": _ENTITY,
        "from_entity_id": _ENTITY,
        "to_entity_id": _ENTITY,
        "origin_entity_id": _ENTITY,
        "asset": ("core.assets", "asset"),
        "seq": ("core.transfers", "seq"),
        "service": ("core.services", "address"),
    },
    "marts": {
        "entity_id": _ENTITY,
        "nearest_entity_id": _ENTITY,
        "asset": ("core.assets", "asset"),
        "service": ("core.services", "address"),
    },
}

# Made of the other table's rows, one of each.
_MADE_OF = {("core.transfer_edges", "seq")}

# Looked up for the few keys that are asked for: all of them would not fit in memory.
_LARGE = {"core.transfers"}

_EVM = ", ".join(f"'{c.name}'" for c in CHAINS.values() if c.family == "evm")
_ADDRESSES = ("address", "contract", "from_address", "origin_address", "service", "to_address")


def structure(name: str) -> list[Expectation]:
    """Structural expectations of a table."""
    table = TABLES[name]
    return [*_shape(table), *_columns(table), *_between_columns(table), *_references(table)]


def _shape(t: Table) -> Iterator[Expectation]:
    yield say.columns_are(t.name, t.column_names(), notes="The schema's columns, no others.")
    wrong = " or ".join(f"typeof({c.name}) {_not_of(c.kind)}" for c in t.columns)
    yield say.no_rows(t.name, wrong, notes="The schema's types: no number passes through DOUBLE.")
    for column in t.required:
        yield say.not_null(t.name, column, notes="Required by the schema.")
    if t.key:
        yield say.unique(t.name, *t.key, notes=f"The key: one row per {t.grain}.")


def _not_of(kind: Kind) -> str:
    if kind is Kind.TIMESTAMP:  # with a zone in files, without in the warehouse
        return "not in ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE')"
    return f"<> '{kind.duckdb}'"


def _columns(t: Table) -> Iterator[Expectation]:
    texts = [c.name for c in t.columns if c.kind is Kind.TEXT]
    blank = " or ".join(f"{c} = ''" for c in texts)
    yield say.no_rows(t.name, blank, notes="What is not known is null, never an empty text.")
    for column in t.column_names():
        # A reject's and a judgement's words are the reader's or Great Expectations' own.
        if column in SETS and t.name not in ("staged.rejects", "meta.judgements"):
            yield say.one_of(t.name, column, SETS[column], notes="The words its meaning lists.")
        if column == "chain":
            yield say.one_of(t.name, column, sorted(CHAINS), notes="Chains flowlake knows.")
        if column in PATTERNS:
            yield say.matches(t.name, column, PATTERNS[column], notes="Its canonical form.")
        if column in BOUNDS:
            yield say.between(t.name, column, *BOUNDS[column], notes="What the quantity can be.")


def _between_columns(t: Table) -> Iterator[Expectation]:
    names = set(t.column_names())
    for first, then, may_be_equal in PAIRS:
        if {first, then} <= names:
            notes = f"{first} comes before {then}."
            yield say.in_order(t.name, first, then, notes=notes, may_be_equal=may_be_equal)
    for columns, broken, reason in RULES:
        if names.issuperset(columns):
            yield say.no_rows(t.name, broken, notes=reason)
    addresses = [c for c in _ADDRESSES if c in names]
    if "chain" in names and addresses:
        evm = " or ".join(
            f"length({c}) <> 42 or not regexp_full_match({c}, '0x[0-9a-f]+')" for c in addresses
        )
        notes = "EVM addresses are 0x and 40 lower-case hex digits, or joins miss them."
        yield say.no_rows(t.name, f"chain in ({_EVM}) and ({evm})", notes=notes)
        zero = " or ".join(f"{c} = '{EVM_ZERO_ADDRESS}'" for c in addresses)
        yield say.no_rows(t.name, zero, severity="warning", notes="It mints and burns, no account.")


def _references(t: Table) -> Iterator[Expectation]:
    for column, (other, key) in REFERENCES.get(t.layer, {}).items():
        if column not in t.column_names() or other == t.name or (t.name, column) in _MADE_OF:
            continue
        # Files may hold many snapshots, and each must be whole by itself.
        day = [t.packed_by] if t.packed_by and t.packed_by == TABLES[other].packed_by else []
        here, there = (", ".join([*day, c]) for c in (column, key))
        among = f" where {key} in (select {column} from {t.name})" if other in _LARGE else ""
        missing = f"{column} is not null and ({here}) not in (select ({there}) from {other}{among})"
        yield say.no_rows(t.name, missing, notes=f"Every {column} is in {other}.")
