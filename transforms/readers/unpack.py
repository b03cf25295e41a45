"""Files and archives as streams of plain bytes: whole, bounded, and never extracted.

In: a file that may be gzip, bzip2, xz, zip or tar (the first bytes tell, not the name). Out: its
bytes, or those of each member, through ``read``. Refused beside what ``packed`` refuses: an archive
with two members of one name, an encrypted member, or no end.

Links, devices and folders in archives are skipped. A member's name is a label for messages and
dates; no path is ever made from it.
"""

import io
import stat
import tarfile
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Self

from transforms.errors import InputRefused
from transforms.readers.packed import (
    DEFLATE_RATIO,
    FAULTS,
    PACKED,
    READ_BYTES,
    XZ_RATIO,
    Meter,
    Metered,
    plain,
    said,
)

__all__ = ["contents", "is_archive", "members", "plain"]

_ZIP, _EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
# A tar header that extends the next one is read in one piece.
_TAR_HEADER = 1 << 20
_TAR_EXTENSIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_TAR_BLOCK = 512


def contents(path: Path, name: str | None = None) -> Generator[tuple[str, io.BufferedReader]]:
    """Plain bytes of a file: (name, stream) of itself, or of each member of an archive.

    A stream must be read before the next is asked for. ``name`` is what messages call the file.
    """
    name = name or path.name
    if is_archive(path):
        for member, stream in members(path, name):
            yield member, io.BufferedReader(plain(stream, member), READ_BYTES)
        return
    with path.open("rb") as raw:
        if raw.read(6).startswith(PACKED):
            raw.seek(0)
            yield name, io.BufferedReader(plain(raw, name), READ_BYTES)
        else:
            raw.seek(0)
            yield name, raw


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar, compressed or not."""
    with path.open("rb") as raw:
        if raw.read(4) in (_ZIP, _EMPTY_ZIP):
            return True
        raw.seek(0)
        try:
            start = io.BufferedReader(plain(raw, path.name)).read(_TAR_BLOCK)
        except InputRefused:  # reading it will say why
            return False
    return start[257:262] == b"ustar"


def members(path: Path, name: str | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """Regular files of an archive, one by one, as received: (name in the archive, stream)."""
    name = name or path.name
    with path.open("rb") as raw:
        start = raw.read(4)
    try:
        yield from _zipped(path, name) if start in (_ZIP, _EMPTY_ZIP) else _tarred(path, name)
    except FAULTS as e:
        raise InputRefused(f"{name}: expected a whole archive, found: {said(e)}") from e


def _zipped(path: Path, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        seen: set[str] = set()
        meter = Meter(name, DEFLATE_RATIO, path.stat().st_size)
        for info in archive.infolist():
            if info.filename in seen:
                raise _twice(name, info.filename)
            seen.add(info.filename)
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            if info.is_dir() or is_link:
                continue
            if info.flag_bits & 1:
                raise InputRefused(f"{name}: {_label(info.filename)} is encrypted")
            member = f"{name}/{_label(info.filename)}"
            with archive.open(info) as raw:
                yield (
                    _label(info.filename),
                    io.BufferedReader(Metered(raw, member, meter), READ_BYTES),
                )


class _BoundedHeader(tarfile.TarInfo):
    """A header that may not make tarfile read gigabytes for the next member's name."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type in _TAR_EXTENSIONS and header.size > _TAR_HEADER:
            raise tarfile.ReadError(f"a header of {header.size} bytes")
        return header


def _tarred(path: Path, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    with path.open("rb") as raw:
        end = _EndOfTar(plain(raw, name))
        seen: set[str] = set()
        # The whole stream is metered where it is unpacked; this one meets sparse members.
        meter = Meter(name, XZ_RATIO, path.stat().st_size)
        with tarfile.open(fileobj=end, mode="r|", tarinfo=_BoundedHeader) as archive:
            for info in archive:
                if not info.isreg():
                    continue
                if info.name in seen:
                    raise _twice(name, info.name)
                seen.add(info.name)
                stream = archive.extractfile(info)
                if stream is not None:
                    member = f"{name}/{_label(info.name)}"
                    yield _label(info.name), io.BufferedReader(Metered(stream, member, meter))
        if not end.is_reached:
            raise tarfile.ReadError("no end of archive: members may be missing")


class _EndOfTar(io.RawIOBase):
    """Remembers the last block, because tarfile takes a missing end for an end."""

    def __init__(self, source: io.RawIOBase) -> None:
        self._source = source
        self._tail = b""

    @property
    def is_reached(self) -> bool:
        return self._tail == b"\0" * _TAR_BLOCK

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size and (data := self._source.read(size)):
            parts.append(data)
            size -= len(data)
        found = b"".join(parts)
        self._tail = (self._tail + found)[-_TAR_BLOCK:]
        return found


def _label(name: str) -> str:
    """A member's name for messages and dates: no control characters, no way out."""
    printable = "".join(c if c.isprintable() else "?" for c in name.replace("\\", "/"))
    return "/".join(p for p in PurePosixPath(printable).parts if p not in ("/", ".."))


def _twice(name: str, member: str) -> InputRefused:
    return InputRefused(f"{name}: expected one member per name, found two {_label(member)!r}")
