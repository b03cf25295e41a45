"""FollowTheMoney entities as OpenSanctions exports them: one JSON object per line, in any order.

In: ``{id, caption, schema, properties, referents, datasets, first_seen, last_seen, target}`` per
line. Out: the sanctioned targets as parties. Sanctions, addresses, papers, wallets and relations
are entities of their own that point to their party and stand before or behind it; they wait in an
index on disk, so that memory stays flat whatever the size (https://followthemoney.tech/explorer/).

A target is sanctioned where its topics say so or a Sanction points to it; persons in public
office are targets too, and no designation. What OpenSanctions itself noticed when
(``first_seen``, ``last_change``) is left out: what was known when follows from the snapshots.
"""

import codecs
from collections.abc import Iterator, Sequence

from transforms.clean.dates import read_date
from transforms.errors import InputRefused
from transforms.readers.ftm_index import Entity, Index, values
from transforms.readers.ftm_party import Target
from transforms.readers.jsonl import JsonLines
from transforms.readers.unpack import contents
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

# Topics under which a target is not sanctioned itself.
_NOT_SANCTIONED = ("sanction.linked",)


def parse(file: RawFile, batch: Batch) -> None:
    """Stage one export."""
    where = f"{batch.source.name} {file.name}"
    index = Index(batch.folder / "ftm.sqlite")
    try:
        newest = ""
        for line, entity in _entities(file, batch, index):
            newest = max(newest, str(entity.get("last_seen") or "")[:10])
            index.add(line, entity)
        index.finish()
        if newest:
            try:
                batch.dated(read_date(newest).day)
            except ValueError as e:
                raise InputRefused(f"{where}: expected last_seen YYYY-MM-DD, found {e}") from None
        for reason, line, text in index.malformed:
            batch.read()
            batch.reject(reason, file=file.name, line=line, raw=text)
        _parties(index, file, batch)
    finally:
        index.close()
    if not batch.rows_staged:
        raise InputRefused(f"{where}: expected sanctioned targets, found none")


def _entities(file: RawFile, batch: Batch, index: Index) -> Iterator[tuple[int, Entity]]:
    where = f"{batch.source.name} {file.name}"
    for name, stream in contents(file.path, file.name):
        lines = JsonLines(stream, f"{batch.source.name} {name}")
        if lines.is_empty:
            raise InputRefused(f"{where}: expected entities, found an empty file")
        for part in lines.slices():
            objects, malformed = lines.objects(part)
            for bad in malformed:
                index.note(bad.reason, bad.line, bad.raw)
            for line, _, found in objects:
                if "op" in found and "entity" in found:
                    raise InputRefused(
                        f"{where} line {line}: expected entities, found changes against an "
                        "earlier version (entities.delta.json), which are no snapshot; give "
                        "entities.ftm.json"
                    )
                yield line, found


def is_json(file: RawFile) -> bool:
    """Whether a file begins like JSON; an empty one does not."""
    for _, stream in contents(file.path, file.name):
        return stream.read(256).removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"["))
    return False


def _parties(index: Index, file: RawFile, batch: Batch) -> None:
    seen: set[str] = set()
    for line, entity in index.parties():
        number = entity["id"]
        if entity["schema"] == "CryptoWallet" and any(
            index.is_target(h) for h in values(entity, "holder")
        ):
            continue  # staged with its holder
        batch.read()
        about = index.about(number)
        fault = None
        if number in seen:
            fault = f"id {number[:60]} stands in the file twice"
        elif not _is_sanctioned(entity, about):
            fault = "a target that is not sanctioned"
        elif not (entity.get("caption") or values(entity, "name")):
            fault = "a target without a name"
        seen.add(number)
        if fault:
            batch.reject(
                fault, file=file.name, line=line, record_id=number[:100],
                raw=str(entity.get("caption"))[:200],
            )  # fmt: skip
            continue
        Target(index, entity, f"{file.name}:{line}", batch).stage(about)


def _is_sanctioned(entity: Entity, about: Sequence[Entity]) -> bool:
    topics = [
        t for t in values(entity, "topics") if t.startswith("sanction") and t not in _NOT_SANCTIONED
    ]
    return bool(topics) or any(a["schema"] == "Sanction" for a in about)
