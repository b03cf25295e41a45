"""Mentions: which listed name stands where in which article, and how sure the name is.

In: articles and feed-extracted names as staged, the lists as Arrow tables (``Lists``). Out: the
rows of ``core.mentions`` and counts of what was suppressed. A pure function: same tables, same
rows, in the order of article, place and party; nothing is read but the word lists beside this
module. The wording everywhere is "names a listed alias", never "is": a band is about the name.

Spans are half-open, in code points of ``body``: ``body[span_start:span_end] == surface``.
Evaluated are scripts in which the lists hold names; other articles are counted as
``not_evaluable`` instead of passing for clean.
"""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.aliases import Dictionary, compile_aliases
from transforms.matching.document import Matcher
from transforms.matching.feed_names import FeedNames
from transforms.matching.relations import relations
from transforms.matching.scoring import Candidate, band
from transforms.matching.status import Statuses, statuses
from transforms.matching.vocabulary import Vocabulary, vocabulary
from transforms.schemas import table as schema_table

# Modules that decide a score, a span or a status: their text is part of the matcher's version.
_CODE = (
    "transforms.clean.names",
    *(f"transforms.matching.{m}" for m in ("aliases", "document", "feed_names", "mentions")),
    *(f"transforms.matching.{m}" for m in ("ranks", "reading", "relations", "scoring")),
    *(f"transforms.matching.{m}" for m in ("status", "variants", "vocabulary")),
)
# Libraries that decide a score or a hit; their version is part of the matcher's.
_LIBRARIES = ("ahocorasick-rs", "rapidfuzz")
_SCRIPT_SAMPLE = 400
# Passport numbers of five signs are found in any price list.
_IDENTIFIER_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Lists:
    """What is known of listed parties, as core tables.

    ``entities``: entity_id, entity_type, programs; optionally countries ('; '-joined).
    ``names``: entity_id, name, name_type, is_weak.
    ``designations``: entity_id, source, listed_from, listed_to, from_basis, last_seen.
    ``links``: from_entity_id, to_entity_id.
    ``snapshots``: source, snapshot_date of every accepted list snapshot.
    ``identifiers``: entity_id, identifier (wallets, passports, IMO numbers); may be empty.
    """

    entities: pa.Table
    names: pa.Table
    designations: pa.Table
    links: pa.Table
    snapshots: pa.Table
    identifiers: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of ``core.mentions``, and what is not among them."""

    table: pa.Table
    articles: int
    articles_with_text: int
    not_evaluable: int
    suppressed: Mapping[str, int]
    matcher_version: str


@dataclass(slots=True)
class _Rows:
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], names: Sequence[str]) -> None:
        for name in names:
            self.columns.setdefault(name, []).append(row[name])


def mentions(
    articles: pa.Table,
    article_names: pa.Table,
    lists: Lists,
    words: Vocabulary | None = None,
) -> Found:
    """Mentions of listed names in ``staged.articles`` and ``staged.article_names``."""
    words = words or vocabulary()
    said = statuses(lists.designations, lists.snapshots)
    matcher = prepare(lists, said, words)
    dictionary = matcher.dictionary
    feed = FeedNames(dictionary, matcher.relations)
    made_by = matcher_version(lists, words)
    names_of = _names_by_article(article_names, feed)
    scripts = _scripts(dictionary)
    schema = schema_table("core.mentions").arrow
    rows, suppressed = _Rows(), Counter[str]()
    count = with_text = foreign = 0
    for article_id, place in _distinct(articles):
        count += 1
        body = articles.column("body")[place].as_py()
        if not body and article_id not in names_of:
            continue
        article = {c: articles.column(c)[place].as_py() for c in _ARTICLE}
        if body:
            with_text += 1
            foreign += not scripts.intersection(_script(body))
            found = matcher.mentions(body, suppressed)
        else:
            names = names_of[article_id]
            found = feed.mentions(names, article["title"], _is_translated(article), suppressed)
        for c in found:
            rows.add(_row(c, article, dictionary, said, made_by), schema.names)
    columns = [pa.array(rows.columns.get(f.name, []), f.type) for f in schema]
    return Found(
        table=pa.Table.from_arrays(columns, schema=schema),
        articles=count,
        articles_with_text=with_text,
        not_evaluable=foreign,
        suppressed=dict(sorted(suppressed.items())),
        matcher_version=made_by,
    )


def prepare(lists: Lists, said: Statuses, words: Vocabulary) -> Matcher:
    """Compile the lists once; every text is then read against the same matcher."""
    dictionary = compile_aliases(lists.entities, lists.names, words)
    related = relations(dictionary.entities, lists.links, said)
    return Matcher(dictionary, related, _identifiers(lists, dictionary))


def matcher_version(lists: Lists, words: Vocabulary) -> str:
    """Hash of the matcher's code, its word lists, its libraries and the lists it was given."""
    digest = sha256(_code_version().encode() + words.version.encode())
    for name, columns in (
        ("entities", ("entity_id", "entity_type", "programs")),
        ("names", ("entity_id", "name", "name_type", "is_weak")),
        ("designations", ("entity_id", "source", "listed_from", "listed_to", "from_basis")),
        ("links", ("from_entity_id", "to_entity_id")),
        ("snapshots", ("source", "snapshot_date")),
    ):
        table: pa.Table = getattr(lists, name)
        lines = sorted(zip(*(map(str, table.column(c).to_pylist()) for c in columns), strict=True))
        digest.update(json.dumps([name, lines]).encode())
    return digest.hexdigest()[:16]


