"""OFAC's code words and ours: kinds of party, kinds of name.

What has no rule is kept and named in the report; only an unknown kind of party stops the file.
"""

import re

from transforms.errors import InputRefused, UnknownValue
from transforms.readers.words import report_word
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch

# OFAC's word for the kind of party, in the CSV (null = entity) and in the XML forms.
ENTITY_TYPES = {
    "individual": "person",
    "entity": "organization",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
NAME_TYPES = {"name": "primary", "aka": "aka", "fka": "fka", "nka": "nka"}


# What OFAC calls relations in its reference values, and in the remarks.
RELATIONS = frozenset(
    {
        "associate of",
        "providing support to",
        "acting for or on behalf of",
        "owned or controlled by",
        "family member of",
        "playing a significant role in",
        "leader or official of",
        "principal executive officer",
        "owns, controls, or operates",
        "property in the interest of",
    }
)

# Lists that make up the consolidated one, as the filters of an ENHANCED export name them.
CONSOLIDATED = frozenset(
    {
        "Non-SDN Palestinian Legislative Council List",
        "FSE List",
        "Sectoral Sanctions Identifications List",
        "Consolidated List",
        "CAPTA List",
        "Non-SDN Menu-Based Sanctions List",
        "Non-SDN CMIC List",
    }
)


def relation(batch: Batch, published: str) -> str:
    """A relation as published; one nobody has met is reported."""
    if published.strip().lower() not in RELATIONS:
        report_word(batch, "relation", published)
    return published


def entity_type(batch: Batch, where: str, published: str) -> str:
    """Our word for the publisher's kind of party; ``UnknownValue`` where there is none."""
    known = ENTITY_TYPES.get(published.lower())
    if known is None:
        raise UnknownValue(
            f"{batch.source.name} {where}: unknown party type {published[:60]!r}, "
            f"expected {'|'.join(ENTITY_TYPES)} or null"
        )
    return known


def is_own_list(batch: Batch, published: str) -> bool:
    """Whether a list named in the file is the one the source stands for.

    The consolidated list is made of all lists but the SDN List, which it names too where a party
    stands on both.
    """
    return (published == "SDN List") == (batch.source.name == "ofac_sdn")


def refuse_other_list(batch: Batch, file: RawFile, parties: int, listed: int) -> None:
    """``InputRefused`` where most parties do not stand on the source's own list, or none do.

    In a true file all of them do; some also stand on another list.
    """
    if listed * 2 <= parties:
        raise InputRefused(
            f"{batch.source.name} {file.name}: expected parties of the list {batch.source.name}, "
            f"found {parties} parties, {listed} of them on it"
        )


# Programmes of the consolidated list's own parties: of 59, 98 and 98 % of them in 2018, 2020 and
# 2024, and of less than 1 % of the parties of the SDN List in 2021 and 2022.
_CONSOLIDATED_PROGRAMS = re.compile(r"UKRAINE-EO13662|NS-PLC|CMIC-EO13959|FSE-|561")
# A slice of the SDN List may be of few parties, and of one programme.
_FEW_FOR_SDN, _FEW_FOR_CONSOLIDATED = 10, 100


class ListOfPrograms:
    """Which of the two lists a file is that does not name it (CSV, simple XML), by programmes."""

    def __init__(self) -> None:
        self._parties = 0
        self._consolidated = 0

    def add(self, programs: str) -> None:
        """Count a party."""
        self._parties += 1
        self._consolidated += _CONSOLIDATED_PROGRAMS.search(programs) is not None

    def refuse_other(self, batch: Batch, file: RawFile) -> None:
        """``InputRefused`` where the programmes are those of the other list."""
        if batch.source.name == "ofac_sdn":
            is_other = self._parties >= _FEW_FOR_SDN and self._consolidated * 2 > self._parties
            other = "ofac_cons"
        else:
            is_few = self._parties < _FEW_FOR_CONSOLIDATED
            is_other = not is_few and self._consolidated * 10 < self._parties
            other = "ofac_sdn"
        if is_other:
            raise InputRefused(
                f"{batch.source.name} {file.name}: expected parties of the list "
                f"{batch.source.name}, found {self._parties} parties, {self._consolidated} of them "
                f"under programmes of the consolidated list; ingest it as {other}"
            )


def name_type(batch: Batch, published: str) -> str:
    """Our word for the publisher's kind of alias; an unknown kind is an alias all the same."""
    known = NAME_TYPES.get(published.replace(".", "").strip().lower())
    if known is None:
        report_word(batch, "alias type", published)
    return known or "aka"
