"""Compressed files and archives as streams: whole, bounded, and never extracted.

In: a file that may be gzip, bzip2, xz, zip or tar (the first bytes tell, not the name). Out: its
bytes, or those of each member, through ``read``. Refused with ``InputRefused``: what ends early,
fails its checksum, carries anything behind its end, unpacks to far more than text does, holds two
members of one name or an encrypted one. Readers such as DuckDB take cut gzip files in silence,
therefore everything compressed passes through here first.

Links, devices and folders in archives are skipped. A member's name is a label for messages and
dates; no path is ever made from it.
"""

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Protocol, Self

from transforms.errors import InputRefused

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

# Deflate ends at 1032:1, text seldom passes 20:1. Small files get 13 MB before the rule applies.
_DEFLATE_RATIO = 200
# xz finds repetition across whole files: 143 versions of one list unpack at 766:1.
_XZ_RATIO = 2_000
_RATIO_FROM = 1 << 16
# More than any export we take; the free space is checked where it is written.
_LIMIT = 1 << 40
_READ = 1 << 18
# xz -9 needs 65 MiB to unpack; a header may ask for 4 GiB.
_XZ_MEMORY = 256 << 20
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

_GZIP, _BZIP2, _XZ, _ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_FAULTS = (
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
)


def contents(path: Path, name: str | None = None) -> Generator[tuple[str, io.BufferedReader]]:
    """Plain bytes of a file: (name, stream) of itself, or of each member of an archive.

    A stream must be read before the next is asked for. ``name`` is what messages call the file.
    """
    name = name or path.name
    if is_archive(path):
        for member, stream in members(path, name):
            yield member, io.BufferedReader(plain(stream, member), _READ)
        return
    with path.open("rb") as raw:
        if raw.read(6).startswith((_GZIP, _BZIP2, _XZ)):
            raw.seek(0)
            yield name, io.BufferedReader(plain(raw, name), _READ)
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
    except _FAULTS as e:
        raise InputRefused(f"{name}: expected a whole archive, found: {_said(e)}") from e


def _zipped(path: Path, name: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        seen: set[str] = set()
        meter = _Meter(name, _DEFLATE_RATIO, path.stat().st_size)
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
                    io.BufferedReader(_Metered(raw, member, meter), _READ),
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
        meter = _Meter(name, _XZ_RATIO, path.stat().st_size)
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
                    yield _label(info.name), io.BufferedReader(_Metered(stream, member, meter))
        if not end.is_reached:
            raise tarfile.ReadError("no end of archive: members may be missing")


class _Meter:
    """Counts what comes out and refuses a bomb."""

    def __init__(self, name: str, ratio: int, consumed: int = 0) -> None:
        self.name = name
        self.ratio = ratio
        self.consumed = consumed
        self.produced = 0

    def add(self, produced: int) -> None:
        self.produced += produced
        if self.produced > min(_LIMIT, self.ratio * max(self.consumed, _RATIO_FROM)):
            raise InputRefused(
                f"{self.name}: unpacks to more than {self.ratio} times its size "
                f"({self.produced} bytes from {self.consumed}); looks like a decompression bomb"
            )


class _Metered(io.RawIOBase):
    """A member's bytes, counted; its reader's errors told in our words."""

    def __init__(self, source: IO[bytes], name: str, meter: _Meter) -> None:
        self._source = source
        self._name = name
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        try:
            data = self._source.read(memoryview(buffer).nbytes)
        except _FAULTS as e:
            raise _broken(self._name, e) from e
        self._meter.add(len(data))
        return _fill(buffer, data)


class _Decoder(Protocol):
    """What bz2 and lzma offer, and zlib in ``_Inflate``."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: "ReadableBuffer", max_length: int = -1) -> bytes: ...


class _Inflate:
    """zlib's decompressor with the manners of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail and not self._zlib.eof

    def decompress(self, data: "ReadableBuffer", max_length: int = -1) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + bytes(data), max_length)


class _Unpacked(io.RawIOBase):
    """Plain bytes of a compressed stream; several streams in a row are one."""

    def __init__(
        self, source: IO[bytes], start: bytes, name: str, new: Callable[[], _Decoder], meter: _Meter
    ) -> None:
        self._source = source
        self._name = name
        self._new = new
        self._decoder: _Decoder | None = new()
        self._waiting = start
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        try:
            data = self._next(memoryview(buffer).nbytes)
        except _FAULTS as e:
            raise _broken(self._name, e) from e
        self._meter.add(len(data))
        return _fill(buffer, data)

    def _next(self, size: int) -> bytes:
        while self._decoder is not None:
            given = b""
            if self._decoder.needs_input:
                given, self._waiting = self._waiting or self._source.read(_READ), b""
                self._meter.consumed += len(given)
            data = self._decoder.decompress(given, size)
            if self._decoder.eof:
                self._decoder = self._following(self._decoder.unused_data)
            elif not (given or data):
                raise EOFError("it ends before its end mark; it was cut or not sent whole")
            if data:
                return data
        return b""

    def _following(self, rest: bytes) -> _Decoder | None:
        """Decoder of the next stream in the file, or None at its end; padding is allowed."""
        while not (rest := rest.lstrip(b"\0")):
            rest = self._source.read(_READ)
            if not rest:
                return None
            self._meter.consumed += len(rest)
        self._waiting = rest
        self._meter.consumed -= len(rest)  # counted again when the decoder is given it
        return self._new()


def plain(source: IO[bytes], name: str) -> io.RawIOBase:
    """Unpack a stream whose first bytes say that it is compressed."""
    start = source.read(6)
    if start.startswith(_GZIP):
        return _Unpacked(source, start, name, _Inflate, _Meter(name, _DEFLATE_RATIO))
    if start.startswith(_BZIP2):
        return _Unpacked(source, start, name, bz2.BZ2Decompressor, _Meter(name, _XZ_RATIO))
    if start.startswith(_XZ):
        new = lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)  # noqa: E731 one argument of a call
        return _Unpacked(source, start, name, new, _Meter(name, _XZ_RATIO))
    return _Rejoined(start, source)


class _Rejoined(io.RawIOBase):
    """A stream with the bytes that were looked at put back in front."""

    def __init__(self, start: bytes, source: IO[bytes]) -> None:
        self._start = start
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        size = memoryview(buffer).nbytes
        if self._start:
            data, self._start = self._start[:size], self._start[size:]
        else:
            data = self._source.read(size)
        return _fill(buffer, data)


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


def _fill(buffer: "WriteableBuffer", data: bytes) -> int:
    memoryview(buffer)[: len(data)] = data
    return len(data)


def _label(name: str) -> str:
    """A member's name for messages and dates: no control characters, no way out."""
    printable = "".join(c if c.isprintable() else "?" for c in name.replace("\\", "/"))
    return "/".join(p for p in PurePosixPath(printable).parts if p not in ("/", ".."))


def _twice(name: str, member: str) -> InputRefused:
    return InputRefused(f"{name}: expected one member per name, found two {_label(member)!r}")


def _broken(name: str, error: Exception) -> InputRefused:
    return InputRefused(f"{name}: expected whole compressed bytes, found: {_said(error)}")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
