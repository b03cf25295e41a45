"""Script of a name by its own letters, as an ISO 15924 code."""

import unicodedata
from functools import lru_cache

# First word of a letter's Unicode name → ISO 15924. Han alone does not tell whether it is
# simplified, traditional or Japanese; kana beside it does.
_SCRIPTS = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Hira",
    "KATAKANA": "Kana",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "LATIN": "Latn",
    "MYANMAR": "Mymr",
    "SINHALA": "Sinh",
    "SYRIAC": "Syrc",
    "TAMIL": "Taml",
    "THAANA": "Thaa",
    "THAI": "Thai",
    "TIBETAN": "Tibt",
}
_JAPANESE = frozenset({"Hani", "Hira", "Kana"})
_KOREAN = frozenset({"Hani", "Hang"})


@lru_cache(maxsize=1 << 14)
def _script(letter: str) -> str | None:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0])


def script_of(text: str) -> str | None:
    """ISO 15924 code where all letters are of one script, else null (mixed, unknown, none)."""
    found = {_script(c) for c in text if unicodedata.category(c) in ("Lu", "Ll", "Lt", "Lo")}
    if len(found) > 1 and None not in found:
        if found <= _JAPANESE:
            return "Jpan"
        if found <= _KOREAN:
            return "Kore"
    return found.pop() if len(found) == 1 else None
