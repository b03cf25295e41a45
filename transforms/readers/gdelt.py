"""The zip files of GDELT's 15-minute slots: checked against their md5, streamed, never extracted.

In: a zip with exactly one member and, where received with it, the md5 GDELT published. Out: the
member's lines as bytes, with their numbers. Format: http://data.gdeltproject.org/gdeltv2/
(``lastupdate.txt``, ``masterfilelist.txt``: lines ``<bytes> <md5 of the zip> <url>``).

The md5 list is unsigned and comes over http: it finds damage, not malice. One published file was
500 times its declared size, so the size the list states is checked too.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from transforms.errors import InputRefused
from transforms.readers import unpack
from transforms.sources.base import RawFile, RawSet

# The longest line seen has 36,486 characters; a line without an end is not a record.
_MAX_LINE = 20_000_000
_MD5 = re.compile(r"\b[0-9a-f]{32}\b", re.IGNORECASE)
_SLOT = re.compile(r"(?<!\d)(\d{14})(?!\d)")


@dataclass(frozen=True, slots=True)
class Promise:
    """What a list or a sidecar says of a zip."""

    md5: str
    size: int | None
    said_by: str


def slot_of(name: str) -> datetime | None:
    """Start of the slot named in a file's name (UTC), None where there is none."""
    found = _SLOT.search(Path(name).name)
    return timestamp(found[1]) if found else None


def timestamp(digits: str) -> datetime | None:
    """``YYYYMMDDHHMMSS`` as an instant in UTC; None where it is no time."""
    if not (len(digits) == 14 and digits.isascii() and digits.isdigit()):
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def promised(raw: RawSet, file: RawFile) -> Promise | None:
    """The md5 stated for a zip: by the option ``md5``, its own sidecar, or a file list."""
    if "md5" in raw.options:
        return Promise(raw.options["md5"].strip().lower(), None, "option md5")
    base = Path(file.name).name.lower()
    for other in raw.files:
        name = Path(other.name).name.lower()
        if name in (f"{base}.md5", f"{base.removesuffix('.zip')}.md5"):
            stated = _MD5.search(other.path.read_text("utf-8", errors="replace"))
            if stated is None:
                raise InputRefused(f"{raw.source} {other.name}: expected an md5, found none")
            return Promise(stated[0].lower(), None, other.name)
    for other in raw.files:
        if Path(other.name).name.lower().endswith((".txt", ".md5")):
            with other.path.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    parts = line.split()
                    if len(parts) == 3 and parts[2].rpartition("/")[2].lower() == base:
                        size = int(parts[0]) if parts[0].isdecimal() else None
                        return Promise(parts[1].lower(), size, other.name)
    return None


def check(raw: RawSet, file: RawFile) -> bool:
    """Refuse a zip that is not what was promised; False where nothing was promised."""
    promise = promised(raw, file)
    if promise is None:
        return False
    with file.path.open("rb") as f:
        md5 = hashlib.file_digest(f, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if md5 != promise.md5 or promise.size not in (None, file.size):
        raise InputRefused(
            f"{raw.source} {file.name}: md5_mismatch: {promise.said_by} promises {promise.md5}"
            f"{f' and {promise.size} bytes' if promise.size else ''}, found {md5} and "
            f"{file.size} bytes; fetch it again"
        )
    return True


def lines(raw: RawSet, file: RawFile, suffix: str) -> Iterator[tuple[int, bytes]]:
    """Lines of the zip's one member, without their ends, numbered from 1.

    The member's CRC is checked at its end: only an exhausted iterator says the file is whole.
    """
    where = f"{raw.source} {file.name}"
    _expect_one_member(where, file, suffix)
    for _, stream in unpack.members(file.path, where):
        number = 0
        while line := stream.readline(_MAX_LINE):
            number += 1
            if len(line) == _MAX_LINE and not line.endswith(b"\n"):
                raise InputRefused(
                    f"{where} line {number}: expected at most {_MAX_LINE} bytes in a line"
                )
            yield number, line.rstrip(b"\r\n")


def _expect_one_member(where: str, file: RawFile, suffix: str) -> None:
    """Refuse a zip that is no slot's: several members, folders, another kind or slot."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = [m.filename for m in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as e:
        raise InputRefused(f"{where}: expected a whole zip, found: {e}; fetch it again") from e
    if len(names) != 1:
        raise InputRefused(
            f"{where}: expected one member, found {len(names)}: {', '.join(names[:3])}"
        )
    (name,) = names
    if "/" in name or "\\" in name:
        raise InputRefused(f"{where}: expected a member without folders, found {name!r}")
    if not name.lower().endswith(suffix):
        raise InputRefused(f"{where}: expected a member *{suffix}, found {name!r}")
    if slot_of(file.name) is not None and slot_of(name) != slot_of(file.name):
        raise InputRefused(f"{where}: holds another slot's member {name!r}")
