"""GraphSense TagPacks: labels of addresses, with who says so, how sure and since when.

In: a TagPack (YAML, https://github.com/graphsense/graphsense-tagpacks/wiki/GraphSense-TagPacks);
ActorPacks beside it name its actors. Out: ``staged.address_labels``, one row per tag. Header fields
are defaults for every tag; a tag overrides them. ``currency`` names an asset and not a chain (USDT
exists on several): the chain follows from the address, the currency only chooses where the
address fits several. A label is a claim; a pack that repeats a sanctions list designates nobody.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from transforms.clean.addresses import canonical_wallet
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
    suffixes=(".yaml", ".yml"),
    sidecars=("*actorpack*.yaml", "*actorpack*.yml"),
)

_TABLE = "staged.address_labels"
_HEADER = frozenset({"title", "creator", "description", "owner", "is_public", "tags"})
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
    }
)
_TAG = _DEFAULTS | {"address", "tx_hash"}
# What is shaped like an address of some chain; packs do name ones that were cut or mistyped.
_ADDRESS = re.compile(r"[0-9A-Za-z:_]{20,128}").fullmatch


def parse(raw: RawSet, batch: Batch) -> None:
    """One label per tag."""
    packs: list[tuple[str, Node]] = []
    actors: dict[str, str] = {}
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            pack = read_yaml(stream, name)
            if not isinstance(pack, Node) or not ("tags" in pack or "actors" in pack):
                raise InputRefused(f"{raw.source} {name}: expected a TagPack with tags, found none")
            if "tags" in pack:
                packs.append((name, pack))
            else:
                actors |= _actors(pack)
    if not packs:
        raise InputRefused(
            f"{raw.source} {raw.files[0].name}: an ActorPack has no addresses; it is read where it "
            "lies beside its TagPacks"
        )
    for name, pack in packs:
        _read_pack(name, pack, actors, batch)


def _actors(pack: Node) -> dict[str, str]:
    listed = pack["actors"] if isinstance(pack["actors"], list) else []
    found = [a for a in listed if isinstance(a, Node) and _text(a, "id")]
    return {a["id"]: _text(a, "label") or a["id"] for a in found}


def _read_pack(name: str, pack: Node, actors: Mapping[str, str], batch: Batch) -> None:
    if not isinstance(pack["tags"], list):
        raise InputRefused(f"{SOURCE.name} {name}: tags: expected a list")
    labeller = _text(pack, "creator")
    if labeller is None:
        raise InputRefused(f"{SOURCE.name} {name}: creator is missing: who says all this?")
    for key in sorted(set(pack) - _HEADER - _DEFAULTS):
        batch.warn(f"unknown header field {key[:60]}")
    defaults = {k: v for k, v in pack.items() if k in _DEFAULTS}
    for number, tag in enumerate(pack["tags"], 1):
        batch.read()
        line = tag.line if isinstance(tag, Node) else None
        where = f"{name}:{line}" if line else f"{name} tag {number}"
        try:
            row = _label(tag, defaults, actors, batch)
        except ValueError as e:
            batch.reject(str(e), file=name, line=line, record_id=where, raw=repr(tag))
            continue
        batch.add(_TABLE, {**row, "labeller": labeller, "record_id": where})


def _label(
    tag: Any, defaults: Mapping[str, Any], actors: Mapping[str, str], batch: Batch
) -> dict[str, Any]:
    if not isinstance(tag, Node):
        raise ValueError("expected a tag with fields")  # noqa: TRY004 a reject like any other
    for key in sorted(set(tag) - _TAG):
        batch.warn(f"unknown tag field {key[:60]}")
    said = {**defaults, **tag}
    address, label = _text(said, "address"), _text(said, "label")
    if address is None:
        raise ValueError("address: is missing")
    if label is None:
        raise ValueError("label: is missing")
    currency = _text(said, "network") or _text(said, "currency") or ""
    wallet = canonical_wallet(address, currency)
    if wallet.chain is None:
        if not _ADDRESS(address):
            raise ValueError(f"address: expected an address, found {address[:120]!r}")
        batch.warn("label of an address that fits no chain we know")
    elif wallet.is_checksum_valid is False:
        batch.warn("label of an address whose letter case is no checksum")
    concepts = said.get("concepts")
    words = [w for w in concepts if isinstance(w, str)] if isinstance(concepts, list) else []
    words += [w for key in ("category", "abuse") if (w := _text(said, key))]
    category, unknown = category_of(words)
    for word in unknown:
        batch.warn(f"unknown category {word[:60]}")
    actor = _text(said, "actor")
    return {
        "chain": wallet.chain,
        "address": wallet.address,
        "label": label,
        "category": category,
        "actor": actors.get(actor, actor) if actor else None,
        "confidence": _text(said, "confidence"),
        "labelled_on": _day(_text(said, "lastmod"), batch),
        "label_source": _text(said, "source"),
    }


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    return (value.strip() or None) if isinstance(value, str) else None


def _day(text: str | None, batch: Batch) -> date | None:
    """Day of ``2023-08-16 12:18:52.619444`` and shorter forms."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        batch.warn("lastmod is no date")
        return None
