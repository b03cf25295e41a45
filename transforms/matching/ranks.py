"""How much a form of a listed name needs before it counts: its rank, with the reason.

* A: two or more words of which one is distinctive; nothing more. A3 has three or more.
* B: one distinctive word, or several that only say what kind of body it is and where (B2): a
  context, and for one word also evidence of case.
* C: weak by the list, one common word, given name, place, fewer than four letters, or what is
  left of a company's type: never alone.
* D: short form of an organisation, one word no other listed name has: an anchor in the text.

How often a word occurs decides nothing: by frequency a president scores like "city". What counts
is whether running text writes it in lower case, whether people and places are called so, and how
many listed parties share it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from transforms.clean.names import signs
from transforms.matching.vocabulary import Vocabulary

BASE = {"A3": 80, "A2": 70, "B2": 45, "B": 35, "C": 5, "D": 0}

_GIVEN_NAMES_ONLY = -20
# "Freedom Party" alone stays below probable, "Tornado Cash" among hackers does not.
EVERYDAY_WORDS = -10
# Below this a distinctive word is too short for a short form: there are five others of it.
_SHORT_FORM_LETTERS = 6


class Rank(NamedTuple):
    """Tier with its number of words, the reason, and points for a name that is no rarity."""

    rank: str
    reason: str
    rarity: int = 0


def rank_of(form: str, entity_type: str, words: Vocabulary, bearers: Mapping[str, int]) -> Rank:
    """Rank of a normalised form; ``bearers`` counts the listed persons who bear a word."""
    count = signs(form)
    if count:
        return _of_signs(count)
    heavy = [t for t in form.split() if len(t) > 1 and t not in words.particles]
    if form in words.generic_persons:
        return Rank("C", "a name that thousands bear", _GIVEN_NAMES_ONLY)
    if len(heavy) < 2:
        return _of_one(heavy, entity_type, words, bearers)
    if entity_type == "person":
        return _of_person(heavy, words)
    return _of_body(heavy, entity_type, words)


def short_form(form: str, words: Vocabulary, bearers: Mapping[str, int]) -> str | None:
    """First word of an organisation's name, behind a country, where it could name it alone."""
    tokens = form.split()
    if len(tokens) > 2 and tokens[0] in words.places:
        tokens = tokens[1:]
    if len(tokens) < 2 or len(tokens[0]) < _SHORT_FORM_LETTERS:
        return None
    word = tokens[0]
    is_known = words.is_everyday(word) or word in words.beside or word in bearers
    return None if is_known else word


def _of_signs(count: int) -> Rank:
    if count < 2:
        return Rank("C", "one sign")
    rank = "B" if count == 2 else "A2" if count < 5 else "A3"
    return Rank(rank, f"{count} signs of a script without word spaces")


def _of_person(heavy: list[str], words: Vocabulary) -> Rank:
    if len(heavy) > 2:
        return Rank("A3", f"{len(heavy)} names")
    if all(t in words.given for t in heavy):
        return Rank("A2", "two names, both given names", _GIVEN_NAMES_ONLY)
    return Rank("A2", "2 names")


def _of_body(heavy: list[str], entity_type: str, words: Vocabulary) -> Rank:
    """An organisation, vessel or aircraft with two words or more."""
    count = len(heavy)
    distinctive = next((t for t in heavy if not words.is_everyday(t)), None)
    named = next((t for t in heavy if not words.is_ordinary(t)), None)
    if distinctive or (named and count > 2) or count > 3:
        why = distinctive or named or "their number"
        return Rank("A3" if count > 2 else "A2", f"{count} words, distinctive: {why}")
    is_ship = entity_type in ("vessel", "aircraft")  # half the fleet is a Golden Star
    if not is_ship and any(t not in words.generic and t not in words.places for t in heavy):
        return Rank("A2", f"{count} words, all of everyday language", EVERYDAY_WORDS)
    return Rank("B2", f"{count} words for a kind of company or place")


def _of_one(
    heavy: list[str], entity_type: str, words: Vocabulary, bearers: Mapping[str, int]
) -> Rank:
    if not heavy:
        return Rank("C", "single letters")
    (word,) = heavy
    for is_so, reason in (
        (len(word) < 4, "fewer than four letters"),
        (entity_type == "person", "one name of a person"),
        (word in words.given or bearers.get(word, 0) > 1, "a personal name"),
        (word in words.places, "a place"),
        (words.is_everyday(word), "a common word"),
    ):
        if is_so:
            return Rank("C", reason)
    return Rank("B", f"one distinctive word: {word}")
