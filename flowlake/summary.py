"""A short summary of the lake for people: what came in, and where designated money went."""

from collections.abc import Iterator
from decimal import Decimal

from flowlake.query import Answer, ask_lake
from flowlake.settings import Settings

# As many as fit on a screen beside the rest.
_ENTITIES = 5


def summary(settings: Settings) -> Iterator[str]:
    """Lines of text: per source rows read, staged and rejected; then the most exposed entities."""
    yield ""
    yield f"{'source':<16}{'batches':>8}{'rows read':>11}{'staged':>9}{'rejected':>10}  judgement"
    for r in _ask(
        settings,
        "select source, count(*) filter (where not is_missing), sum(rows_read), sum(rows_staged),"
        " sum(rows_rejected), arg_max(last_judgement, list_position("
        "['none', 'passed', 'warned', 'failed'], last_judgement)) from marts.source_coverage"
        " group by source order by source",
    ).rows:
        yield f"{r[0]:<16}{r[1]:>8}{r[2]:>11,}{r[3]:>9,}{r[4]:>10,}  {r[5]}"
    yield ""
    yield "most exposed designated entities (US dollars that left their addresses, first hop):"
    for entity, name, sent in _ask(
        settings,
        "select entity_id, name, sum(amount_usd) as sent from marts.entity_exposure"
        " where direction = 'sent' and hop = 1 group by entity_id, name"
        f" order by sent desc nulls last, entity_id limit {_ENTITIES}",
    ).rows:
        yield f"  {name}: {_usd(sent)}"
        for service, category, usd in _ask(
            settings,
            "select coalesce(actor, service), category, sum(amount_usd) as usd"
            f" from marts.cash_outs where policy = 'fifo' and entity_id = '{entity}'"
            " group by coalesce(actor, service), category order by usd desc nulls last limit 3",
        ).rows:
            yield f"    {_usd(usd)} → {service} ({category})"
    yield ""
    yield f"warehouse {settings.lake}/warehouse.duckdb"
    yield f"report    {settings.lake}/report/index.html"


def _ask(settings: Settings, sql: str) -> Answer:
    return ask_lake(settings, sql, seconds=60.0, rows=1_000)


def _usd(amount: Decimal | None) -> str:
    return "no price" if amount is None else f"{amount:,.2f} USD"
