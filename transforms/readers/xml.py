"""The one way flowlake reads XML: streamed, strict to the last byte, without a DTD.

In: the path of a file, plain or packed. Out: its root element's name and namespace, and one
element after the other for the paths asked for; what was read is thrown away, so that memory stays
flat whatever the size. Names are local names: OFAC changed its namespaces in 2024 and the documents
stayed.

A DOCTYPE is refused (external entities, bombs), so is text above libxml2's limits, a byte that
is not in the declared encoding, and a document that ends early. Nothing is ever repaired: a
recovering parser yields 1,045 parties from a list that was cut in the middle.
"""

import codecs
import io
import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

from lxml import etree

from transforms.errors import InputRefused
from transforms.readers.packed import plain

# lxml has no public name for what its parsers yield.
Element = etree._Element

_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding\s*=\s*["']([\w.-]{1,40})""")
_HEAD, _CHUNK = 200, 1 << 20


@cache
def _local(tag: object) -> str:
    # An entity that stayed unread is a child whose tag is a function.
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def local(element: Element) -> str:
    """Name of an element without its namespace."""
    return _local(element.tag)


def text_of(element: Element | None) -> str | None:
    """Text of an element without surrounding blanks; None for none or only blanks."""
    if element is None or element.text is None:
        return None
    return element.text.strip() or None


def child(element: Element, name: str) -> Element | None:
    """First child with this local name."""
    return next((c for c in element if _local(c.tag) == name), None)


def child_text(element: Element, name: str) -> str | None:
    """Text of the first child with this local name."""
    return text_of(child(element, name))


def children(element: Element, name: str) -> Iterator[Element]:
    """Children with this local name."""
    return (c for c in element if _local(c.tag) == name)


def raw_of(element: Element) -> str:
    """The element as XML text, for a reject."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


def shapes(described: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Element → the children and ``@attributes`` it may have, from words parted by blanks.

    ``*`` is for an element of which all is taken, or left out, whatever it is called.
    """
    return {name: frozenset(words.split()) for name, words in described.items()}


def unknown_names(
    element: Element, known: Mapping[str, frozenset[str]], everywhere: Collection[str] = ()
) -> Iterator[str]:
    """Children and attributes, of an element and below it, that ``shapes`` does not describe.

    A reader that picks what it knows cannot see what a publisher adds; this tells it. Elements
    without a shape hold text only; attributes named in ``everywhere`` may stand at any element.
    """
    for e in element.iter():
        expected = known.get(_local(e.tag))
        if expected is None:
            continue  # told at its parent
        yield from _unknown(e, expected, everywhere)
        for c in e:
            name = _local(c.tag)
            if name in expected and name not in known:
                yield from _unknown(c, frozenset(), everywhere)


def _unknown(e: Element, expected: frozenset[str], everywhere: Collection[str]) -> Iterator[str]:
    if "*" in expected:
        return
    for c in e:
        if _local(c.tag) not in expected:
            yield f"{_local(e.tag)}/{_local(c.tag)}"
    for key in map(str, e.keys()):
        words = {f"@{key}", f"@{_local(key)}"}
        if expected.isdisjoint(words) and words.isdisjoint(everywhere):
            yield f"{_local(e.tag)}/@{_local(key)}"


