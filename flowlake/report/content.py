"""Answers of the warehouse → everything the templates show, section by section."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import duckdb

from flowlake.report.entities import DETAILED, PHASES, entities
from flowlake.report.figures import figures
from flowlake.report.questions import Row, ask, sql, title
from flowlake.report.timeline import charts
from flowlake.report.wording import clip, total
from transforms.clean.display import shown
from transforms.schemas import table

# Small charts side by side; more of them say less.
_CHARTS = 12
_COMPONENTS = 10
# In the order of the page, for its last section.
_QUESTIONS = (
    "coverage", "judgements", "refusals", "entities", "exposure", "flows", "paths", "services",
    "reaction", "change_counts", "changes", "mention_counts", "mentions", "alert_counts",
    "alerts", "counterparties", "snapshots",
)  # fmt: skip
_CAVEATS = (
    "core.designations", "core.entity_wallets", "core.traced_transfers", "core.cash_outs",
    "core.mentions", "core.assets", "marts.entity_exposure", "marts.flow_paths",
    "marts.cash_outs", "marts.designation_changes", "marts.designation_reaction",
    "marts.counterparties", "marts.typology_alerts",
)  # fmt: skip


def gather(con: duckdb.DuckDBPyConnection, generated_from: str) -> dict[str, Any]:
    """Everything the page says."""
    exposed = entities(con)
    span = ask(con, "span")[0]
    mentions = [_mention(r) for r in ask(con, "mentions")]
    articles, has_articles = _articles(con, exposed, mentions)
    return {
        "generated_from": clip(shown(generated_from)),
        "span": span,
        "phases": _phases(exposed),
        "figures": figures(con),
        "coverage": ask(con, "coverage"),
        "judgements": ask(con, "judgements"),
        "judged": ask(con, "judged")[0],
        "refusals": ask(con, "refusals"),
        "entities": exposed,
        "detailed": DETAILED,
        "services": _services(ask(con, "services")),
        "charts": _charts(con, exposed, span["first_on"], span["last_on"]),
        "change_counts": ask(con, "change_counts"),
        "changes": ask(con, "changes"),
        "mention_counts": ask(con, "mention_counts"),
        "mentions": mentions,
        "articles": articles,
        "has_articles": has_articles,
        "alert_counts": ask(con, "alert_counts"),
        "alerts": ask(con, "alerts"),
        "counterparties": ask(con, "counterparties"),
        "snapshots": ask(con, "snapshots"),
        "versions": _versions(con),
        "matchers": [r["matcher_version"] for r in ask(con, "matchers")],
        "flowlake": _flowlake(),
        "questions": [{"title": title(q), "sql": sql(q)} for q in _QUESTIONS],
        "caveats": {name: table(name).caveat for name in _CAVEATS},
    }


def _phases(exposed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Phases of the table; transfers without a time get a column only where there are some."""
    has_unknown = any(
        phase == "unknown" for e in exposed for a in e["assets"]["shown"] for _, phase in a["cells"]
    )
    return list(PHASES if has_unknown else PHASES[:3])


def _services(rows: Sequence[Row]) -> dict[str, Any]:
    """Receipts by service, its assets together, and the largest bar."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for r in rows:
        groups.setdefault((r["name"], r["category"]), []).append(r)
    most = max((r[p] for r in rows for p in ("fifo_usd", "haircut_usd") if r[p]), default=None)
    sums = {p: total(r[f"{p}_usd"] for r in rows) for p in ("fifo", "haircut")}
    return {
        "groups": [
            {"name": name, "category": category, "rows": found}
            for (name, category), found in groups.items()
        ],
        "total": rows[0]["total"] if rows else 0,
        "shown": len(rows),
        "most": most,
        "sums": sums,
    }


def _charts(
    con: duckdb.DuckDBPyConnection,
    exposed: Sequence[Mapping[str, Any]],
    first: date | None,
    last: date | None,
) -> dict[str, Any]:
    ids = [e["entity_id"] for e in exposed]
    news = {r["entity_id"]: r["event_on"] for r in ask(con, "first_news", entities=ids)}
    found = charts(ask(con, "reaction", entities=ids), news, first, last)
    all_charts = [
        {"entity": e, "chart": chart} for e in exposed for chart in found.get(e["entity_id"], [])
    ]
    return {"shown": all_charts[:_CHARTS], "total": len(all_charts)}


def _articles(
    con: duckdb.DuckDBPyConnection,
    exposed: Sequence[Mapping[str, Any]],
    mentions: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, Row], bool]:
    """Articles on the page by id; none where the lake behind ``staged`` cannot be reached."""
    details = [e["detail"] for e in exposed if e["detail"]]
    ids = {r["article_id"] for d in details for r in d["entity_mentions"]}
    ids |= {r["article_id"] for r in mentions}
    try:
        return {r["article_id"]: r for r in ask(con, "articles", articles=sorted(ids))}, True
    except duckdb.Error:
        return {}, False


def _mention(r: Row) -> dict[str, Any]:
    return {**r, "components": _components(r["score_components"])}


def _components(text: str) -> list[str]:
    """Score components as words: ``base +80``; the text itself where it is no JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return [clip(text)]
    if not isinstance(found, dict):
        return [clip(text)]
    said = [
        clip(f"{shown(str(name)).replace('_', ' ')} {_points(value)}", 80)
        for name, value in found.items()
    ]
    rest = len(said) - _COMPONENTS
    return [*said[:_COMPONENTS], f"and {rest} more"] if rest > 0 else said


def _points(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:+d}" if value else "0"
    if isinstance(value, dict) and isinstance(value.get("points"), int):
        points = _points(value["points"])
        rest = [shown(str(v)) for k, v in value.items() if k != "points" and v is not None]
        return f"{points} ({', '.join(rest)})" if rest else points
    return shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _versions(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Delta versions of the lake's tables in the newest consistent cut."""
    rows = ask(con, "versions")
    try:
        found = json.loads(rows[0]["versions"]) if rows else {}
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    return [(clip(shown(str(k)), 80), clip(shown(str(v)), 80)) for k, v in sorted(found.items())]


def _flowlake() -> str:
    try:
        return version("flowlake")
    except PackageNotFoundError:
        return "not installed"
