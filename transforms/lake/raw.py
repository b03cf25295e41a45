"""The raw store: bytes exactly as received, named by their sha256, never rewritten.

    raw/<source>/<sha256[:2]>/<sha256>/data               the bytes, read-only
                                      /receptions/*.json  each time they were received, each named
                                                          by the sha256 of what it says
                                      /manifest.json      the first of them

In: finished files of a download or a file drop. Out: a manifest of the run. Names inside the
store are our own, never the archive's or the publisher's. The copy is private (a hard link would
change with the user's file), made once while hashing, and visible only when whole and synced.
"""

import json
import logging
import queue
import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from transforms.errors import InputRefused, LakeError
from transforms.lake import durable
from transforms.lake.storage import Storage

logger = logging.getLogger(__name__)

# Larger reads were no faster, smaller ones cost more switches between the two threads.
_CHUNK = 4 << 20
# Writeback starts this often while copying; the disk then works while we hash.
_WRITEBACK = 32 << 20
# From this size on a copy costs more than to look for a file of the same size first; below, all
# files are hashed first, which saves the copy of what is held already.
_LARGE = 64 << 20
# Chunks the hashing thread may be behind: bounds memory to 32 MiB.
_BEHIND = 8

_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_SOURCE = re.compile(r"^[a-z0-9_]{1,40}$")


@dataclass(frozen=True, slots=True)
class Received:
    """A finished local file and what its transport said; ``origin`` is its URL or path."""

    path: Path
    name: str
    origin: str
    fetched_at: datetime
    media_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    licence: str | None = None
    publisher_date: date | None = None


@dataclass(frozen=True, slots=True)
class RawObject:
    """One file in the raw store; ``is_new`` is false where the bytes were there already."""

    name: str
    sha256: str
    size: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class RawManifest:
    """The files of one reception, in the order they were given."""

    source: str
    objects: tuple[RawObject, ...]


def receive(storage: Storage, source: str, files: Sequence[Received]) -> RawManifest:
    """Take files into the raw store; the same bytes again only add a reception."""
    if not _SOURCE.match(source):
        raise LakeError(f"{source!r} is no source: expected a word in lower case")
    objects = []
    copies: dict[str, Path] = {}
    with tempfile.TemporaryDirectory(prefix="received-", dir=storage.scratch()) as folder:
        for number, file in enumerate(files):
            with durable.naming_full_disk(f"{source} {file.name}: receiving", Path(folder)):
                objects.append(_take(storage, source, file, Path(folder) / str(number), copies))
        # All bytes first, synced in one round; nothing describes what is not durable yet.
        storage.put_all((copy, rel) for rel, copy in copies.items())
    for file, kept in zip(files, objects, strict=True):
        _describe(storage, source, kept, file)
    return RawManifest(source, tuple(objects))


def open_raw(storage: Storage, source: str, digest: str) -> Path:
    """Path to read raw bytes from; ``LakeError`` where the lake has none of that sha256."""
    folder = _folder(source, digest)
    if not storage.exists(f"{folder}/data"):
        raise LakeError(f"{source}: the raw store holds no {digest}; receive the file again")
    return storage.local(f"{folder}/data")


def read_manifest(storage: Storage, source: str, digest: str) -> dict[str, Any]:
    """Read what is known of raw bytes since they were first received."""
    manifest = json.loads(storage.read_bytes(f"{_folder(source, digest)}/manifest.json"))
    return dict(manifest)


def reception_sha256(text: bytes) -> str:
    """As much of a reception's sha256 as its name holds."""
    return sha256(text).hexdigest()[:16]


def public_origin(origin: str) -> str:
    """Strip what may be secret from a URL: user, password, query and fragment."""
    scheme, found, _ = origin.partition("://")
    if not found:
        return origin
    try:
        parts = urlsplit(origin)
    except ValueError:
        return f"{scheme}://"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _folder(source: str, digest: str) -> str:
    if not _SHA256.match(digest) or not _SOURCE.match(source):
        raise LakeError(f"{source!r} {digest!r} name no raw bytes")
    return f"raw/{source}/{digest[:2]}/{digest}"


