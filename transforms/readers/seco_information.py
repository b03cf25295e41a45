"""Labelled facts in the ``other-information`` of SECO's list: ``IMO Number: 8405270``.

A text is a fact where it is a known label, a colon and a value, and nothing else; prose stays
prose, in the remarks.
"""

import re
from collections.abc import Iterator

from transforms.clean.dates import DateSpan, of_parts, read_date
from transforms.readers.party import Fact

_USES: tuple[tuple[str, str, str], ...] = (
    ("imo", r"(?:Vessel )?IMO(?: [Nn]umber)?", r"(?:IMO )?\d{7}"),
    ("mmsi", r"MMSI(?: [Nn]umber)?", r"\d{9}"),
    ("tax_id", r"(?:Tax|Taxpayer|INN)[\w ()/]*(?:[Nn]umber|[Ii]dentification)[\w ()/]*", r"\S+"),
    (
        "registration",
        r"(?:[\w/]+ )?(?:[Ss]tate |[Bb]usiness |[Cc]ompany )?[Rr]egistration [Nn]umber",
        r"\S+",
    ),
    ("website", r"Web ?site", r"\S+\.\S+"),
    ("email", r"E-?[Mm]ail(?: address)?", r"\S+@\S+"),
    ("phone", r"(?:Tel\.?|Telephone|Phone|Fax)(?: [Nn]umber)?", r"\+?[\d /()-]{5,30}"),
    ("other", r"(?:SWIFT|SWIFT/BIC|BIC)(?: [Cc]ode)?", r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?"),
)
_FACTS = [(use, re.compile(rf"({label})\s*:\s*({value})\.?")) for use, label, value in _USES]
_REGISTERED = re.compile(r"(Date of (?:registration|incorporation))\s*:\s*(.{4,30}?)\.?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def information_facts(text: str, entity_type: str) -> Iterator[Fact]:
    """Facts that a text is, none where it is prose."""
    for use, form in _FACTS:
        # "IMO number" on a company's entry is a ship's, not its own.
        if (m := form.fullmatch(text)) and (use != "imo" or entity_type == "vessel"):
            yield Fact(use, m[1], m[2])
            return
    if m := _REGISTERED.fullmatch(text):
        yield Fact("date:registration", m[1], m[2], span=_span(m[2]))


def _span(text: str) -> DateSpan | None:
    try:
        if m := _DOTTED.fullmatch(text):
            return of_parts(int(m[3]), int(m[2]), int(m[1]))
        return read_date(text)
    except ValueError:
        return None
