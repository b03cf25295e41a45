"""Which source a file belongs to, told by its columns, keys or root element.

Every source declares in ``Source.headers`` by which names its forms are known. A file may be of any
source one of whose forms it has whole; of those the one that asks for more is meant (BigQuery's
token transfers are ethereum-etl's and more), or the one with a column that no other source has.
Where columns of several are alike (tronetl's are ethereum-etl's), the accounts in the first rows
tell the chain. Where several are left, files of the same folder decide (an export's blocks lie
beside its transactions), then names that publishers give their files. Nobody guesses further: what
stays ambiguous, or fits nothing, is told with what was found, and everything else goes on.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from flowlake.dating import without_day
from flowlake.planning import is_hidden, is_sidecar, place_of_set, readable_name, wanted
from transforms.errors import InputRefused
from transforms.readers.forms import is_called
from transforms.readers.heads import Head, heads
from transforms.readers.signs import family_shown
from transforms.sources.base import Grouping, Source
from transforms.sources.registry import sources_of

_COMPRESSED = (".gz", ".bz2", ".xz")
# Names in a message: enough to know the file by.
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Recognised:
    """Files by their source, in the order given, and what was said of all others."""

    files: Mapping[str, Sequence[str]]
    problems: Sequence[str]


@dataclass(slots=True)
class _Found:
    path: Path
    name: str
    candidates: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: Sequence[Head] = ()
    fault: str | None = None

    @property
    def is_empty(self) -> bool:
        return bool(self.heads) and all(h.is_empty for h in self.heads)


def recognise(paths: Sequence[str]) -> Recognised:
    """Sort files, and the files of folders, by source."""
    files: dict[str, list[str]] = defaultdict(list)
    problems = []
    by_folder: dict[str, list[_Found]] = defaultdict(list)
    kinds = {kind for s in sources_of() for kind in s.kinds}
    for path in paths:
        try:
            found = list(_files(path))
        except InputRefused as e:
            problems.append(str(e))
            continue
        for p in found:
            by_folder[place_of_set(str(p.parent), kinds)].append(_looked_at(p))
    for folder in by_folder.values():
        decided = list(_decided(folder))
        if mixed := _alike({s for _, s in decided if s and _is_by_folder(s)}):
            problems.append(_several(folder, mixed))
            decided = [(f, s) for f, s in decided if s not in mixed]
        for f, source in decided:
            if source:
                files[source].append(str(f.path))
            else:
                problems.append(_why_not(f))
    return Recognised(dict(files), problems)


def _files(path: str) -> Iterator[Path]:
    if "://" in path:
        raise InputRefused(f"{path}: auto takes files and folders; name the source of a URL")
    root = Path(path)
    if root.is_file():
        yield root
        return
    if not root.is_dir():
        raise InputRefused(f"{readable_name(path)}: no such file or folder")
    for p in sorted(root.rglob("*")):
        if p.is_file() and not is_hidden(p.relative_to(root).as_posix()):
            yield p


def _looked_at(path: Path) -> _Found:
    found = _Found(path, readable_name(str(path)))
    if named := _by_suffix(path.name):
        found.candidates = {named: frozenset()}
        return found
    try:
        inside = len(path.name) + 1
        found.heads = tuple(h for h in heads(path, path.name) if not is_hidden(h.name[inside:]))
    except (InputRefused, OSError) as e:
        found.fault = str(e)
        return found
    fitting = _of_shown_family(_fitting_all(found.heads), path)
    found.candidates = _narrowed(fitting) or _by_set_name(path.name)
    return found


def _fitting_all(found: Sequence[Head]) -> dict[str, frozenset[str]]:
    """Sources that all heads fit, but for those of files that the source would not take."""
    fitting = [(h.name, _fitting(h)) for h in found if not h.is_empty]
    kept: dict[str, frozenset[str]] = {}
    for of_head in (f for _, f in fitting):
        for source, form in of_head.items():
            kept.setdefault(source, form)
    return {
        s.name: kept[s.name]
        for s in sources_of()
        if s.name in kept and all(s.name in f or not wanted(s, name) for name, f in fitting)
    }


def _fitting(head: Head) -> dict[str, frozenset[str]]:
    """Sources one of whose forms the head has whole → the largest such form."""
    found: dict[str, frozenset[str]] = {}
    for source, form in _forms():
        if any(_has(names, form) for names in head.names):
            wanted = frozenset(n.lower() for n in form)
            found[source] = max(found.get(source, frozenset()), wanted, key=len)
    return found


def _has(names: Sequence[str], form: Sequence[str]) -> bool:
    return all(any(_is(wanted, n) for n in names) for wanted in form)


def _is(wanted: str, name: str) -> bool:
    # Of an object inside a record only its keys are known: token_info.address.
    return is_called(wanted, name) or name.lower().startswith(f"{wanted.lower()}.")


def _of_shown_family(
    candidates: Mapping[str, frozenset[str]], path: Path
) -> Mapping[str, frozenset[str]]:
    """Candidates of the chains that the rows show, where they are of several families."""
    families = {s: _declared(s).families for s in candidates}
    if len(set(families.values()) - {()}) < 2:
        return candidates
    shown = family_shown(path, path.name)
    fitting = {s: f for s, f in candidates.items() if not families[s] or shown in families[s]}
    return fitting if shown else candidates


def _narrowed(candidates: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Candidates that no other one asks more than; of those the one with names of its own."""
    kept = {
        s: form
        for s, form in candidates.items()
        if not any(form < o and _are_akin(s, t) for t, o in candidates.items())
    }
    own = {s: form for s, form in kept.items() if form & _own_names(s)}
    return own if len(own) == 1 else kept