@cache
def _code_version() -> str:
    digest = sha256()
    for module in _CODE:
        package, _, name = module.rpartition(".")
        digest.update(module.encode() + files(package).joinpath(f"{name}.py").read_bytes())
    digest.update(json.dumps([(n, version(n)) for n in _LIBRARIES]).encode())
    return digest.hexdigest()


# ── what is read ────────────────────────────────────────────────────────────────────────────

_ARTICLE = ("article_id", "source", "title", "published_at", "language", "text_sha256")


def _distinct(articles: pa.Table) -> Iterator[tuple[str, int]]:
    """Each article's id and row, once: one with a body first, then by source and batch.

    The same article may lie in several batches: two folders, a slot and a feed.
    """
    columns = [articles.column(c).to_pylist() for c in ("article_id", "source", "batch")]
    is_empty = articles.column("body").is_null().to_pylist()
    rows = zip(columns[0], is_empty, columns[1], columns[2], range(len(is_empty)), strict=True)
    previous = None
    for article_id, _, _, _, place in sorted(rows):
        if article_id != previous:
            previous = article_id
            yield article_id, place


def _names_by_article(names: pa.Table, feed: FeedNames) -> dict[str, list[tuple[str, str]]]:
    """All names of those articles that have one the lists know: a day of a feed has millions."""
    known = [n for n in pc.unique(names.column("name")).to_pylist() if feed.is_known(n)]
    hits = names.filter(pc.is_in(names.column("name"), pa.array(known, pa.string())))
    where = pc.unique(hits.column("article_id"))
    kept = names.filter(pc.is_in(names.column("article_id"), where))
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    columns = [kept.column(c).to_pylist() for c in ("article_id", "name", "name_kind")]
    for article_id, name, kind in zip(*columns, strict=True):
        found[article_id].add((name, kind))
    return {a: sorted(n) for a, n in found.items()}


def _identifiers(lists: Lists, dictionary: Dictionary) -> dict[int, tuple[str, ...]]:
    if lists.identifiers is None:
        return {}
    index = {e.entity_id: i for i, e in enumerate(dictionary.entities)}
    found: dict[int, set[str]] = defaultdict(set)
    for entity_id, value in zip(
        lists.identifiers.column("entity_id").to_pylist(),
        lists.identifiers.column("identifier").to_pylist(),
        strict=True,
    ):
        if value and len(value) >= _IDENTIFIER_LENGTH and entity_id in index:
            found[index[entity_id]].add(value)
    return {at: tuple(sorted(values)) for at, values in found.items()}


def _is_translated(article: Mapping[str, Any]) -> bool:
    """Feeds state a language only where they translated from it."""
    return bool(article["language"]) and article["language"] not in ("en", "eng")


@cache
def _script_of(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""


def _script(text: str) -> set[str]:
    """Script most of the first letters are in."""
    seen = Counter(s for s in map(_script_of, text[:_SCRIPT_SAMPLE]) if s)
    return {seen.most_common(1)[0][0]} if seen else set()


def _scripts(dictionary: Dictionary) -> set[str]:
    """Scripts in which the lists hold names."""
    letters: Iterable[str] = {c for form in dictionary.by_form for c in form}
    return {s for s in map(_script_of, letters) if s}


# ── what is written ─────────────────────────────────────────────────────────────────────────


def _row(
    c: Candidate,
    article: Mapping[str, Any],
    dictionary: Dictionary,
    said: Statuses,
    made_by: str,
) -> dict[str, Any]:
    entity_id = dictionary.entities[c.entity].entity_id
    status, basis = said.on(entity_id, _day(article["published_at"]))
    has_span = c.end > c.start
    return {
        "article_id": article["article_id"],
        "entity_id": entity_id,
        "alias": c.alias.form.upper() if c.alias.tier == "D" else c.alias.name,
        "surface": c.surface,
        "span_start": c.start if has_span else None,
        "span_end": c.end if has_span else None,
        "tier": c.alias.tier,
        "tier_reason": c.reason,
        "score": c.score,
        "band": band(c.score),
        "score_components": json.dumps(c.components),
        "score_evidence": json.dumps(c.evidence, ensure_ascii=False, sort_keys=True),
        "status_at_publication": status,
        "status_basis": basis,
        "published_at": article["published_at"],
        "source": article["source"],
        "text_sha256": article["text_sha256"],
        "matcher_version": made_by,
    }


def _day(published_at: datetime | None) -> date | None:
    """UTC day; an instant without a zone comes from the warehouse, which holds UTC."""
    if published_at is None:
        return None
    return (published_at.astimezone(UTC) if published_at.tzinfo else published_at).date()