class Document:
    """One XML file; ``root`` and ``namespace`` are read at once, the rest by ``records``."""

    def __init__(
        self, path: Path, *, source: str, name: str, is_doctype_allowed: bool = False
    ) -> None:
        self.path = path
        self._name = name
        self._where = f"{source} {name}"
        # What stands beside records and ``records`` was not asked for, such as a new section.
        self.passed_over: set[str] = set()
        # Some feed formats carry a DOCTYPE by their specification; its entities stay unread.
        with self._opened() as f, closing(self._events(f, ("start",))) as events:
            _, root = next(events)
            info = root.getroottree().docinfo
            if info.internalDTD is not None and not is_doctype_allowed:
                raise InputRefused(
                    f"{self._where}: expected XML without a DOCTYPE, "
                    f"found <!DOCTYPE {info.root_name} …>"
                )
            self.root = local(root)
            self.namespace: str | None = etree.QName(root).namespace
            self.attributes: dict[str, str] = {_local(str(k)): str(v) for k, v in root.items()}

    def expect_root(self, *names: str, namespace: str | None = None) -> None:
        """``InputRefused`` where the root element is another one (an error page, another list).

        ``namespace`` is for a root whose name says little, such as ``export``.
        """
        if self.root not in names:
            raise InputRefused(
                f"{self._where}: expected root element {' or '.join(names)}, found {self.root}"
            )
        if namespace is not None and self.namespace != namespace:
            raise InputRefused(
                f"{self._where}: expected root element {self.root} of the namespace {namespace}, "
                f"found {self.namespace or 'none'}"
            )

    def records(self, *paths: str) -> Iterator[tuple[str, Element]]:
        """Each element at one of the paths (local names below the root) as (path, element).

        An element is valid until the next one is asked for. The document counts as read only
        when the iterator is exhausted: a fault behind the last record refuses the file too.
        """
        by_name: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        asked: dict[str, set[str]] = {}
        for path in paths:
            parts = path.split("/")
            by_name.setdefault(parts[-1], []).append((path, tuple(reversed(parts))))
            for i, part in enumerate(parts):
                asked.setdefault("/".join(parts[:i]), set()).add(part)
        parents: dict[str, Element] = {}
        tags = [f"{{*}}{name}" for name in by_name]
        with self._opened() as f, closing(self._events(f, ("end",), tags)) as events:
            for _, element in events:
                for path, names in by_name[local(element)]:
                    if self._stands_at(element, names):
                        yield path, element
                        above, parent = path.rpartition("/")[0], element.getparent()
                        if parent is not None:
                            parents[above] = parent
                            self._look(above, _forget(element, parent), asked)
                        break
        for above, parent in parents.items():
            at: Element | None = parent
            while at is not None:
                self._look(above, map(local, at), asked)
                above, at = above.rpartition("/")[0], at.getparent()  # noqa: PLW2901 one level up

    def _look(self, above: str, found: Iterable[str], asked: Mapping[str, set[str]]) -> None:
        known = asked.get(above, ())
        self.passed_over.update(
            f"{above.rpartition('/')[2] or self.root}/{name}" for name in found if name not in known
        )

    def _stands_at(self, element: Element, parts: Sequence[str]) -> bool:
        """Whether the element's ancestors are the given names, innermost first, and the root."""
        at: Element | None = element
        for part in parts:
            if at is None or local(at) != part:
                return False
            at = at.getparent()
        return at is not None and at.getparent() is None

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        with self.path.open("rb") as f, io.BufferedReader(plain(f, self._name)) as unpacked:
            yield unpacked

    def _encoding_fault(self) -> str:
        """Says so where a faulty file's bytes are not the encoding that it declares."""
        with self._opened() as f:
            head = f.read(_HEAD)
            m = _DECLARED.match(head)
            name = m[1].decode() if m else "utf-8"
            try:
                decode = codecs.getincrementaldecoder(name)().decode
                while head:
                    decode(head)
                    head = f.read(_CHUNK)
            except LookupError:
                return ""
            except UnicodeError:
                return f"; the file's bytes are not the {name.upper()} that it declares"
        return ""

    def _events(
        self, file: IO[bytes], events: Sequence[str], tags: Sequence[str] | None = None
    ) -> Generator[tuple[str, Element], None, None]:
        try:
            parser = etree.iterparse(file, events=events, tag=tags, **_OPTIONS)
            yield from parser
        except etree.XMLSyntaxError as e:
            reason = " ".join(str(e.msg).split())
            raise InputRefused(
                f"{self._where} line {e.lineno}: expected well-formed XML to its end, "
                f"found: {reason}{self._encoding_fault()}"
            ) from None


def _forget(element: Element, parent: Element) -> list[str]:
    """Free an element and all that stands before it; names of the latter."""
    element.clear()
    names = []
    while (before := element.getprevious()) is not None:
        names.append(local(before))
        parent.remove(before)
    return names
