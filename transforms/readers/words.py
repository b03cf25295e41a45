"""Words of publishers: those nobody has a rule for are named in the report; scripts, languages."""

from transforms.readers.xml import Document
from transforms.sources.batch import Batch

# ISO 15924 for the scripts that OFAC, the UK and others name.
SCRIPTS = {
    "arabic": "Arab",
    "armenian": "Armn",
    "bengali": "Beng",
    "burmese": "Mymr",
    "chinese": "Hani",
    "chinese simplified": "Hans",
    "chinese traditional": "Hant",
    "cyrillic": "Cyrl",
    "devanagari": "Deva",
    "georgian": "Geor",
    "greek": "Grek",
    "hangul": "Hang",
    "hebrew": "Hebr",
    "japanese": "Jpan",
    "korean": "Kore",
    "latin": "Latn",
    "thai": "Thai",
}
# ISO 639-1 for the languages that lists name.
LANGUAGES = {
    "arabic": "ar",
    "armenian": "hy",
    "belarusian": "be",
    "bosnian": "bs",
    "bulgarian": "bg",
    "burmese": "my",
    "chinese": "zh",
    "dari": "fa",
    "english": "en",
    "farsi": "fa",
    "french": "fr",
    "georgian": "ka",
    "greek": "el",
    "hebrew": "he",
    "italian": "it",
    "japanese": "ja",
    "kazakh": "kk",
    "korean": "ko",
    "pashto": "ps",
    "persian": "fa",
    "romanian": "ro",
    "romanian; moldavian; moldovan": "ro",
    "russian": "ru",
    "serbian": "sr",
    "spanish": "es",
    "turkish": "tr",
    "ukrainian": "uk",
    "urdu": "ur",
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


def report_sections(batch: Batch, document: Document, *ignored: str) -> None:
    """Count the parts of a document that stand beside its records and that nobody asked for."""
    for name in sorted(document.passed_over.difference(ignored)):
        report_word(batch, "element", name)


def script(batch: Batch, published: str | None) -> str | None:
    """ISO 15924 code of a script in a publisher's words; null where there is no rule for it."""
    return _code(batch, "script", published, SCRIPTS)


def language(batch: Batch, published: str | None) -> str | None:
    """ISO 639 code of a language in a publisher's words; null where there is no rule for it."""
    return _code(batch, "language", published, LANGUAGES)


def _code(batch: Batch, kind: str, published: str | None, codes: dict[str, str]) -> str | None:
    if published is None:
        return None
    known = codes.get(published.strip().lower())
    if known is None:
        report_word(batch, kind, published)
    return known
