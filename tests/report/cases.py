"""Two made-up warehouses: a case with every name that ever broke a page, and a crowd."""

from datetime import date, timedelta
from decimal import Decimal

from tests.report.given import (
    ETH,
    FAKE,
    LISTED,
    PROVENANCE,
    USDT,
    Leg,
    Rows,
    Story,
    address,
    at,
    transaction,
)

SCRIPT = '"><script>alert(1)</script>'
HANDLER = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://evil.example","click")'
TEMPLATE = "{{ 7 * 7 }}{% for x in y %}"
MARKUP = "&lt;b&gt; &amp;amp; </title></style><!--"
ESCAPE = "\x1b[31mRED\x1b[0m \x9b2J wiped"
BIDI = "Evil \u202egnp.exe\u202c \u2066hidden\u2069"
LONG = "Long " + "W" * 5_000
SCRIPTS = ("Танк Торговый Дом", "شركة المثال", "例子公司")
HOSTILE = (SCRIPT, HANDLER, FORMULA, TEMPLATE, MARKUP)
# Twice this is more than DuckDB's sum of such a column can hold.
HUGE = "99999999999999999999.999999999999999999"

TREASURY, WAGES, BANKER, RICH = (address(n) for n in ("treasury", "wages", "banker", "rich"))
PURE, MIXED, RUNNER = (address(n) for n in ("pure", "mixed", "runner"))
ALDER, BIRCH, POOL = (address(n) for n in ("alder", "birch", "pool"))


def hostile() -> Rows:
    s = Story()
    s.asset(USDT, "USDT", 6)
    s.asset(FAKE, SCRIPT, 6, "export")
    s.asset(ETH, "ETH", 18)
    s.service(ALDER, "exchange", "Alder Exchange")
    s.service(BIRCH, "exchange", HANDLER)
    s.service(POOL, "mixer", None)
    _parties(s)
    _money(s)
    _news(s)
    _ledger(s)
    return s.rows


def _parties(s: Story) -> None:
    early, late = date(2025, 1, 1), date(2025, 9, 1)
    s.entity("e-1", "SAMPLE DELEGATION", wallet_count=2)
    s.wallet("e-1", TREASURY, ticker="USDT")
    s.wallet("e-1", WAGES)
    for name in (*HOSTILE, ESCAPE, BIDI, LONG, *SCRIPTS):
        s.add(
            "core.entity_names",
            entity_id="e-1",
            name=name,
            name_type="aka",
            is_weak=True,
            sources="ofac_sdn",
        )
    s.entity(
        "e-2",
        SCRIPT,
        is_designated=False,
        entity_type="person",
        programs=None,
        first_listed_from=early,
    )
    over = {"listed_from": early, "listed_to": late, "to_basis": "snapshot"}
    s.wallet("e-2", BANKER, is_checksum_valid=False, **{**over, "record_id": FORMULA})
    # Published for two parties, one of whom the lists have removed.
    s.wallet("e-2", WAGES, **over)
    s.entity("e-3", BIDI)
    s.wallet("e-3", RICH)
    s.entity("e-4", LONG, wallet_count=0)
    for relation, other in (("Owned by", "e-2"), (HANDLER, None)):
        s.add(
            "core.entity_links",
            from_entity_id="e-1",
            to_entity_id=other,
            relation=relation,
            source="ofac_sdn",
        )
    s.add(
        "core.list_snapshots",
        source="ofac_sdn",
        snapshot_date=LISTED,
        parties=4,
        raw_sha256="ab" * 32,
    )
    for entity, name, change in (
        ("e-1", "SAMPLE DELEGATION", "listed"),
        ("e-2", SCRIPT, "delisted"),
    ):
        s.add(
            "marts.designation_changes",
            changed_on=LISTED,
            previous_on=date(2025, 3, 21),
            source="ofac_sdn",
            entity_id=entity,
            party_id=entity,
            name=name,
            change=change,
            detail=f"name: {FORMULA} → {SCRIPT}",
            raw_sha256="ab" * 32,
        )


def _money(s: Story) -> None:
    s.flow(
        TREASURY,
        [
            Leg(at("2025-06-02"), USDT, TREASURY, PURE, "50000", "50000"),
            Leg(at("2025-06-03"), USDT, PURE, RUNNER, "50000", "50000"),
            Leg(at("2025-06-04"), USDT, RUNNER, ALDER, "50000", "50000"),
        ],
    )
    s.flow(
        TREASURY,
        [
            Leg(at("2025-07-02"), USDT, TREASURY, MIXED, "30000", "30000"),
            Leg(at("2025-07-03"), USDT, MIXED, BIRCH, "25000.126543", "25000.126543"),
        ],
        haircut="0.6",
    )
    s.flow(
        TREASURY,
        [
            Leg(at("2025-09-01"), ETH, TREASURY, RUNNER, "14.400000000000000001", "63000.5"),
            Leg(at("2025-09-02"), ETH, RUNNER, POOL, "10", None),
        ],
    )
    # Money that comes back: a cycle.
    s.flow(
        TREASURY,
        [
            Leg(at("2025-09-03"), USDT, TREASURY, PURE, "700", "700"),
            Leg(at("2025-09-04"), USDT, PURE, TREASURY, "700", "700"),
        ],
    )
    s.flow(WAGES, [Leg(at("2025-08-27", 23), USDT, WAGES, BIRCH, "1200", "1200")])
    s.flow(BANKER, [Leg(at("2025-03-10"), USDT, BANKER, ALDER, "3000", "3000")])
    s.flow(RICH, [Leg(None, FAKE, RICH, POOL, HUGE, None)])
    s.flow(RICH, [Leg(at("2025-09-05"), ETH, RICH, None, None, None)])
    company = address("company")
    s.transfer(Leg(at("2025-05-01"), USDT, company, TREASURY, "9500", "9500"))
    s.transfer(Leg(at("2025-09-08"), USDT, company, TREASURY, "9500", "9500"))
    for i in range(12):
        s.transfer(Leg(at("2025-09-09", i), USDT, address(f"company {i}"), PURE, "8500", "8500"))
    s.add(
        "marts.flow_paths",
        entity_id="e-1",
        name="SAMPLE DELEGATION",
        path_id="00ff00ff00ff00ff",
        policy="fifo",
        origin_address=TREASURY,
        service=ALDER,
        asset=USDT,
        symbol="USDT",
        hops=3,
        addresses=[TREASURY, PURE, RUNNER, ALDER],
        transaction_hashes=[transaction(1), None, transaction(3)],
        started_at=at("2025-06-02"),
        ended_at=at("2025-06-04"),
        amount=Decimal(50000),
        amount_usd=Decimal(50000),
        category="exchange",
        actor="Alder Exchange",
    )


