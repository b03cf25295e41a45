"""Forms in which a listed name stands in running text, each with what it costs.

In: a name as published and the party's type. Out: normalised forms. Lists write persons as
``FAMILY, Given Middle``; text does not, drops middle names and patronymics, and joins or splits
what the list hyphenates. Points are those of the score's "variant" component: 0 for another
spelling of the same name, less where something was left out or moved.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from transforms.clean.names import normalised
from transforms.matching.vocabulary import Vocabulary

_APOSTROPHE = re.compile(r"(?<=\w)['’‘ʼʻ`´](?=\w)")
_HYPHEN = re.compile(r"(?<=\w)[-‐‑](?=\w)")
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_ODD = re.compile(r"[-‐‑'’‘ʼʻ`´.(\[]")
_VESSEL_PREFIX = re.compile(r"^\s*m[./]?[tv][. ]\s*", re.IGNORECASE)
_PATRONYMIC = re.compile(r"(?:ovich|evich|yevich|ovych|evych|ovna|evna|yevna|ivna|oglu|ovic)$")
# "and", "in", "for" written before the word without a space.
_ARABIC_CLITICS = ("و", "ب", "ل")

_ORG_TYPE, _MIDDLE, _ORDER = -5, -8, -8


class Variant(NamedTuple):
    """One form: tokens joined by spaces, its kind, its points, code points that lead the name."""

    form: str
    kind: str
    points: int
    lead: int = 0


def variants(name: str, entity_type: str, words: Vocabulary) -> tuple[Variant, ...]:
    """Forms of a name, the dearest spelling of each kept once, in a fixed order."""
    best: dict[str, Variant] = {}
    for spelling in _spellings(name):
        for v in _forms(spelling, entity_type, words):
            known = best.get(v.form)
            if v.form and (known is None or known.points < v.points):
                best[v.form] = v
    for v in list(best.values()):
        if v.points == 0 and "\u0620" <= v.form[0] <= "\u06ff":
            for clitic in _ARABIC_CLITICS:
                best.setdefault(clitic + v.form, Variant(clitic + v.form, "clitic", 0, 1))
    return tuple(best.values())


def family_name(name: str) -> str | None:
    """Normalised family name where the list sets it off by a comma, else the last token."""
    if "," in name:
        return normalised(name.partition(",")[0]) or None
    return normalised(name).rpartition(" ")[2] or None


def given_names(name: str) -> frozenset[str]:
    """Normalised names other than the family name."""
    if "," in name:
        return frozenset(normalised(name.partition(",")[2]).split())
    return frozenset(normalised(name).split()[:-1])


def _spellings(name: str) -> Iterator[str]:
    """The name as published, then without its apostrophes, hyphens, dots and brackets."""
    yield name
    if not _ODD.search(name):
        return
    plain = name
    for pattern in (_APOSTROPHE, _HYPHEN):
        if pattern.search(plain):
            plain = pattern.sub("", plain)
            yield plain
    if _HYPHEN.search(name) and _APOSTROPHE.search(name):
        yield _HYPHEN.sub("", name)
    if _DOTTED.search(name):
        yield _DOTTED.sub(lambda m: m[0].replace(".", ""), name)
    if _BRACKETED.search(name):
        yield _BRACKETED.sub("", name)


def _forms(name: str, entity_type: str, words: Vocabulary) -> Iterator[Variant]:
    if entity_type == "person":
        if "," in name:
            yield from _person(name, words)
        else:
            yield from _person_in_order(name)
        return
    if entity_type in ("vessel", "aircraft"):
        name = _VESSEL_PREFIX.sub("", name)
    tokens = normalised(name).split()
    yield Variant(" ".join(tokens), "exact", 0)
    if tokens[:1] == ["the"]:
        yield Variant(" ".join(tokens[1:]), "exact", 0)
        tokens = tokens[1:]
    kept = _without_legal_form(tokens, words)
    if kept != tokens:
        yield Variant(" ".join(kept), "org type removed", _ORG_TYPE)


def _person(name: str, words: Vocabulary) -> Iterator[Variant]:
    """``FAMILY, Given Middle``: natural order first."""
    before, _, after = name.partition(",")
    family, given = normalised(before).split(), normalised(after).split()
    if not family or not given:
        yield Variant(" ".join(family + given), "exact", 0)
        return
    yield Variant(" ".join(given + family), "exact", 0)
    if len(family) == 1 and family[0] in words.family_first and len(given) <= 3:
        # Korean, Chinese, Vietnamese, Hungarian: the listed order is the natural one.
        yield Variant(" ".join(family + given), "exact", 0)
        if len(given) == 2:
            yield Variant(f"{family[0]} {given[0]}{given[1]}", "exact", 0)
        return
    yield Variant(" ".join(family + given), "order swapped", _ORDER)
    if len(given) > 1 and len(given[0]) > 1 and given[0] not in words.binders:
        yield Variant(" ".join([given[0], *family]), "middle name dropped", _MIDDLE)


def _person_in_order(name: str) -> Iterator[Variant]:
    """Names published in running order; only a patronymic is known to be a middle name."""
    tokens = normalised(name).split()
    yield Variant(" ".join(tokens), "exact", 0)
    if len(tokens) == 3 and _PATRONYMIC.search(tokens[1]):
        yield Variant(f"{tokens[0]} {tokens[2]}", "middle name dropped", _MIDDLE)


def _without_legal_form(tokens: list[str], words: Vocabulary) -> list[str]:
    """Tokens without a legal form at either end; letters of a dotted one count as one."""
    kept = list(tokens)
    while len(kept) > 1:
        letters = 0
        while letters < len(kept) and len(kept[-1 - letters]) == 1:
            letters += 1
        if letters > 1 and "".join(kept[-letters:]) in words.legal_forms and letters < len(kept):
            del kept[-letters:]
        elif kept[-1] in words.legal_forms:
            kept.pop()
        elif kept[0] in words.legal_forms:
            kept.pop(0)
        else:
            break
    return kept
