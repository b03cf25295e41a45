"""OFAC's own words for what it states of a party, and what flowlake does with each.

The same labels stand in every published form: before a value in the CSV's remarks, as ``idType``
of the simple XML, as FeatureType and IDRegDocType of the ADVANCED XML, as feature and document
type of the ENHANCED XML. ``ofac_labels.csv`` holds those with a use of their own, the families
below the ones OFAC extends with every new directive or ticker. A label without a use loads as
identifier ``other`` and is counted: a new one is news, never a loss.
"""

import csv
import re
from datetime import date
from functools import lru_cache
from importlib.resources import files

from transforms.clean.dates import DateSpan, read_date
from transforms.readers.party import UNKNOWN, WALLET, Fact

# Uses whose values are numbers of papers: "A10472263 (Malaysia) issued … expires …".
DOCUMENT_USES = frozenset(
    {"passport", "national_id", "tax_id", "registration", "vessel_registration", "imo", "mmsi"}
    | {"lei", "document"}
)

_FAMILIES = (
    (WALLET, re.compile(r"Digital Currency Address - (?P<ticker>[^\s;]{1,20})")),
    ("date:other", re.compile(r"(?:Listing|Effective|Purchase/Sales For Divestment) Date \(.*?\)")),
    (
        "risk",
        re.compile(
            r"(?:Executive Order \d+|CAATSA Section [\d/]+|PEESA|IFCA) "
            r"(?:Directive )?(?:Determination|Information)",
            re.IGNORECASE,
        ),
    ),
)


def _normal(label: str) -> str:
    return label.replace("\u2019", "'").casefold().rstrip(" :-")


def _load() -> dict[str, str]:
    text = files("transforms.readers").joinpath("ofac_labels.csv").read_text("utf-8")
    return {_normal(row["label"]): row["use"] for row in csv.DictReader(text.splitlines())}


_USES = _load()
# Labels by their first word, longest first: "Registration Number" before "Registration".
_BY_FIRST_WORD: dict[str, list[str]] = {}
for _label in sorted(_USES, key=len, reverse=True):
    _BY_FIRST_WORD.setdefault(_label.split(" ", 1)[0], []).append(_label)


@lru_cache(maxsize=4096)
def use_of(label: str) -> str:
    """Use of a whole label; ``UNKNOWN`` where there is no rule for it."""
    if use := _USES.get(_normal(label)):
        return use
    for use, family in _FAMILIES:
        if family.match(label):
            return use
    return UNKNOWN


def span_of(text: str) -> DateSpan | None:
    """The span of a date in OFAC's words; None where it is in no known form."""
    try:
        return read_date(text)
    except ValueError:
        return None


def labelled(
    label: str,
    value: str,
    *,
    use: str | None = None,
    country: str | None = None,
    issued_on: date | None = None,
    expires_on: date | None = None,
    note: str | None = None,
) -> Fact:
    """A fact from its label and value as text."""
    use = use or use_of(label)
    span = span_of(value) if use == "birth" or use.startswith("date:") else None
    return Fact(use, label, value, country, issued_on, expires_on, note, span)


def split_label(part: str) -> tuple[str, str, str] | None:
    """Label, its use and the value of a part of the remarks; None where no label stands first."""
    lowered = part.replace("\u2019", "'").casefold()
    first = lowered.split(" ", 1)[0]
    # "Fax: …" and "Telephone:" carry their colon into the first word.
    for label in _BY_FIRST_WORD.get(first.rstrip(":"), ()):
        if lowered.startswith(label) and lowered[len(label) : len(label) + 1] in ("", " ", ":"):
            at = len(label)
            return part[:at], _USES[label], part[at:].lstrip(" :-")
    for use, family in _FAMILIES:
        if m := family.match(part):
            return m[0], use, part[m.end() :].lstrip(" :-")
    return None
