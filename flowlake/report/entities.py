"""The most exposed entities: one line of the table each, and a block of detail for the first.

In: answers of the questions about entities. Out: dictionaries for the templates.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from flowlake.report.drawing import draw
from flowlake.report.questions import Row, ask, sql_to_run
from flowlake.report.wording import total
from transforms.clean.display import shown

# With a full block each, so that the file stays near a megabyte whatever the lake holds.
DETAILED = 12
# Wallets attract thousands of worthless tokens; those with the largest sums are shown.
_ASSETS = 5
_HOPS = 40
_FLOWS = 30
PHASES = ("before", "during", "after", "unknown")
_LISTS = ("periods", "names", "wallets", "links", "entity_cash_outs", "paths", "entity_mentions")


def entities(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Entities with transfers, the most exposed first; ``detail`` is None beyond the first."""
    found = ask(con, "entities")
    ids = [r["entity_id"] for r in found]
    exposure = _by_entity(ask(con, "exposure", entities=ids))
    details = _details(con, ids[:DETAILED], exposure)
    return [
        {
            **r,
            "place": place,
            "assets": _assets([x for x in exposure[r["entity_id"]] if x["hop"] == 1]),
            "detail": details.get(r["entity_id"]),
        }
        for place, r in enumerate(found, start=1)
    ]


def _by_entity(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for r in rows:
        found[r["entity_id"]].append(r)
    return found


def _assets(direct: Sequence[Row]) -> dict[str, Any]:
    """Cells of the table: per asset what was sent and received in each phase."""
    by_asset: dict[str, list[Row]] = defaultdict(list)
    for r in direct:
        by_asset[r["asset"]].append(r)

    def rank(asset: str) -> tuple[Any, ...]:
        known = total(r["amount_usd"] for r in by_asset[asset])
        return (known is None, -(known or 0), -sum(r["transfers"] for r in by_asset[asset]), asset)

    order = sorted(by_asset, key=rank)
    shown_assets = [
        {
            "asset": asset,
            "symbol": by_asset[asset][0]["symbol"],
            "basis": by_asset[asset][0]["asset_basis"],
            "cells": {(r["direction"], r["phase"]): r for r in by_asset[asset]},
        }
        for asset in order[:_ASSETS]
    ]
    return {"shown": shown_assets, "total": len(order)}


def _details(
    con: duckdb.DuckDBPyConnection, ids: Sequence[str], exposure: Mapping[str, Sequence[Row]]
) -> dict[str, dict[str, Any]]:
    answers = {name: _by_entity(ask(con, name, entities=ids)) for name in (*_LISTS, "flows")}
    return {entity: _detail(entity, answers, exposure[entity]) for entity in ids}


def _detail(
    entity: str, answers: Mapping[str, Mapping[str, list[Row]]], exposure: Sequence[Row]
) -> dict[str, Any]:
    flows = answers["flows"].get(entity, [])
    further = [r for r in exposure if r["hop"] > 1]
    largest = sorted(
        flows,
        key=lambda r: (r["amount_usd"] is None, -(r["amount_usd"] or 0), -(r["amount"] or 0)),
    )[:_FLOWS]
    places = {id(r) for r in largest}
    known = {name: answers[name].get(entity, []) for name in _LISTS}
    return {
        **known,
        "drawing": draw(flows),
        "flows": [r for r in flows if id(r) in places],
        "flows_total": flows[0]["total"] if flows else 0,
        "flows_drawn": len(flows),
        "further": further[:_HOPS],
        "further_total": len(further),
        "sql": {name: sql_to_run(name, shown(entity)) for name in (*_LISTS, "flows", "exposure")},
    }
