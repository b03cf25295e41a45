"""Bytes by name, on a local path or under ``s3://bucket/prefix``: one code path for both.

Names (``rel``) are relative, with ``/``; ``..``, absolute names and NUL are refused. Options are
the dictionary that deltalake takes as ``storage_options`` (``AWS_ENDPOINT_URL``,
``AWS_ACCESS_KEY_ID``, ``AWS_ALLOW_HTTP``, …); they never appear in ``repr``, logs or messages.

    <lake>/raw/<source>/<sha256[:2]>/<sha256>/data, manifest.json, receptions/*.json
    <lake>/staged|core|meta/<table>/<column>=<value>/<sha256>.parquet, _delta_log/*.json
    <lake>/warehouse.duckdb, .sha256, .prev
    <lake>/_candidates/<run>/   not yet published; on S3 in the machine's temporary folder
    <lake>/_locks/, _flowlake/  file locks; what was acknowledged last
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from transforms.errors import LakeError
from transforms.lake import durable

# deltalake makes a URL of the path and decodes it twice: it would look in another folder. DuckDB
# takes every path for a pattern: a lake called ``a*`` would show the rows of its neighbour ``ab``.
_MISREAD = re.compile(r"%[0-9A-Fa-f]{2}|[*?\[\\\x00-\x1f\x7f\ud800-\udfff]")
# What a scheme looks like; a Windows drive letter is too short to be one.
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored file."""

    rel: str
    size: int
    modified: float  # seconds since 1970, by the storage's clock


