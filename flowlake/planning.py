"""What was given, as batches: which files belong together, in which order, of which date.

Folders are walked, archives are taken apart elsewhere (streamed, never extracted), and a source's
``Grouping`` says what one batch is. Names are text from outside: they give dates and messages, and
no path is ever made from them.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from flowlake.dating import date_in_name, without_day
from transforms.errors import InputRefused
from transforms.sources.base import BatchName, Grouping, Source

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".zip")
_COMPRESSED = (".gz", ".bz2", ".xz")
# Folders that a program of the packer's, and not the publisher, put into an archive.
_LITTER = ("__MACOSX",)


@dataclass(frozen=True, slots=True)
class Given:
    """A file as given.

    ``name`` is for messages and dates, ``path`` is where its bytes are now, ``origin`` where they
    came from, and files of one ``place`` (a folder, also one inside an archive) may be a set.
    ``fault`` says why there are no bytes to be had.
    """

    name: str
    path: Path
    origin: str
    place: str
    fault: str | None = None

    @property
    def folder(self) -> str:
        """Folder part of the name."""
        return str(PurePosixPath(self.name).parent)

    @property
    def base(self) -> str:
        """Name without its folders."""
        return PurePosixPath(self.name).name


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one batch, and the date their names give; no files where nothing was received.

    ``sidecars`` go with it and are no part of what it is: a list of checksums that grows does not
    make yesterday's files new ones. ``refusal`` says why these files can be no batch.
    """

    files: tuple[Given, ...]
    date: date | None
    date_basis: str
    sidecars: tuple[Given, ...] = ()
    refusal: str | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """What messages call it."""
        if self.name:
            return self.name
        return self.files[0].name if len(self.files) == 1 else self.files[0].folder


def is_archive(source: Source, name: str) -> bool:
    """Whether a file is to be taken apart; a source whose own form is a zip takes it whole."""
    lower = name.lower()
    return lower.endswith(_ARCHIVES) and not (
        source.suffixes and lower.endswith(tuple(source.suffixes))
    )


def is_sidecar(source: Source, name: str) -> bool:
    """Whether a file only says something about others."""
    base = PurePosixPath(name).name.lower()
    return any(fnmatchcase(base, pattern) for pattern in source.sidecars)


def is_hidden(name: str) -> bool:
    """Whether a relative name is one that people do not see, or an archiver's litter."""
    return any(p.startswith(".") or p in _LITTER for p in PurePosixPath(name).parts)


def wanted(source: Source, name: str) -> bool:
    """Whether a file of a folder or archive is of this source's kind."""
    lower = name.lower()
    if not source.suffixes or lower.endswith(_ARCHIVES) or is_sidecar(source, name):
        return True
    return _unpacked(lower).endswith(tuple(source.suffixes)) or lower.endswith(
        tuple(source.suffixes)
    )


def files_in(source: Source, path: Path) -> Iterator[Given]:
    """The files a path stands for: itself, or what a folder holds, by name."""
    what = f"{source.name} {readable_name(str(path))}"
    try:
        root = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as e:  # RuntimeError: a link that leads to itself
        raise InputRefused(f"{what}: no such file or folder ({_reason(e)})") from e
    if root.is_file():
        if fault := _no_access(what, root):
            raise InputRefused(fault)
        yield _given(f"{root.parent.name}/{path.name}", path, root.parent)
        return
    if not root.is_dir():
        raise InputRefused(f"{what}: expected a file or a folder, found neither")
    found = sorted(p for p in path.rglob("*") if not is_hidden(p.relative_to(path).as_posix()))
    _stay_inside(what, root, found)
    files = [p for p in found if p.is_file()]
    kept = [p for p in files if wanted(source, p.name)]
    if not kept:
        raise InputRefused(
            f"{what}: {len(files)} files, none of this source's kind "
            f"({', '.join(source.suffixes) or 'any'})"
        )
    for p in kept:
        inside = p.relative_to(path)
        member = _given(f"{root.name}/{inside.as_posix()}", p, root / inside.parent)
        yield replace(member, fault=_no_access(f"{source.name} {member.name}", p))


def _given(name: str, path: Path, place: Path) -> Given:
    return Given(readable_name(name), path, readable_name(str(path)), str(place))


