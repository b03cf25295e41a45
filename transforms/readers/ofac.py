"""The OFAC lists in whatever form they were published, told by the bytes and not by the name."""

import re

from transforms.errors import InputRefused
from transforms.readers import (
    ofac_advanced,
    ofac_csv,
    ofac_delta,
    ofac_enhanced,
    ofac_simple,
)
from transforms.readers.ofac_records import opened
from transforms.readers.xml import Document
from transforms.sources.base import RawFile, RawSet
from transforms.sources.batch import Batch

# Changes to a snapshot that the lake serves, in the ENHANCED form; told by the namespace.
_DELTA = "DeltaFile"
# Root elements of the XML forms.
_FORMS = {
    "Sanctions": ofac_advanced.parse,
    "sdnList": ofac_simple.parse,
    "sanctionsData": ofac_enhanced.parse,
}
_EXPECTED = f"the CSV set or XML with the root {', '.join(_FORMS)}"


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one snapshot of a list: a CSV set or one XML file."""
    marked_up = [f for f in raw.files if _is_markup(raw.source, f)]
    if not marked_up:
        ofac_csv.parse(raw, batch)
        return
    if len(raw.files) > 1:
        names = ", ".join(f.name for f in raw.files)
        raise InputRefused(
            f"{raw.source} {names}: expected one XML file or the files of one CSV set as a "
            "snapshot, found them mixed"
        )
    (file,) = marked_up
    document = Document(file.path, source=raw.source, name=file.name)
    if document.root == "sanctionsData" and _DELTA in (document.namespace or ""):
        ofac_delta.parse(file, document, batch, raw.held)
        return
    if document.root not in _FORMS:
        raise InputRefused(
            f"{raw.source} {file.name}: expected {_EXPECTED}, found {_described(file, document)}"
        )
    _FORMS[document.root](file, document, batch)


def _is_markup(source: str, file: RawFile) -> bool:
    """Whether the file is XML; pages that are no list at all are refused here."""
    head = _head(file)
    if not head.strip(b"\x00\r\n \t"):
        raise InputRefused(
            f"{source} {file.name}: expected {_EXPECTED}, found an empty file of {file.size} bytes"
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"<!doctype\s+html|<html", text, re.IGNORECASE):
        raise InputRefused(f"{source} {file.name}: expected {_EXPECTED}, found an HTML page")
    # UTF-16 begins with its mark, or with a zero byte beside the first bracket.
    return text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<", b"\x00<"))


def _head(file: RawFile) -> bytes:
    with opened(file) as f:
        return f.read(2_000)


def _described(file: RawFile, document: Document) -> str:
    """What an unknown document is, for the message."""
    if document.root == "Error" and (code := re.search(rb"<Code>(\w{1,40})</Code>", _head(file))):
        return f"an error page of the publisher's store ({code[1].decode()})"
    return f"the root {document.root}"