class Backend(Protocol):
    """What differs between a folder and a bucket."""

    def read(self, rel: str) -> bytes:
        """Whole file; ``FileNotFoundError`` where there is none."""
        ...

    def write(self, rel: str, data: bytes) -> None:
        """Replace a small file whole and durably."""
        ...

    def put(self, items: list[tuple[Path, str]]) -> None:
        """Store finished local files durably."""
        ...

    def fetch(self, rel: str, path: Path) -> None:
        """Download a file."""
        ...

    def size(self, rel: str) -> int | None:
        """Size in bytes; None where there is no such file."""
        ...

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Files below a folder, by name."""
        ...

    def delete(self, rel: str) -> None:
        """Remove a file where there is one."""
        ...


def checked(rel: str) -> str:
    """Return the name itself; ``LakeError`` where it could leave the lake."""
    parts = rel.split("/")
    if not rel or any(p in {"", ".", ".."} for p in parts) or any(ord(c) < 32 for c in rel):
        raise LakeError(f"{rel!r} is no name inside the lake: relative, no '..', no control byte")
    return rel


class Storage:
    """A lake's storage. Cheap to make; safe to make again in every process."""

    def __init__(self, uri: str, options: Mapping[str, str] | None = None) -> None:
        scheme = _SCHEME.match(uri)
        self._options = dict(options or {})
        self.root: Path | None = None
        self._backend: Backend
        if scheme is None or scheme[1].lower() == "file":
            self.root = Path(uri[scheme.end() :] if scheme else uri).absolute()
            self._uri = str(self.root)
            self._backend = _Folder(self.root)
        elif scheme[1].lower() in {"s3", "s3a"}:
            from transforms.lake.s3 import Bucket  # Arrow's S3 client costs a second to load

            self._uri = "s3://" + uri[scheme.end() :].strip("/")
            self._backend = Bucket(self._uri.removeprefix("s3://"), self._options)
        else:
            raise LakeError(f"{uri}: a lake is a local path or s3://bucket/prefix")
        if found := _MISREAD.search(self._uri):
            raise LakeError(
                f"{self._uri}: a lake's path may not hold {found[0]!a}, which DuckDB or Delta's "
                "library would take for something else; give the lake another name"
            )

    def __repr__(self) -> str:
        return f"Storage({self._uri!r})"

    @property
    def is_local(self) -> bool:
        """Whether the lake is a folder of this machine."""
        return self.root is not None

    @property
    def delta_options(self) -> dict[str, str] | None:
        """Options for deltalake; None for a local lake."""
        if self.is_local:
            return None
        # Without conditional puts two writers could both create the same log entry.
        given = {key.upper() for key in self._options}
        default = {} if "AWS_CONDITIONAL_PUT" in given else {"aws_conditional_put": "etag"}
        return {**default, **self._options}

    def uri(self, rel: str = "") -> str:
        """Absolute path or ``s3://`` address of a name, as DuckDB, Spark and deltalake take it."""
        return f"{self._uri}/{checked(rel)}" if rel else self._uri

    def read_bytes(self, rel: str) -> bytes:
        """Return a whole file; ``FileNotFoundError`` where there is none."""
        return self._backend.read(checked(rel))

    def write_bytes(self, rel: str, data: bytes) -> None:
        """Write a small file whole and durably, replacing what was there."""
        with durable.naming_full_disk(f"writing {rel}", self.root):
            self._backend.write(checked(rel), data)

    def put(self, local: Path, rel: str) -> None:
        """Store a finished local file durably under a name; locally a link, not a copy."""
        self.put_all([(local, rel)])

    def put_all(self, items: Iterable[tuple[Path, str]]) -> None:
        """Store many files with one round of syncs."""
        with durable.naming_full_disk("storing files", self.root):
            self._backend.put([(local, checked(rel)) for local, rel in items])

    def local(self, rel: str) -> Path:
        """Path to read a file from: the file itself, or a download that the janitor removes."""
        if self.root is not None:
            return self.root / checked(rel)
        digest = hashlib.sha256(checked(rel).encode()).hexdigest()[:16]
        path = self.scratch() / "downloads" / f"{digest}-{Path(rel).name}"
        path.parent.mkdir(exist_ok=True)
        self._backend.fetch(rel, path)
        return path

    @contextlib.contextmanager
    def borrowed(self, rel: str) -> Iterator[Path]:
        """Path to read a file from for a moment; a download is removed at the end."""
        if self.root is not None:
            yield self.root / checked(rel)
            return
        with tempfile.TemporaryDirectory(dir=self.scratch()) as folder:
            path = Path(folder) / "borrowed"
            self._backend.fetch(checked(rel), path)
            yield path

    def exists(self, rel: str) -> bool:
        """Whether a file of that name is stored."""
        return self._backend.size(checked(rel)) is not None

    def size(self, rel: str) -> int:
        """Size of a file in bytes; ``FileNotFoundError`` where there is none."""
        size = self._backend.size(checked(rel))
        if size is None:
            raise FileNotFoundError(self.uri(rel))
        return size

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """All files below a folder, in the order of their names."""
        return self._backend.entries(checked(prefix) if prefix else "")

    def delete(self, rel: str) -> None:
        """Remove a file; nothing where there is none."""
        self._backend.delete(checked(rel))

    def scratch(self) -> Path:
        """Folder for work in progress: on the lake's own disk where that is local."""
        if self.root is not None:
            return durable.ensure_folder(self.root / "_candidates")
        digest = hashlib.sha256(self._uri.encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"flowlake-{os.getuid()}-{digest}"
        path.mkdir(mode=0o700, exist_ok=True)
        # Anybody may create names in /tmp: take no folder that another user prepared.
        status = path.lstat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise LakeError(f"{path} belongs to somebody else; set TMPDIR to a private folder")
        return path


class _Folder:
    """A lake in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, rel: str) -> bytes:
        return (self._root / rel).read_bytes()

    def write(self, rel: str, data: bytes) -> None:
        durable.write_durably(self._root / rel, data)

    def put(self, items: list[tuple[Path, str]]) -> None:
        changed: set[Path] = set()
        for local, rel in items:
            target = self._root / rel
            changed |= durable.make_folder(target.parent)
            durable.place(local, target)
        durable.sync_all([self._root / rel for _, rel in items], changed)

    def fetch(self, rel: str, path: Path) -> None:
        shutil.copyfile(self._root / rel, path)

    def size(self, rel: str) -> int | None:
        path = self._root / rel
        return path.stat().st_size if path.is_file() else None

    def entries(self, prefix: str) -> Iterator[Entry]:
        for folder, subfolders, names in os.walk(self._root / prefix):
            subfolders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                # Temporary files come and go while we look.
                with contextlib.suppress(FileNotFoundError):
                    status = path.stat()
                    rel = path.relative_to(self._root).as_posix()
                    yield Entry(rel, status.st_size, status.st_mtime)

    def delete(self, rel: str) -> None:
        (self._root / rel).unlink(missing_ok=True)
