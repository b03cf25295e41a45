"""Finds sources: every module of this package that has a ``SOURCE``."""

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import transforms.sources as package
from transforms.errors import FileRefused, InputRefused, LakeError
from transforms.sources.base import Family, RawSet, Source

if TYPE_CHECKING:  # it brings Arrow along, and `flowlake --help` only wants names
    from transforms.sources.batch import Batch

Parse = Callable[[RawSet, "Batch"], None]

# Modules of the package that are not sources.
_MACHINERY = {"base", "batch", "batch_names", "candidate", "pack", "registry", "rowgroups"}


@cache
def names() -> tuple[str, ...]:
    """All source names, sorted; found by file name, nothing is imported."""
    found = (m.name for m in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(set(found) - _MACHINERY))


def source(name: str) -> Source:
    """Declaration of a source; ``LakeError`` naming the known ones where there is none."""
    if name not in names():
        raise LakeError(f"unknown source {name!r}; known: {', '.join(names())}")
    declared: Source = import_module(f"transforms.sources.{name}").SOURCE
    return declared


def parser(name: str) -> Parse:
    """``parse`` of a source; what it refuses names the source."""
    source(name)
    parse: Parse = import_module(f"transforms.sources.{name}").parse

    def named(raw: RawSet, batch: "Batch") -> None:
        try:
            parse(raw, batch)
        except FileRefused as e:
            if len(raw.files) > 1:
                raise  # the others may go on without it
            raise InputRefused(f"{name} {str(e).removeprefix(f'{name} ')}") from e
        except InputRefused as e:
            if str(e).startswith(name):
                raise
            # Shared readers know the file and not whose it is.
            raise type(e)(f"{name} {e}") from e

    return named


def sources_of(*families: Family) -> list[Source]:
    """Declarations of the given families (all where none is given), by name."""
    declared = [source(n) for n in names()]
    return [s for s in declared if not families or s.family in families]