def readable_name(name: str) -> str:
    """A name whose bytes are no UTF-8, which nobody could write down, with those spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _stay_inside(what: str, root: Path, found: Sequence[Path]) -> None:
    """Refuse a folder with a link that leads out of it or to nothing."""
    for p in found:
        if not p.is_symlink():
            continue
        try:
            is_inside = p.resolve(strict=True).is_relative_to(root)
        except (OSError, RuntimeError) as e:
            raise InputRefused(f"{what}: the link {p} leads nowhere ({_reason(e)})") from e
        if not is_inside:
            raise InputRefused(f"{what}: the link {p} leads out of the folder that was given")


def _no_access(what: str, path: Path) -> str | None:
    is_readable = os.access(path, os.R_OK)
    return None if is_readable else f"{what}: cannot be read (permission denied)"


def _reason(e: Exception) -> str:
    return (e.strerror if isinstance(e, OSError) else None) or type(e).__name__


def group(source: Source, given: Sequence[Given], day: date | None) -> list[Group]:
    """Batches by date, then name: what comes later replaces what came before."""
    sets: dict[tuple[str, str], list[Given]] = defaultdict(list)
    sidecars: dict[str, list[Given]] = defaultdict(list)
    # A file that is given twice is one file; two members of an archive stay two.
    for f in {(f.place, f.base, f.path.resolve()): f for f in given}.values():
        if is_sidecar(source, f.name) and not f.fault:
            sidecars[f.place].append(f)
        else:
            sets[_set_key(source, f)].append(f)
    groups = []
    for members in sets.values():
        files = tuple(sorted(members, key=lambda f: (f.name, f.origin)))
        beside = [s for place in sorted({f.place for f in files}) for s in sidecars[place]]
        found = (day, "option") if day else _date_of(source, files)
        refusal = next((f.fault for f in files if f.fault), _two_of_a_name(source, files))
        groups.append(Group(files, *found, tuple(beside), refusal))
    first = [(g.date or date.min, natural(g.files[0].name), g.files[0].origin) for g in groups]
    return [g for _, g in sorted(zip(first, groups, strict=True), key=lambda pair: pair[0])]


def _two_of_a_name(source: Source, files: Sequence[Given]) -> str | None:
    counts = Counter((f.place, f.base) for f in files)
    twice = next((f for f in files if counts[f.place, f.base] > 1), None)
    if twice is None:
        return None
    return f"{source.name} {twice.name}: expected one file of this name, found two"


def _set_key(source: Source, f: Given) -> tuple[str, str]:
    if f.fault and source.grouping is not Grouping.NAMED_SET:
        return (f.place, f.base)  # the others go on without it; a set is whole or nothing
    match source.grouping:
        case Grouping.RUN:
            return ("", "")
        case Grouping.FOLDER:
            return (place_of_set(f.place, source.kinds), "")
        case Grouping.NAMED_SET if _unpacked(f.base.lower()) in source.set_names:
            return (f.place, "")
        case Grouping.NAMED_SET if without_day(_unpacked(f.base.lower())) in source.set_names:
            # A folder of sets: sdn_2023-01-05.csv belongs to alt_2023-01-05.csv.
            return (f.place, str(date_in_name(f.base)))
        case _:
            return (f.place, f.base)


def place_of_set(place: str, kinds: Collection[str]) -> str:
    """A folder's path without the name that only says which kind of file lies there."""
    parts = place.split("/")
    named = [n for n, part in enumerate(parts) if part.lower() in kinds]
    if named:
        parts[named[-1]] = "*"
    return "/".join(parts)


def _unpacked(name: str) -> str:
    for suffix in _COMPRESSED:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _date_of(source: Source, files: Sequence[Given]) -> tuple[date | None, str]:
    found = [d for f in files if (d := date_in_name(f.name))]
    if not found or (source.batch_name is not BatchName.DATE and len(files) > 1):
        return None, "none"
    return max(found)


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key in which 2 comes before 10."""
    parts = re.split(r"([0-9]+)", name)
    return [(len(t.lstrip("0")), t.lstrip("0")) if i % 2 else (0, t) for i, t in enumerate(parts)]
