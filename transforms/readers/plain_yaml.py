"""YAML from outside, as texts only.

PyYAML's loaders guess types (``no`` is false, ``012`` is ten), run constructors for tags and follow
aliases into bombs of any size. Here the C parser only delivers events; values stay the text that
was written (null is None), mappings know their line, a key may stand once, tags are refused, depth
is bounded, and an alias may only repeat something small without aliases in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import yaml

from transforms.errors import InputRefused

_MAX_DEPTH = 20
_MAX_ALIASED = 1_000
_NULLS = ("", "~", "null", "Null", "NULL")
_TEXT_TAGS = (None, "tag:yaml.org,2002:str")


class Node(dict[str, Any]):
    """A mapping and the line it begins on (from 1)."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    value: Node | list[Any]
    anchor: str | None
    nodes: int = 1
    has_alias: bool = False
    key: str | None = None


def read_yaml(stream: IO[bytes], name: str) -> Any:
    """The one document of a file: nested ``Node``, list, str and None."""
    builder = _Builder(name)
    try:
        for event in _events(stream):
            builder.take(event)
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        said = " ".join(str(e).split())[:300]
        raise InputRefused(f"{name}: expected YAML, found: {said}") from e
    return builder.document


def _events(stream: IO[bytes]) -> Iterator[yaml.Event]:
    return yaml.parse(stream, Loader=yaml.CSafeLoader)


class _Builder:
    def __init__(self, name: str) -> None:
        self.document: Any = None
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._is_done = False

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event, line), event.anchor, line)
            case yaml.AliasEvent():
                self._add(self._repeated(event.anchor, line), None, line)
            case yaml.MappingStartEvent():
                self._begin(Node(line), event, line)
            case yaml.SequenceStartEvent():
                self._begin([], event, line)
            case yaml.CollectionEndEvent():
                self._end(line)
            case yaml.DocumentStartEvent() if self._is_done:
                raise self._refused(line, "a second document")
            case yaml.DocumentEndEvent():
                self._is_done = True

    def _begin(self, value: Node | list[Any], event: yaml.CollectionStartEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if len(self._open) >= _MAX_DEPTH:
            raise self._refused(line, f"nested more than {_MAX_DEPTH} deep")
        self._open.append(_Open(value, event.anchor))

    def _end(self, line: int) -> None:
        closed = self._open.pop()
        if self._open:
            self._open[-1].nodes += closed.nodes
            self._open[-1].has_alias |= closed.has_alias
        is_small = closed.nodes <= _MAX_ALIASED and not closed.has_alias
        self._add(closed.value, closed.anchor if is_small else None, line)

    def _repeated(self, anchor: str | None, line: int) -> Any:
        if anchor not in self._anchors:
            raise self._refused(line, f"alias *{anchor} of nothing small and plain")
        if self._open:
            self._open[-1].has_alias = True
        return self._anchors[anchor]

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> str | None:
        self._check_tag(event.tag, line)
        is_plain = event.style is None or event.style == ""
        return None if is_plain and event.value in _NULLS else event.value

    def _add(self, value: Any, anchor: str | None, line: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = value
        if not self._open:
            self.document = value
            return
        parent = self._open[-1]
        parent.nodes += 1
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            if not isinstance(value, str):
                raise self._refused(line, "a key that is no text")
            if value in parent.value:
                raise self._refused(line, f"the key {value[:60]!r} twice")
            parent.key = value
        else:
            parent.value[parent.key] = value
            parent.key = None

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in _TEXT_TAGS:
            raise self._refused(line, f"the tag {tag}")

    def _refused(self, line: int, found: str) -> InputRefused:
        return InputRefused(f"{self._name} line {line}: expected plain YAML, found {found}")
