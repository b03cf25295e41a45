"""OFAC's code words and ours: kinds of party, kinds of name, scripts.

What has no rule is kept and named in the report; only an unknown kind of party stops the file.
"""

from transforms.errors import InputRefused, UnknownValue
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
# ISO 15924 for the scripts OFAC names.
SCRIPTS = {
    "arabic": "Arab",
    "armenian": "Armn",
    "chinese simplified": "Hans",
    "chinese traditional": "Hant",
    "cyrillic": "Cyrl",
    "georgian": "Geor",
    "greek": "Grek",
    "hebrew": "Hebr",
    "japanese": "Jpan",
    "korean": "Kore",
    "latin": "Latn",
}


# Words without a rule are named in the report, up to so many of a kind; further ones are "others",
# so that a hostile file cannot fill the report.
_NAMED = 50


def report_word(batch: Batch, kind: str, word: str) -> None:
    """Count a word of the publisher's that nobody has a rule for."""
    text = f"{kind} without a rule: {word[:60]!r}"
    if text not in batch.warnings and sum(w.startswith(kind) for w in batch.warnings) >= _NAMED:
        text = f"{kind} without a rule: others"
    batch.warn(text)


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


def name_type(batch: Batch, published: str) -> str:
    """Our word for the publisher's kind of alias; an unknown kind is an alias all the same."""
    known = NAME_TYPES.get(published.replace(".", "").strip().lower())
    if known is None:
        report_word(batch, "alias type", published)
    return known or "aka"


def script(batch: Batch, published: str | None) -> str | None:
    """ISO 15924 code of a script in OFAC's words; null where there is no rule for it."""
    if published is None:
        return None
    known = SCRIPTS.get(published.lower())
    if known is None:
        report_word(batch, "script", published)
    return known
