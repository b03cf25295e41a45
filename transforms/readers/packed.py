"""Compressed streams: whole or refused, and never more than text can be.

gzip, bzip2 and xz are told by their first bytes. Refused with ``InputRefused``: what ends early,
fails its checksum, carries anything but padding behind its end, or unpacks to far more than text
does. Readers such as DuckDB take cut gzip files in silence, therefore everything compressed passes
through here first.
"""

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Protocol

from transforms.errors import InputRefused

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

# Deflate ends at 1032:1, text seldom passes 20:1. Small files get 13 MB before the rule applies.
DEFLATE_RATIO = 200
# xz finds repetition across whole files: 143 versions of one list unpack at 766:1.
XZ_RATIO = 2_000
_RATIO_FROM = 1 << 16
# More than any export we take; the free space is checked where it is written.
_LIMIT = 1 << 40
# Each step waits for its turn beside the threads that parse: few, large ones.
READ_BYTES = 1 << 20
# xz -9 needs 65 MiB to unpack; a header may ask for 4 GiB.
_XZ_MEMORY = 256 << 20
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
PACKED = (_GZIP, _BZIP2, _XZ)
# What the standard library raises where compressed bytes or archives are broken.
FAULTS = (
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
)


def plain(source: IO[bytes], name: str) -> io.RawIOBase:
    """Unpack a stream whose first bytes say that it is compressed."""
    start = source.read(6)
    if start.startswith(_GZIP):
        return _Unpacked(source, start, name, _Inflate, Meter(name, DEFLATE_RATIO))
    if start.startswith(_BZIP2):
        return _Unpacked(source, start, name, bz2.BZ2Decompressor, Meter(name, XZ_RATIO))
    if start.startswith(_XZ):
        new = lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)  # noqa: E731 one argument of a call
        return _Unpacked(source, start, name, new, Meter(name, XZ_RATIO))
    return _Rejoined(start, source)


class Meter:
    """Counts what comes out and refuses a bomb."""

    def __init__(self, name: str, ratio: int, consumed: int = 0) -> None:
        self.name = name
        self.ratio = ratio
        self.consumed = consumed
        self.produced = 0

    def add(self, produced: int) -> None:
        """Count unpacked bytes."""
        self.produced += produced
        if self.produced > min(_LIMIT, self.ratio * max(self.consumed, _RATIO_FROM)):
            raise InputRefused(
                f"{self.name}: unpacks to more than {self.ratio} times its size "
                f"({self.produced} bytes from {self.consumed}); looks like a decompression bomb"
            )


class Metered(io.RawIOBase):
    """A member's bytes, counted; its reader's errors told in our words."""

    def __init__(self, source: IO[bytes], name: str, meter: Meter) -> None:
        self._source = source
        self._name = name
        self._meter = meter

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read the next bytes."""
        try:
            data = self._source.read(memoryview(buffer).nbytes)
        except FAULTS as e:
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
        self, source: IO[bytes], start: bytes, name: str, new: Callable[[], _Decoder], meter: Meter
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
        except FAULTS as e:
            raise _broken(self._name, e) from e
        self._meter.add(len(data))
        return _fill(buffer, data)

    def _next(self, size: int) -> bytes:
        while self._decoder is not None:
            given = b""
            if self._decoder.needs_input:
                given, self._waiting = self._waiting or self._source.read(READ_BYTES), b""
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
            rest = self._source.read(READ_BYTES)
            if not rest:
                return None
            self._meter.consumed += len(rest)
        self._waiting = rest
        self._meter.consumed -= len(rest)  # counted again when the decoder is given it
        return self._new()


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


def _fill(buffer: "WriteableBuffer", data: bytes) -> int:
    memoryview(buffer)[: len(data)] = data
    return len(data)


def _broken(name: str, error: Exception) -> InputRefused:
    return InputRefused(f"{name}: expected whole compressed bytes, found: {said(error)}")


def said(error: Exception) -> str:
    """What an exception says, its kind where it says nothing."""
    return str(error) or type(error).__name__
