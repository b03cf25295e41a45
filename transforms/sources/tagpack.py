"""GraphSense TagPacks: labels of addresses, with who says so, how sure and since when.

In: a TagPack (YAML, https://github.com/graphsense/graphsense-tagpacks/wiki/GraphSense-TagPacks), or
an ActorPack, which describes the actors that tags name. Out: ``staged.address_labels``, one row per
tag; ``staged.actors``, one row per actor and one per other name for it. Header fields are defaults
for every tag; a tag overrides them. ``currency`` names an asset and not a chain (USDT exists on
several): the chain follows from the address, the currency only chooses where the address fits
several. An address that no chain can have is rejected, as is a tag without address or label.

``actor`` stays the pack's id of it: rows follow from the pack's own bytes, and who is meant is
looked up where the labels of all packs meet. A label is a claim; a pack that repeats a sanctions
list designates nobody.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from transforms.chains import CHAINS
from transforms.clean.addresses import Wallet, canonical_wallet
from transforms.clean.categories import category_of
from transforms.errors import InputRefused
from transforms.readers.plain_yaml import Node, read_yaml
from transforms.readers.unpack import contents
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="tagpack",
    family=Family.LABELS,
    publisher="GraphSense and other makers of TagPacks",
    page="https://github.com/graphsense/graphsense-tagpacks",
    format="yaml",
    licence="MIT (public packs); private packs as their makers say",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.STEM,
    suffixes=(".yaml", ".yml", ".yaml.gz", ".yml.gz"),
    headers=(("title", "tags"), ("title", "actors")),
)

_TABLE, _ACTORS = "staged.address_labels", "staged.actors"
_HEADER = frozenset({"title", "creator", "description", "owner", "is_public", "uri", "tags"})
_DEFAULTS = frozenset(
    {
        "label",
        "source",
        "currency",
        "network",
        "context",
        "confidence",
        "is_cluster_definer",
        "lastmod",
        "category",
        "abuse",
        "actor",
        "concepts",
        "tag_type",
        "tag_subject",
    }
)
_TAG = _DEFAULTS | {"address", "tx_hash"}
_ACTOR_HEADER = frozenset({"title", "creator", "description", "owner", "is_public", "lastmod"})
# What else is said of an actor is of no use here, but known.
_ACTOR = frozenset({"id", "label", "uri", "categories", "jurisdictions", "aliases", "context"})
_TICKERS = frozenset(c.ticker for c in CHAINS.values())
# Warnings name what is unknown; a hostile pack must not make the manifest as long as itself.
_KINDS_NAMED = 100


def parse(raw: RawSet, batch: Batch) -> None:
    """One label per tag, one actor per entry."""
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            pack = read_yaml(stream, name)
            if not isinstance(pack, Node):
                raise InputRefused(f"{SOURCE.name} {name}: expected a TagPack, found no fields")
            if "actors" in pack and "tags" not in pack:
                _read_actors(name, pack, batch)
            else:
                _read_pack(name, pack, batch)


def _read_actors(name: str, pack: Node, batch: Batch) -> None:
    """Actors under their ids and under every other name for them."""
    if not isinstance(pack["actors"], list):
        raise InputRefused(f"{SOURCE.name} {name}: expected an ActorPack with a list of actors")
    labeller, lastmod = _labeller(name, pack)
    for key in sorted(set(pack) - _ACTOR_HEADER - {"actors"}):
        _news(batch, "unknown header field", key)
    batch.dated(_day(lastmod))
    shared = {"labeller": labeller, "labelled_on": _day(lastmod)}
    seen: set[str] = set()
    others: list[tuple[str, dict[str, Any]]] = []
    for number, entry in enumerate(pack["actors"], 1):
        batch.read()
        line = entry.line if isinstance(entry, Node) else None
        where = f"{name}:{line}" if line else f"{name} actor {number}"
        try:
            row, names = _actor(entry, seen, batch)
        except ValueError as e:
            text = entry.raw if isinstance(entry, Node) else str(entry)
            batch.reject(str(e), file=name, line=line, record_id=where, raw=text)
            continue
        row |= {**shared, "record_id": where}
        seen.add(row["actor"])
        batch.add(_ACTORS, {**row, "actor_id": row["actor"]})
        others += [(word, row) for word in names]
    # An actor's own id goes before what others are also called.
    for word, row in others:
        if word not in seen:
            seen.add(word)
            batch.add(_ACTORS, {**row, "actor_id": word}, is_derived=True)


def _actor(entry: Any, seen: set[str], batch: Batch) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(entry, Node):
        raise ValueError("expected an actor with fields")  # noqa: TRY004 a reject like any other
    actor, label = _text(entry, "id"), _text(entry, "label")
    if actor is None:
        raise ValueError("id: is missing")
    if actor in seen:
        raise ValueError(f"id: {actor[:80]!r} stands there twice")
    category, unknown = category_of(_list(entry, "categories"))
    context = entry.get("context")
    within = context if isinstance(context, Node) else {}
    row = {
        "actor": actor,
        "label": label or actor,
        "category": category,
        "jurisdictions": "; ".join(sorted(set(_list(entry, "jurisdictions")))) or None,
        "website": _text(entry, "uri"),
    }
    names = [*_list(entry, "aliases"), *_list(within, "aliases")]
    for word in unknown:
        _news(batch, "unknown category", word)
    for key in sorted(set(entry) - _ACTOR):
        _news(batch, "unknown actor field", key)
    return row, names


def _list(fields: Mapping[str, Any], key: str) -> list[str]:
    """Words of a field that holds a list, one word or nothing."""
    found = fields.get(key)
    words = found if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(w, str) for w in words):
        raise ValueError(f"{key}: expected a list of words")
    return [w.strip() for w in words if w.strip()]


def _read_pack(name: str, pack: Node, batch: Batch) -> None:
    labeller, lastmod = _header(name, pack)
    for key in sorted(set(pack) - _HEADER - _DEFAULTS):
        _news(batch, "unknown header field", key)
    batch.dated(_day(lastmod))
    defaults = {k: v for k, v in pack.items() if k in _DEFAULTS}
    for number, tag in enumerate(pack["tags"], 1):
        batch.read()
        line = tag.line if isinstance(tag, Node) else None
        where = f"{name}:{line}" if line else f"{name} tag {number}"
        try:
            row = _label(tag, defaults, batch)
        except ValueError as e:
            text = tag.raw if isinstance(tag, Node) else str(tag)
            batch.reject(str(e), file=name, line=line, record_id=where, raw=text)
            continue
        batch.add(_TABLE, {**row, "labeller": labeller, "record_id": where})


def _header(name: str, pack: Node) -> tuple[str, str | None]:
    """Who says it all, and since when; refused where this is no TagPack."""
    if not isinstance(pack.get("tags"), list):
        raise InputRefused(f"{SOURCE.name} {name}: expected a TagPack with a list of tags")
    return _labeller(name, pack)


def _labeller(name: str, pack: Node) -> tuple[str, str | None]:
    """Who says it all, and since when; refused where nobody does."""
    try:
        labeller = _text(pack, "creator") or _text(pack, "title")
        lastmod = _text(pack, "lastmod")
    except ValueError as e:
        raise InputRefused(f"{SOURCE.name} {name}: {e}") from e
    if labeller is None:
        raise InputRefused(f"{SOURCE.name} {name}: creator and title are missing: who says this?")
    return labeller, lastmod


def _label(tag: Any, defaults: Mapping[str, Any], batch: Batch) -> dict[str, Any]:
    if not isinstance(tag, Node):
        raise ValueError("expected a tag with fields")  # noqa: TRY004 a reject like any other
    said = {**defaults, **tag}
    address, label = _text(said, "address"), _text(said, "label")
    if address is None:
        raise ValueError("address: is missing")
    if label is None:
        raise ValueError("label: is missing")
    currency = _text(said, "network") or _text(said, "currency") or ""
    wallet = canonical_wallet(address, currency)
    if wallet.chain is None and wallet.is_checksum_valid is False:
        raise ValueError(f"address: expected one that a chain can have, found {address[:120]!r}")
    row = {
        "chain": wallet.chain,
        "address": wallet.address,
        "label": label,
        "actor": _text(said, "actor"),
        "confidence": _text(said, "confidence"),
        "label_source": _text(said, "source"),
        "labelled_on": _day(lastmod := _text(said, "lastmod")),
    }
    row["category"], unknown = category_of(_words(said))
    # Only tags that are kept are told about: a reject says what was wrong with it.
    for word in unknown:
        _news(batch, "unknown category", word)
    for key in sorted(set(tag) - _TAG):
        _news(batch, "unknown tag field", key)
    if lastmod and row["labelled_on"] is None:
        batch.warn("lastmod is no date")
    _doubt(wallet, currency, batch)
    return row


def _doubt(wallet: Wallet, currency: str, batch: Batch) -> None:
    """Count what is odd about an address."""
    if wallet.chain is None:
        batch.warn("address fits chains that its currency does not choose from")
    elif wallet.is_checksum_valid is False:
        batch.warn("address whose letter case is no checksum")
    elif currency.lower() in _TICKERS and CHAINS[wallet.chain].ticker != currency.lower():
        batch.warn(f"currency {currency.upper()} on an address of {wallet.chain}")


def _words(said: Mapping[str, Any]) -> list[str]:
    """What the labeller calls the address, in all fields that may say so."""
    fields = (_text(said, key) for key in ("category", "abuse"))
    return [*_list(said, "concepts"), *(word for word in fields if word)]


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        kind = "a list" if isinstance(value, list) else "fields"
        raise ValueError(f"{key}: expected text, found {kind}")  # noqa: TRY004 as above
    if "\0" in value:
        raise ValueError(f"{key}: expected text, found a NUL")
    return value.strip() or None


def _day(text: str | None) -> date | None:
    """UTC day of ``2023-08-16 12:18:52.619444`` and shorter forms; None where it is no date."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (at.astimezone(UTC) if at.tzinfo else at).date()


def _news(batch: Batch, what: str, word: str) -> None:
    """Count a word we have no rule for, by name as long as there are few."""
    warning = f"{what} {word[:60]}"
    is_named = warning in batch.warnings or len(batch.warnings) < _KINDS_NAMED
    batch.warn(warning if is_named else f"{what}, beyond the {_KINDS_NAMED} kinds named")
