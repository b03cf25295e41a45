"""Korean names, which are written without blanks, and foreign words as Hangul spells them.

In: names as text. Out: text that word-by-word comparison can read. A person's name is a family
name of one syllable, for a few families of two, and a given name of one or two (two is the rule);
lists write the same person in Latin letters with two or three words (Kim Jong Un), in one of
several romanisations: Revised (gim eungseon), McCune-Reischauer and North Korea's own (kim ung
son), or by ear (Kim Ung Sun).
"""

import re

from anyascii import anyascii

# Families of two syllables; nearly every other family name has one.
_LONG_FAMILIES = ("남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방", "어금", "망절")
_NAME = re.compile("[가-힣]{2,5}")
# Sounds that Hangul does not tell apart, or that romanisations write in two ways: Lazarus comes
# back as lajaruseu. Both sides are folded alike.
_FOLDED = str.maketrans("zcgqdbfvl", "jkkktpppr")
# The same for a person's name, whose vowels count; an h behind a stop is breath, r and l are one.
_SPELLINGS = (
    ("ng", "\N{LATIN SMALL LETTER ENG}"),
    ("oo", "u"),
    ("ee", "i"),
    ("eo", "o"),
    ("eu", "u"),
    ("ch", "j"),
    ("kh", "k"),
    ("th", "t"),
    ("ph", "p"),
    ("sh", "s"),
    ("rk", "k"),
)
_HARD = str.maketrans("gdb", "ktp")
_STOPS = str.maketrans("gdbl", "ktpr")
# Families that the North and the South spell with another first sound, and the letters of one.
_FAMILIES = dict(zip("이임유노양여나염육", "리림류로량려라렴륙", strict=True))
_OF_YI = frozenset({"i", "ri", "yi"})
_NO_SOUND = re.compile("[^a-z]|[aeiouwy]|h(?=[^aeiou]|$)")
_MUTE = re.compile("h(?![aeiouwy])")  # Roh, Ahn
# Below what differs in nothing, above the threshold: o and u are one sound in many spellings (선 is
# Son, Seon and Sun). Given names have one or two syllables, in the longest three.
_ONLY_VOWELS, _LONGEST_GIVEN = 0.85, 3
_TWICE = re.compile(r"(.)\1+")


def has_hangul(name: str) -> bool:
    """Whether a Hangul syllable stands in the name."""
    return any("가" <= c <= "힣" for c in name)


def family_apart(name: str) -> str:
    """A person's name with a blank behind its family name: ``김정은`` → ``김 정은``."""
    if not _NAME.fullmatch(name):
        return name
    family = 2 if name.startswith(_LONG_FAMILIES) and len(name) > 2 else 1
    return f"{name[:family]} {name[family:]}"


def spelt_sounds(name: str) -> str:
    """The consonants of a name as Hangul can tell them: Lazarus and 라자루스 are both ``rjrs``."""
    return _TWICE.sub(r"\1", _NO_SOUND.sub("", anyascii(name).casefold().translate(_FOLDED)))


def romanised_alike(hangul: str, latin: str) -> float | None:
    """How well a person's name in Latin letters spells a Korean one, 0 to 1.

    1 where both say the same sounds, less where only o and u differ, which romanisations mix.
    ``None`` where one of them is not the whole name of a Korean.
    """
    family, _, given = family_apart(hangul).partition(" ")
    words = [_spelt(w) for w in re.findall("[a-z]+", anyascii(latin).casefold())]
    is_korean = len(family) == 1 or family in _LONG_FAMILIES
    if not is_korean or not 1 <= len(given) <= _LONGEST_GIVEN or len(words) < 2:
        return None
    families = {_by_syllable(f) for f in (family, _FAMILIES.get(family, family))}
    families |= _OF_YI if family in "이리" else set()
    there = _by_syllable(given.replace(" ", ""))
    best = 0.0
    for first, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
        spelt = "".join(rest)
        if first in families and spelt == there:
            return 1.0
        if _coarse(first) in map(_coarse, families) and _coarse(spelt) == _coarse(there):
            best = _ONLY_VOWELS
    return best


def _by_syllable(name: str) -> str:
    return "".join(_spelt(anyascii(c).casefold()) for c in name)


def _spelt(word: str) -> str:
    for written, sound in _SPELLINGS:
        word = word.replace(written, sound)
    word = word.translate(_STOPS)
    return _TWICE.sub(r"\1", _MUTE.sub("", word))


def _coarse(spelt: str) -> str:
    return spelt.replace("u", "o")


def as_listed(name: str) -> str:
    """Syllables of a Korean name as lists of North Koreans spell them: ``김정은`` → kim jong un."""
    return " ".join(_as_listed(c) for c in name if has_hangul(c))


def _as_listed(syllable: str) -> str:
    spelt = anyascii(syllable).casefold().replace("eo", "o").replace("eu", "u")
    ends = spelt[:1].translate(_HARD), spelt[-1:].translate(_HARD)
    if len(spelt) < 2 or spelt.endswith("ng"):
        return ends[0] + spelt[1:]
    return ends[0] + spelt[1:-1] + ends[1]
