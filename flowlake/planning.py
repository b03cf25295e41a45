"""What was given, as batches: which files belong together, in which order, of which date.

Folders are walked, archives are streamed member by member (never extracted), and a source's
``Grouping`` says what one batch is.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from flowlake.dating import date_in_name
from transforms.errors import InputRefused
from transforms.sources.base import BatchName, Grouping, Source

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".zip")
_COMPRESSED = (".gz",)


@dataclass(frozen=True, slots=True)
class Given:
    """A file as given: its name for messages and dates, and where its bytes are now."""

    name: str
    path: Path

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
    """Files of one batch, and the date their names give."""

    files: tuple[Given, ...]
    date: date | None
    date_basis: str

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.files[0].name if len(self.files) == 1 else self.files[0].folder


def is_archive(source: Source, name: str) -> bool:
    """Whether a file is to be taken apart; a source whose own form is a zip takes it whole."""
    lower = name.lower()
    return lower.endswith(_ARCHIVES) and not (
        source.suffixes and lower.endswith(tuple(source.suffixes))
    )


def files_in(source: Source, path: Path) -> Iterator[Given]:
    """The files a path stands for: itself, or what a folder holds, by name."""
    if not path.exists():
        raise InputRefused(f"{source.name} {path}: no such file or folder")
    if path.is_file():
        yield Given(f"{path.resolve().parent.name}/{path.name}", path)
        return
    found = sorted(
        p
        for p in path.rglob("*")
        if p.is_file() and not any(part.startswith(".") for part in p.relative_to(path).parts)
    )
    root = path.resolve()
    kept = [p for p in found if wanted(source, p.name)]
    if not kept:
        raise InputRefused(
            f"{source.name} {path}: {len(found)} files, none of this source's kind "
            f"({', '.join(source.suffixes) or 'any'})"
        )
    for p in kept:
        # A link could lead out of the folder that was given.
        if not p.resolve().is_relative_to(root):
            raise InputRefused(f"{source.name} {p}: leads out of {path}")
        yield Given(f"{root.name}/{p.relative_to(path).as_posix()}", p)


def wanted(source: Source, name: str) -> bool:
    """Whether a file of a folder or archive is of this source's kind."""
    lower = name.lower()
    if not source.suffixes or lower.endswith(_ARCHIVES):
        return True
    for suffix in _COMPRESSED:
        lower = lower.removesuffix(suffix)
    return lower.endswith(tuple(source.suffixes)) or name.lower().endswith(tuple(source.suffixes))


def group(source: Source, given: Sequence[Given], day: date | None) -> list[Group]:
    """Batches by date, then name: what comes later replaces what came before."""
    sets: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for f in given:
        sets[_set_key(source, f)].append(f)
    groups = []
    for members in sets.values():
        files = tuple(sorted(members, key=lambda f: f.name))
        found = (day, "option") if day else _date_of(source, files)
        groups.append(Group(files, *found))
    return sorted(groups, key=lambda g: (g.date or date.min, _natural(g.files[0].name)))


def _set_key(source: Source, f: Given) -> tuple[str, str]:
    match source.grouping:
        case Grouping.RUN:
            return ("", "")
        case Grouping.FOLDER:
            return (f.folder, "")
        case Grouping.NAMED_SET if f.base.lower() in source.set_names:
            return (f.folder, "")
        case _:
            return (f.folder, f.base)


def _date_of(source: Source, files: Sequence[Given]) -> tuple[date | None, str]:
    found = [d for f in files if (d := date_in_name(f.name))]
    if not found or (source.batch_name is not BatchName.DATE and len(files) > 1):
        return None, "none"
    return max(found)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key in which 2 comes before 10."""
    return [(int(t) if t.isdigit() else 0, t) for t in re.split(r"(\d+)", name)]
