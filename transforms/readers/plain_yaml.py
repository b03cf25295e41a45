"""YAML from outside, as texts only.

PyYAML's loaders guess types (``no`` is false, ``012`` is ten, ``0x00ab`` loses its zeros), run
constructors for tags, follow aliases into bombs, and the C one overflows its stack on deep nesting.
Here the C parser only delivers events: values stay the text that was written (null is None),
mappings know their lines, a key may stand once, and anchors, aliases, tags, deep nesting and large
files are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import yaml

from transforms.errors import InputRefused

_MAX_DEPTH = 20
# Forty times the largest public pack; a minute's work for the parser.
MAX_BYTES = 64 << 20
_NULLS = ("", "~", "null", "Null", "NULL")
_TEXT_TAGS = (None, "tag:yaml.org,2002:str")


class Node(dict[str, Any]):
    """A mapping and where it stands: ``line`` is the one it begins on (from 1)."""

    def __init__(self, line: int, lines: Sequence[bytes]) -> None:
        super().__init__()
        self.line = line
        self.last_line = line
        self._lines = lines

    @property
    def raw(self) -> str:
        """The lines of the file it was read from."""
        text = b"\n".join(self._lines[self.line - 1 : self.last_line])
        return text.decode("utf-8", "replace")


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    value: Node | list[Any]
    key: str | None = None


def read_yaml(stream: IO[bytes], name: str) -> Any:
    """The one document of a file: nested ``Node``, list, str and None; None where it is empty."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputRefused(f"{name}: expected at most {MAX_BYTES} bytes of YAML, found more")
    builder = _Builder(name, data.split(b"\n"))
    try:
        for event in yaml.parse(data, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.YAMLError as e:
        said = " ".join(str(e).split())[:300]
        raise InputRefused(f"{name}: expected YAML, found: {said}") from e
    return builder.document


class _Builder:
    def __init__(self, name: str, lines: Sequence[bytes]) -> None:
        self.document: Any = None
        self._name = name
        self._lines = lines
        self._open: list[_Open] = []
        self._is_done = False

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event."""
        line = _place(event.start_mark)[0] + 1
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._refused(line, f"the anchor or alias {event.anchor[:60]!r}; write it out")
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event, line), line)
            case yaml.MappingStartEvent():
                self._begin(Node(line, self._lines), event, line)
            case yaml.SequenceStartEvent():
                self._begin([], event, line)
            case yaml.CollectionEndEvent():
                self._end(event, line)
            case yaml.DocumentStartEvent() if self._is_done:
                raise self._refused(line, "a second document")
            case yaml.DocumentEndEvent():
                self._is_done = True

    def _begin(self, value: Node | list[Any], event: yaml.CollectionStartEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if len(self._open) >= _MAX_DEPTH:
            raise self._refused(line, f"nested more than {_MAX_DEPTH} deep")
        self._open.append(_Open(value))

    def _end(self, event: yaml.CollectionEndEvent, line: int) -> None:
        closed = self._open.pop().value
        if isinstance(closed, Node):
            # The end of ``{…}`` is its bracket; that of an indented block is what comes after it.
            is_bracket = _place(event.end_mark) > _place(event.start_mark)
            closed.last_line = max(closed.line, line if is_bracket else line - 1)
        self._add(closed, line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> str | None:
        self._check_tag(event.tag, line)
        is_plain = not event.style
        return None if is_plain and event.value in _NULLS else event.value

    def _add(self, value: Any, line: int) -> None:
        if not self._open:
            self.document = value
            return
        parent = self._open[-1]
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
            raise self._refused(line, f"the tag {tag[:60] if tag else tag}")

    def _refused(self, line: int, found: str) -> InputRefused:
        return InputRefused(f"{self._name} line {line}: expected plain YAML, found {found}")


def _place(mark: "yaml.error.Mark | yaml._yaml.Mark | None") -> tuple[int, int]:
    """Line and column (from 0); the C parser always knows them, its types do not say so."""
    return (mark.line, mark.column) if mark else (0, 0)
