"""Names and running text brought to one form, with the way back to the original code points.

In: any text. Out: ``fold`` (the key two spellings of a name share, for scanning), ``normalised``
(case, accents and punctuation removed, for exact comparison) and ``tokens`` (where each token of
either form stands in the text, in code points).

The three agree: token ``n`` of ``fold(text)`` is token ``n`` of ``tokens(text)``. That holds
because every code point belongs to one class below and the rules of ``fold`` never add, drop or
empty a token. Offsets cost more than folding, so callers ask for them only where something hit.

Marks of Latin, Greek, Cyrillic, Hebrew and Arabic are dropped; other scripts keep theirs. Han,
kana and Hangul write no spaces between name and particle, so each of their signs is a token.
Libraries' tokenisers were not used because they give no offsets.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Letters that Unicode does not decompose, and Arabic letters that keyboards exchange.
_SPELLED = {"þ": "th", "æ": "ae", "œ": "oe"} | dict(
    zip("øđðłħŧıəŋґىیېکڪةہھۀٱ", "oddlhtianгيييككهههها", strict=True)
)
# Marks that readers leave out, and signs that print nothing.
_DROPPED = (
    *((0x00AD, 0x00AD), (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05C7)),
    *((0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED)),
    *((0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069)),
    *((0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF)),
)
# Han, kana, Hangul syllables: each sign is a token.
_SIGNS = (
    *((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x30FC, 0x30FC)),
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFF66, 0xFF9D)),
    (0x20000, 0x3FFFD),
)
_FIRST_JAMO = (0x1100, 0x115F)
# Normalised text holds Hangul as jamo: a syllable begins with its first one.
_SIGN_TOKEN = re.compile(
    "[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in (*_SIGNS, _FIRST_JAMO)) + "]"
)

# Classes of code points, as letters that _TOKEN reads.
_WORD, _SIGN, _AND, _DROP, _GAP, _JAMO = "w", "i", "s", "d", " ", "j"
_TOKEN = re.compile(r"s|id*|[wj][wd]*")


def _within(cp: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= cp <= high for low, high in ranges)


def _class(cp: int) -> str:
    if _within(cp, _DROPPED):
        return _DROP
    if _within(cp, _SIGNS):
        return _SIGN
    if _FIRST_JAMO[0] <= cp <= _FIRST_JAMO[1]:
        return _JAMO
    if cp == ord("&"):
        return _AND
    return _WORD if unicodedata.category(chr(cp))[0] in "LNM" else _GAP


def _letters(ch: str) -> str:
    """Letters a word's code point stands for; never empty, never with a space."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", ch).casefold()).casefold()
    kept = "".join(
        _SPELLED.get(c) or (str(unicodedata.digit(c)) if c.isdigit() else c)
        for c in plain
        if not _within(ord(c), _DROPPED) and not c.isspace()
    )
    return kept or "_"


class _Classes(dict[int, str]):
    """Code point → its class, filled as code points are met."""

    def __missing__(self, cp: int) -> str:
        self[cp] = found = _class(cp)
        return found


class _Letters(dict[int, str]):
    """Code point → what it becomes; ``more`` maps letters on, for folding."""

    def __init__(self, more: Mapping[str, str]) -> None:
        super().__init__()
        self.more = more

    def __missing__(self, cp: int) -> str:
        kind = _class(cp)
        if kind in (_DROP, _GAP):
            found = "" if kind == _DROP else " "
        elif kind == _AND:
            found = " and "
        else:
            found = "".join(self.more.get(c, c) for c in _letters(chr(cp)))
            if kind == _SIGN:
                found = f" {found} "
            elif kind == _JAMO:
                found = f" {found}"
        self[cp] = found
        return found


# One sound, several letters: transliterations differ here more than anywhere else.
# (One letter for one letter: str.translate is five times slower on text with any other.)
_SAME_SOUND = {"y": "i", "w": "v", "q": "k", "і": "и", "ї": "и", "є": "е", "ы": "и"}
# In this order, on one token between spaces.
_SPELLINGS = (
    *(
        ("x", "ks"),
        (" ie", " e"),
        ("eie", "e"),
        ("aie", "ae"),
        ("oie", "oe"),
        ("kh", "h"),
        ("gh", "g"),
    ),
    *(("ph", "f"), ("ck", "k"), ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("tch", "ch")),
    *(("sch", "sh"), ("ou", "u"), (" moh", " muh"), (" osama ", " usama "), (" el ", " al ")),
    *(("ei", "ai"), ("sander ", "sandr ")),
    *((letter * 2, letter) for letter in "abcdefghijklmnoprstuvz"),
    *(("hamed ", "hamad "), ("hamud ", "hamad ")),
)
# Endings a Russian or Ukrainian name takes; what is left must keep three letters.
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CYRILLIC_ENDING = re.compile(
    r"([\u0400-\u04ff]{3,}?)[аеоуиьюяэ]*"
    r"(?:[ая]ми|ими|[ое]го|[ое]му|[оеи]м|[аяи]х)?[аеоуиьюяэ]*(?= )"
)

# News repeats its words: half a million tokens are more than a week of it has, and 60 MB.
_KEYS_KEPT = 500_000


class _Keys(dict[str, str]):
    """Token → its key, kept because applying the rules costs more than all the rest."""

    def __missing__(self, token: str) -> str:
        key = f" {token} "
        for spelling, sound in _SPELLINGS:
            key = key.replace(spelling, sound)
        if _CYRILLIC.search(key):
            key = _CYRILLIC_ENDING.sub(r"\1", key)
        self[token] = key = key[1:-1]
        return key


_KEYS = _Keys()
_CLASSES = _Classes()
_NORMAL = _Letters({})
_FOLDED = _Letters(_SAME_SOUND)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where the tokens of a text stand: half-open, in code points of that text."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.starts)


def normalised(text: str) -> str:
    """Tokens without case, accents and punctuation, joined by single spaces."""
    return " ".join(text.translate(_NORMAL).split())


def fold(text: str) -> str:
    """Key that spellings of one name share, each token between spaces: `` kim ung sun ``.

    Two texts with the same key are candidates, no more: compare them with ``normalised``.
    """
    if len(_KEYS) > _KEYS_KEPT:
        _KEYS.clear()
    return f" {' '.join(map(_KEYS.__getitem__, text.translate(_FOLDED).split()))} "


def tokens(text: str) -> Tokens:
    """Offsets of the tokens that ``fold`` and ``normalised`` give for the same text."""
    found = [m.span() for m in _TOKEN.finditer(text.translate(_CLASSES))]
    return Tokens(tuple(a for a, _ in found), tuple(b for _, b in found))


def signs(text: str) -> int:
    """How many tokens are signs of a script without word spaces (Han, kana, Hangul)."""
    return len(_SIGN_TOKEN.findall(text)) if _SIGN_TOKEN.search(text) else 0


def is_hangul(char: str) -> bool:
    """Whether the character is a Hangul syllable."""
    return "\uac00" <= char <= "\ud7a3"