def _take(
    storage: Storage, source: str, file: Received, aside: Path, copies: dict[str, Path]
) -> RawObject:
    """Hash a file, and copy it ``aside`` into ``copies`` unless its bytes are held already."""
    if not file.path.is_file():
        raise InputRefused(f"{source} {file.name}: {file.path} is no file; give it again")
    size = file.path.stat().st_size
    digest = _hash(file.path) if size < _LARGE or _is_known_size(storage, source, size) else None
    is_new = False
    if digest is None or not _holds(storage, source, digest, size):
        copied, size = copy_hashing(file.path, aside)
        if digest not in {None, copied}:
            raise InputRefused(
                f"{source} {file.name}: changed while it was read; wait until it is written "
                "completely and give it again"
            )
        digest, rel = copied, f"{_folder(source, copied)}/data"
        is_new = rel not in copies and not _holds(storage, source, copied, size)
        if is_new:
            copies[rel] = aside
        else:
            aside.unlink()
    logger.info(
        "received %s %s: %d bytes, sha256 %s%s",
        source, file.name, size, digest[:12], "" if is_new else " (held already)",
    )  # fmt: skip
    return RawObject(file.name, digest, size, is_new)


def _is_known_size(storage: Storage, source: str, size: int) -> bool:
    entries = storage.list(f"raw/{source}")
    return any(e.size == size for e in entries if e.rel.endswith("/data"))


def _holds(storage: Storage, source: str, digest: str, size: int) -> bool:
    rel = f"{_folder(source, digest)}/data"
    return storage.exists(rel) and storage.size(rel) == size


def _describe(storage: Storage, source: str, kept: RawObject, file: Received) -> None:
    """Write down what the bytes are, and that they were received."""
    folder = _folder(source, kept.sha256)
    facts = asdict(file) | {
        "origin": public_origin(file.origin),
        "source": source,
        "sha256": kept.sha256,
        "size": kept.size,
        "fetched_at": file.fetched_at.isoformat(),
        "publisher_date": file.publisher_date.isoformat() if file.publisher_date else None,
    }
    del facts["path"]
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False).encode()
    # Named by what it says: a task that is run again records its reception once.
    when = file.fetched_at.strftime("%Y%m%dT%H%M%S")
    # In this order: the checksum in a reception's name is all that vouches for the manifest.
    names = (f"receptions/{when}-{reception_sha256(text)}.json", "manifest.json")
    for name in names:
        if not storage.exists(f"{folder}/{name}"):
            storage.write_bytes(f"{folder}/{name}", text)


def _hash(path: Path) -> str:
    digest = sha256()
    buffer = memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as f:
        while size := f.readinto(buffer):
            digest.update(buffer[:size])
    return digest.hexdigest()


def copy_hashing(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file once, hashing the very bytes that are written; sha256 and size.

    One thread reads and writes, one hashes (hashlib lets go of the interpreter), and the kernel
    writes to the disk meanwhile.
    """
    digest = sha256()
    chunks: queue.Queue[bytes | None] = queue.Queue(_BEHIND)

    def hash_chunks() -> None:
        while (chunk := chunks.get()) is not None:
            digest.update(chunk)

    hashing = threading.Thread(target=hash_chunks, daemon=True)
    hashing.start()
    written = started = 0
    try:
        with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
            while chunk := reader.read(_CHUNK):
                chunks.put(chunk)
                rest = memoryview(chunk)
                while rest:
                    rest = rest[writer.write(rest) :]
                written += len(chunk)
                if written - started >= _WRITEBACK:
                    durable.start_writeback(writer.fileno(), started, written - started)
                    started = written
    finally:
        chunks.put(None)
        hashing.join()
    return digest.hexdigest(), written
