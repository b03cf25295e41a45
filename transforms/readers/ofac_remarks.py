"""The remarks of OFAC's CSV lists, read as what they are: a list of labelled facts.

In: the remarks of one party, joined over all files of the set. Out: names, links and facts, each
part of the text used, or left to the remarks as prose, or counted as a part nobody has a rule
for. Parts end at ``;`` and the last one at a full stop, which OFAC leaves out where an
abbreviation has set it already.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from transforms.readers.ofac_labels import (
    DOCUMENT_USES,
    labelled,
    span_of,
    split_label,
)
from transforms.readers.party import UNKNOWN, WALLET, Fact, Party


@dataclass(frozen=True, slots=True)
class Remark:
    """What one party's remarks say."""

    aliases: tuple[tuple[str, str], ...]  # (name type, name), all weak
    links: tuple[str, ...]
    facts: tuple[Fact, ...]
    unread: tuple[str, ...]  # parts that look like data and have no rule


# d.b.a. (doing business as) is a trade name: an alias like the others.
_ALIAS = re.compile(r"([afnd])\.[kb]\.a\.\s+'(.+)'", re.DOTALL)
_ALIAS_TYPES = {"a": "aka", "f": "fka", "n": "nka", "d": "aka"}
_OPEN_QUOTE = re.compile(r"(?:[Aa]lt\. )?[afnd]\.[kb]\.a\.\s+'")
_LINK_IN_BRACKETS = re.compile(r"\(Linked To: (.*)\)")
# A full stop that belongs to an abbreviation: S.A., CO., LTD.
_ABBREVIATED = re.compile(r"(?:\.[A-Z]|\b(?:CO|LTD|INC|CORP))\.$")
_DATE = re.compile(r"(?:[\dA-Z][\w ]*)?\d{4}")
_HAS_WORD = re.compile(r"\b[a-z]{2,}\b")
_HAS_DIGIT = re.compile(r"\d")
# Without a label: "info@manartv.com", "http://www.sanabel.org.uk (website)", "EMAIL kdb@co.org".
_BARE_EMAIL = re.compile(
    r"(?:e-?mail:?\s*)?([^\s@]+@[^\s@]+\.\w+)(?: \(email\))?\.?", re.IGNORECASE
)
# A paper nobody has a rule for: "Example Permit No. 77001 (Cuba)".
_NEW_PAPER = re.compile(r"([A-Z][\w .'/-]{1,60}(?:No\.|Number|#)) (\S*\d.*)")
_BARE_SITE = re.compile(r"((?:https?://|www\.)\S+)(?: \(website\))?", re.IGNORECASE)
# Prose tells offices, descent and history; it stays in the remarks and is nothing else.
_PROSE = re.compile(
    r"arrested |(?:Position|Alternate Title|Occupation|Tribe|Subtribe|From|Organization|Interpol"
    r"|Operations in \w+|Also operations in)\b|\(?Following data|All offices worldwide",
    re.IGNORECASE,
)
# What holds a long number, a number sign, an address or a label with a colon is data, and without
# a rule it is reported.
_LOOKS_CODED = re.compile(r"\d{4,}|#|@|://|\bN[ou]\.|\bNumber\b|^[\w ]{3,30}:|^[afnd]\.[kb]\.a\.")


@lru_cache(maxsize=1 << 15)
def read_remark(text: str) -> Remark:
    """Facts of one party's remarks (kept for the next snapshot, which mostly repeats them)."""
    aliases: list[tuple[str, str]] = []
    links: list[str] = []
    facts: list[Fact] = []
    unread: list[str] = []
    for part in _parts(text):
        # Most parts bear a label; the first characters rule the other forms out cheaply.
        if part[1:2] == "." and (m := _ALIAS.fullmatch(part)):
            aliases.append((_ALIAS_TYPES[m[1]], m[2].strip()))
        elif part[0] == "(" and (m := _LINK_IN_BRACKETS.fullmatch(part)):
            links.append(m[1].strip())
        elif (fact := _fact(part)) is None:
            if _LOOKS_CODED.search(part) and not _PROSE.match(part):
                unread.append(part)
        elif fact.use == "link":
            links.append(fact.value)
        else:
            facts.append(fact)
    return Remark(tuple(aliases), tuple(links), tuple(facts), tuple(unread))


def add_remark(party: Party, text: str) -> None:
    """Give a party what its remarks say."""
    remark = read_remark(text)
    for alias_type, alias in remark.aliases:
        party.add_name(alias, alias_type, is_weak=True)
    for name in remark.links:
        party.add_link("Linked To", to_name=name)
    party.add_facts(remark.facts)
    if remark.unread:
        party.batch.warn("part of the remarks without a rule", len(remark.unread))


def _parts(text: str) -> list[str]:
    """Parts between semicolons; a semicolon inside a quoted alias does not end it."""
    text = text.rstrip()
    if text.endswith(".") and not _ABBREVIATED.search(text[-8:]):
        text = text[:-1]
    parts: list[str] = []
    is_open = False
    for piece in text.split(";"):
        if is_open:
            parts[-1] = f"{parts[-1]};{piece}"
            is_open = not piece.endswith("'")
            continue
        part = piece.strip()
        if part[:4] in ("alt.", "Alt."):
            part = part[4:].lstrip()
        if part:
            parts.append(part)
            is_open = part[1:2] == "." and not part.endswith("'") and bool(_OPEN_QUOTE.match(part))
    if is_open:  # the quote never ends: its semicolons were ordinary ones
        parts[-1:] = [p for p in map(str.strip, parts[-1].split(";")) if p]
    return parts


def _fact(part: str) -> Fact | None:
    """A labelled part as a fact; None for what bears no label of OFAC's."""
    found = split_label(part)
    if found is None or not found[2]:
        return _unlabelled(part)
    label, use, value = found
    if use in DOCUMENT_USES:
        return _document(use, label, value)
    if use == WALLET:
        address, _, note = value.partition(" ")
        return Fact(use, label, address, note=note.strip() or None)
    # Remarks say titles and places as prose; as labels they belong to the XML forms.
    return None if use in ("location", "title") else labelled(label, value, use=use)


def _unlabelled(part: str) -> Fact | None:
    if m := _BARE_EMAIL.fullmatch(part):
        return Fact("email", "Email Address", m[1])
    if m := _BARE_SITE.fullmatch(part):
        return Fact("website", "Website", m[1])
    if m := _NEW_PAPER.fullmatch(part):
        return _document(UNKNOWN, m[1], m[2])
    return None


def _document(use: str, label: str, value: str) -> Fact | None:
    """Number, country and days of a paper: "A104 (Malaysia) issued 19 Jun 1987 expires …"."""
    if not _HAS_DIGIT.search(value) and _HAS_WORD.search(value):
        return None  # "Passport issued in Ulm, Germany" is prose
    number = value
    notes: list[str] = []
    days: dict[str, date] = {}
    for word in ("expires", "issued"):
        head, is_said, tail = number.rpartition(f" {word} ")
        if not is_said or not _DATE.fullmatch(tail) or not (span := span_of(tail)):
            continue
        number = head
        if span.day:
            days[word] = span.day
        else:
            notes.insert(0, f"{word} {tail}")
    country = None
    if number.endswith(")"):
        head, is_said, tail = number[:-1].rpartition(" (")
        if is_said and head:
            number, country = head, tail
    return Fact(
        use, label, number, country, days.get("issued"), days.get("expires"),
        "; ".join(notes) or None,
    )  # fmt: skip
