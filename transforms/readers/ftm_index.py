"""FollowTheMoney entities by the party they are about, on disk while one export is read."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transforms.errors import InputRefused
from transforms.readers.records import RAW_LIMIT

# Entities that say something of another one, and the properties that name that one.
ABOUT = {
    "Sanction": ("entity",),
    "Passport": ("holder",),
    "Identification": ("holder",),
    "CryptoWallet": ("holder",),
}
# Relations: start, end, and what to call it where the entity does not say.
RELATIONS = {
    "Ownership": ("owner", "asset", "owner of"),
    "Directorship": ("director", "organization", "director of"),
    "Employment": ("employee", "employer", "employee of"),
    "Membership": ("member", "organization", "member of"),
    "Family": ("person", "relative", "family"),
    "Associate": ("person", "associate", "associate"),
    "Representation": ("agent", "client", "agent of"),
    "Succession": ("predecessor", "successor", "predecessor of"),
    "UnknownLink": ("subject", "object", "linked to"),
}
# Entities that say nothing of a listed party.
_BESIDE = frozenset({"Occupancy", "Position", "Similar", "Event", "Documentation"})
_HELD = 2_000  # rows between two writes of the index
_MOST_MALFORMED = 1_000

Entity = Mapping[str, Any]


def values(entity: Entity, name: str) -> list[str]:
    """Values of a property; a property that is absent has none."""
    found = entity["properties"].get(name) or ()
    found = found if isinstance(found, list) else [found]
    return [text for v in found if isinstance(v, str) and (text := v.strip())]


def first(entity: Entity, name: str) -> str | None:
    """First value of a property."""
    return next(iter(values(entity, name)), None)


class Index:
    """What stands in the file, by the party it is about; on disk."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._db = sqlite3.connect(path)
        self._db.executescript(
            "pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -20000;"
            "create table parties (line integer primary key, id text, entity text);"
            "create table about (id text, line integer, entity text);"
            "create table places (id text primary key, entity text) without rowid;"
            "create table captions (id text primary key, caption text) without rowid;"
        )
        self.malformed: list[tuple[str, int, str]] = []
        self._waiting: dict[str, list[tuple[Any, ...]]] = {
            "parties": [], "about": [], "places": [], "captions": [],
        }  # fmt: skip

    def add(self, line: int, entity: Entity) -> None:
        """Take an entity, or note what is wrong with it."""
        number, schema = entity.get("id"), entity.get("schema")
        properties = entity.get("properties")
        if not (isinstance(number, str) and number and isinstance(schema, str)):
            self.note("an entity without id or schema", line, str(number))
            return
        if not isinstance(properties, dict):
            self.note("an entity without properties", line, number)
            return
        text = json.dumps(entity, ensure_ascii=False)
        if schema == "Address":
            self._put("places", number, text)
            return
        holders = [h for p in ABOUT.get(schema, ()) for h in values(entity, p)]
        if schema in RELATIONS:
            holders = values(entity, RELATIONS[schema][0])
        for holder in holders:
            self._put("about", holder, line, text)
        is_thing = schema == "CryptoWallet" or schema not in {*ABOUT, *RELATIONS, *_BESIDE}
        if is_thing:
            self._put("captions", number, str(entity.get("caption") or "") or None)
            if entity.get("target") is True:
                self._put("parties", line, number, text)

    def note(self, reason: str, line: int, text: str) -> None:
        """Keep a line that is no entity, until the file's day is known."""
        self.malformed.append((reason, line, text[:RAW_LIMIT]))
        if len(self.malformed) > _MOST_MALFORMED:
            raise InputRefused(
                f"line {line}: {reason}; more than {_MOST_MALFORMED} such lines, so this is no "
                "export of entities"
            )

    def _put(self, table: str, *row: Any) -> None:
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) >= _HELD:
            self._write(table)

    def _write(self, table: str) -> None:
        waiting = self._waiting[table]
        if waiting:
            marks = ", ".join("?" * len(waiting[0]))
            self._db.executemany(f"insert or ignore into {table} values ({marks})", waiting)
            waiting.clear()

    def finish(self) -> None:
        """Write the rest; from now on the index can be asked."""
        for table in self._waiting:
            self._write(table)
        self._db.execute("create index about_id on about (id)")
        self._db.execute("create index parties_id on parties (id)")

    def parties(self) -> Iterator[tuple[int, Entity]]:
        """Targets in the file's order, the first of each id."""
        rows = self._db.execute("select line, entity from parties order by line")
        for line, text in rows:
            yield line, json.loads(text)

    def is_target(self, number: str) -> bool:
        """Whether a target has this id."""
        found = self._db.execute("select 1 from parties where id = ? limit 1", (number,))
        return found.fetchone() is not None

    def about(self, number: str) -> list[Entity]:
        """Entities that point to this one, in the file's order."""
        rows = self._db.execute("select entity from about where id = ? order by line", (number,))
        return [json.loads(text) for (text,) in rows]

    def place(self, number: str) -> Entity | None:
        """An Address by its id."""
        row = self._db.execute("select entity from places where id = ?", (number,)).fetchone()
        return json.loads(row[0]) if row else None

    def caption(self, number: str) -> str | None:
        """What an entity of the file is called."""
        row = self._db.execute("select caption from captions where id = ?", (number,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Remove the index."""
        self._db.close()
        self._path.unlink(missing_ok=True)
