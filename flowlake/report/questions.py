"""Questions to the warehouse: one SQL file each, asked as it stands there.

A question about single entities says ``in (select unnest($entities))``; what the report prints
for people to run says ``= '<entity_id>'`` instead. Text from outside is made harmless here, at the
border, so that no template can forget it.

Sums of whole units come in two, ``x_whole`` and ``x_part`` (behind the point), and are put together
here: up to 1.5.5, DuckDB's sum of a ``DECIMAL(38, 18)`` may wrap round above 1.7e20 without an
error (issue 24081 of duckdb/duckdb).
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import duckdb

from flowlake.report.wording import LONGEST, clip, total
from transforms.clean.display import shown

Row = Mapping[str, Any]

_OF_ENTITIES = "in (select unnest($entities))"
# Read by machine before they are shown: a cut would break them.
_JSON = frozenset({"score_components", "versions"})
# Sentences, not names: room for all they say.
_SENTENCES = frozenset({"reason", "notes", "detail", "evidence", "kwargs"})


def sql(name: str) -> str:
    """Text of a question, without its first line."""
    return _file(name).partition("\n")[2].strip()


def title(name: str) -> str:
    """What a question answers: its first line."""
    return _file(name).partition("\n")[0].removeprefix("--").strip()


def sql_to_run(name: str, entity: str = "…") -> str:
    """Text of a question as a person runs it, for one entity where it is about entities."""
    return sql(name).replace(_OF_ENTITIES, "= '" + entity.replace("'", "''") + "'")


def ask(con: duckdb.DuckDBPyConnection, name: str, **ids: Sequence[str]) -> list[Row]:
    """Rows of a question; ``ids`` are what it names with ``$``."""
    return ask_sql(con, sql(name), **ids)


def ask_sql(con: duckdb.DuckDBPyConnection, text: str, **ids: Sequence[str]) -> list[Row]:
    """Rows of a query, with every text in them fit to be seen."""
    result = con.execute(text, {name: list(values) for name, values in ids.items()})
    names = [d[0] for d in result.description or ()]
    rows = [{n: _seen(n, v) for n, v in zip(names, row, strict=True)} for row in result.fetchall()]
    for halved in (n.removesuffix("_whole") for n in names if n.endswith("_whole")):
        for row in rows:
            row[halved] = total([row.pop(f"{halved}_whole"), row.pop(f"{halved}_part")])
    return list(rows)


def _file(name: str) -> str:
    return files("flowlake.report").joinpath("sql", f"{name}.sql").read_text("utf-8")


def _seen(name: str, value: Any) -> Any:
    if isinstance(value, str):
        # An id goes back into the next question: it must stay what it is. It is never printed
        # but through `shown` again.
        if name == "entity_id":
            return value
        if name in _JSON:
            return shown(value)
        return clip(shown(value), 3 * LONGEST if name in _SENTENCES else LONGEST)
    if isinstance(value, list):
        return [_seen(name, v) for v in value]
    return value