def _are_akin(source: str, other: str) -> bool:
    """Whether a column more tells two sources apart; not where only the chain differs."""
    mine, theirs = _declared(source).families, _declared(other).families
    return not mine or not theirs or bool(set(mine) & set(theirs))


def _decided(folder: Sequence[_Found]) -> Iterator[tuple[_Found, str | None]]:
    """Each file of a folder and its source, None where it cannot be told."""
    sure = {next(iter(f.candidates)) for f in folder if len(f.candidates) == 1}
    for f in folder:
        choice = set(f.candidates)
        if f.is_empty or (not choice and _is_beside(f.path.name, sure)):
            choice = set(sure)  # an export's file without rows, a list's checksums
        if len(choice) > 1:
            choice = choice & sure or choice
        if len(choice) > 1:
            choice = {s for s in choice if _is_named_after(s, f.path.name)} or choice
        yield f, next(iter(choice)) if len(choice) == 1 else None


def _is_by_folder(source: str) -> bool:
    return _declared(source).grouping is Grouping.FOLDER


def _alike(sources: set[str]) -> set[str]:
    """Sources that have files in common with another of them: one's may be the other's half."""
    return {
        s
        for s in sources
        if any(
            set(f) <= set(o) or set(o) <= set(f)
            for t in sources - {s}
            for f in _declared(s).headers
            for o in _declared(t).headers
        )
    }


def _declared(source: str) -> Source:
    return next(s for s in sources_of() if s.name == source)


def _several(folder: Sequence[_Found], sources: set[str]) -> str:
    """Files of one folder are one export there; half of an export is another's."""
    names = sorted(sources)
    place = readable_name(os.path.commonpath([f.path.parent for f in folder]))
    return (
        f"{place}: its files fit {' and '.join(names)}; say which, as in "
        f"flowlake ingest {names[-1]} {place}, or keep them in folders apart"
    )


def _why_not(found: _Found) -> str:
    if found.fault:
        return found.fault if found.fault.startswith(found.name) else f"{found.name}: {found.fault}"
    if found.candidates:
        names = sorted(found.candidates)
        return (
            f"{found.name}: fits {' and '.join(names)}; say which, as in "
            f"flowlake ingest {names[0]} {found.name}"
        )
    if found.is_empty:
        return (
            f"{found.name}: 0 bytes or no column names; name its source, or give the folder it "
            "belongs to"
        )
    kinds = ", ".join(dict.fromkeys(h.kind for h in found.heads)) or "archive without files"
    names = [n for h in found.heads for row in h.names[:1] for n in row]
    shown = ", ".join(n[:60] for n in dict.fromkeys(names[:_SHOWN]))
    more = f" and {len(set(names)) - _SHOWN} more" if len(set(names)) > _SHOWN else ""
    return (
        f"{found.name}: no known format; found {kinds} with {shown or 'no names'}{more}"
        f"{_nearest(names)}; name its source, or for any CSV of transfers: flowlake ingest "
        f"mapped_csv {found.name} --mapping FILE.toml"
    )


def _nearest(names: Sequence[str]) -> str:
    """The form that shares most with what was found, and what it would have besides."""
    best: tuple[float, str, list[str]] = (0.0, "", [])
    for source, form in _forms():
        missing = [w for w in form if not _has(names, (w,))]
        share = 1 - len(missing) / len(form)
        # Two names that many tables have are no resemblance.
        if share > best[0] and len(form) - len(missing) > 1:
            best = (share, source, missing)
    if not best[2]:
        return ""
    return f"; nearest is {best[1]}, which also has {', '.join(best[2])}"


@cache
def _forms() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((s.name, form) for s in sources_of() for form in s.headers)


@cache
def _own_names(source: str) -> frozenset[str]:
    """Names that stand in no other source's forms."""
    others = {n.lower() for s, form in _forms() if s != source for n in form}
    return frozenset(n.lower() for s, form in _forms() if s == source for n in form) - others


def _unpacked(name: str) -> str:
    return next((name.removesuffix(s) for s in _COMPRESSED if name.endswith(s)), name)


def _by_suffix(name: str) -> str | None:
    """The source that alone has files of such a name: .gkg.csv.zip, .xlsx."""
    having = [
        s.name
        for s in sources_of()
        for suffix in s.suffixes
        if name.lower().endswith(suffix) and (suffix.count(".") > 2 or suffix == ".xlsx")
    ]
    return having[0] if len(having) == 1 else None


def _by_set_name(name: str) -> dict[str, frozenset[str]]:
    """Sources whose files have this very name: OFAC's CSV has no header."""
    base = _unpacked(name.lower())
    return {
        s.name: frozenset()
        for s in sources_of()
        if base in s.set_names or without_day(base) in s.set_names
    }


def _is_beside(name: str, sources: set[str]) -> bool:
    return any(is_sidecar(s, name) for s in sources_of() if s.name in sources)


def _is_named_after(source: str, name: str) -> bool:
    """Whether a file's name begins as the publisher's files do: SDN_ADVANCED.XML, cons_prim.csv."""
    first = _word(name)
    declared = _declared(source)
    published = [*declared.set_names, *(PurePosixPath(u).name for u in declared.urls)]
    return bool(first) and first in {_word(p) for p in published}


def _word(name: str) -> str:
    word = name.lower()
    return word[: next((i for i, c in enumerate(word) if not c.isalpha()), len(word))]