def _news(s: Story) -> None:
    for article, url, title in (
        ("a1", "https://news.example.org/2025/08/sanctions?id=1&lang=en", "Delegation sanctioned"),
        ("a2", "javascript:alert(1)", SCRIPT),
        ("a3", "https://user:secret@evil.example/", ESCAPE),
        ("a4", None, LONG),
    ):
        s.add(
            "staged.articles",
            source="articles",
            batch=article,
            article_id=article,
            url=url,
            title=title,
            publisher=HANDLER,
            published_precision="day",
            text_completeness="full",
            document_kind="news",
            raw_sha256="ef" * 32,
            record_id=article,
        )
    context = '{"base": 80, "case": 0, "context": {"points": 6, "term": "<b>sanctions</b>"}}'
    for article, entity, status, band, when, components in (
        ("a1", "e-1", "designated", "confirmed", at("2025-08-28"), context),
        ("a2", "e-2", "delisted", "probable", at("2025-09-10"), '{"base": 70, "boundary": -20}'),
        ("a3", "e-3", "not_yet", "review", at("2025-01-02"), "no json <i>"),
        ("a4", "e-4", "unknown", "review", None, "[]"),
    ):
        s.add(
            "core.mentions",
            article_id=article,
            entity_id=entity,
            alias=SCRIPT,
            surface=BIDI,
            span_start=10,
            span_end=20,
            tier="A",
            tier_reason="two tokens",
            score=86,
            band=band,
            score_components=components,
            status_at_publication=status,
            status_basis="list of 2025-08-27",
            published_at=when,
            source="articles",
            text_sha256="12" * 32,
            matcher_version="m1",
        )


def _ledger(s: Story) -> None:
    recorded = at("2025-09-30")
    for source, batch, read, rejected in (
        ("ofac_sdn", "2025-08-27", 4, 0),
        ("ethereum_etl", "0011223344556677", 1_000_030, 2),
        ("articles", "2025-08-28", None, None),
    ):
        s.add(
            "meta.ingests",
            run_id="run",
            source=source,
            batch=batch,
            received_date=LISTED,
            date_basis="name",
            raw_sha256=PROVENANCE["raw_sha256"],
            rows_read=read,
            rows_staged=None if read is None else read - rejected,
            rows_rejected=rejected,
            published=read is not None,
            status="refused" if read is None else "published",
            reason=f"articles a.html record 1: {SCRIPT}" if read is None else None,
            versions='{"staged.designations": 3, "<b>": 1}',
            recorded_at=recorded,
        )
    for source, batch, severity, is_success in (
        ("ofac_sdn", "2025-08-27", "critical", True),
        ("ofac_sdn", "2025-08-27", "warning", False),
        ("ethereum_etl", "0011223344556677", "critical", True),
        (None, None, "critical", True),
    ):
        s.add(
            "meta.judgements",
            run_id="run",
            source=source,
            batch=batch,
            table_name="staged.designations" if source else "core.entities",
            suite="suite",
            expectation="expect_column_values_to_not_be_null",
            kwargs='{"column": "name", "mostly": 0.9}',
            severity=severity,
            notes=f"Because {SCRIPT}",
            is_success=is_success,
            element_count=4,
            unexpected_count=0 if is_success else 1,
            observed=None,
            recorded_at=recorded,
        )


def crowd(entities: int, *, busy: int = 20) -> Rows:
    """Many entities; the first ``busy`` with many addresses, names and flows each."""
    s = Story()
    s.asset(USDT, "USDT", 6)
    services = [address(f"service {i}") for i in range(30)]
    for i, where in enumerate(services):
        s.service(where, "exchange", f"Exchange {i}")
    for e in range(entities):
        name, own = f"e-{e}", address(f"own {e}")
        s.entity(name, f"PARTY {e} " + "LIMITED " * (e % 9))
        s.wallet(name, own)
        for i in range(60 if e < busy else 3):
            s.wallet(name, address(f"own {e} {i}"))
            s.add(
                "core.entity_names",
                entity_id=name,
                name=f"alias {i} of party {e}",
                name_type="aka",
                is_weak=False,
                sources="ofac_sdn",
            )
            when = at("2025-06-01") + timedelta(days=i, minutes=e)
            usd = str(1000 + entities - e + i)
            middle, deep = address(f"middle {e} {i}"), address(f"deep {e} {i % 20}")
            steps = ((own, middle), (middle, deep), (deep, services[i % 30]))
            s.flow(own, [Leg(when, USDT, a, b, usd, usd) for a, b in steps])
    return s.rows
