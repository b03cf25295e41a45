"""What prose on a list states in a fixed form: wallets, UN references, enumerations, days.

Lists of the UK and the EU have no column for most of it. Only what proves itself is taken: an
address whose checksum fits, or ``0x`` with 40 hex digits, or one that the text itself labels; a
reference behind the words "UN Ref". Anything else stays in the remarks, where it was found.
"""

import re
from collections.abc import Iterator
from datetime import date

from transforms.clean.addresses import canonical
from transforms.clean.dates import read_date
from transforms.clean.tickers import NAMES, TICKERS, UNSTATED

# Names are words in any letter case; tickers are words only in capitals ("SOL", "DASH").
_SAID = "|".join(sorted(TICKERS - {"OP"}))  # "op" is a word of its own in prose
_TICKER = re.compile(rf"\b(?:{_SAID}|(?i:{'|'.join(sorted(NAMES))}))\b")
# OFAC's wording, which other lists repeat: whatever follows is meant as an address.
_LABELLED = re.compile(r"Digital Currency Address\s*-\s*(\S{1,20})\s+(\S{8,120})", re.IGNORECASE)
# 25 is the shortest base58check address, 106 a Monero one that carries a payment id.
_TOKEN = re.compile(r"(?<![\w:])(?:bitcoincash:)?[A-Za-z0-9]{25,106}(?!\w)")
# How far before an address its ticker may stand: "Ethereum (ETH) wallet address: 0x…".
_BEFORE = 60
# Between addresses of one enumeration stands no more than ", " or " and (2) ".
_BETWEEN = re.compile(r"(?:[\s,;&/]|\band\b|\(?[0-9a-z]{1,2}\))*")

_UN_REFERENCE = re.compile(
    r"\bUN\.?\s*Ref(?:erence)?\b[\s.:)]*(?:No\b)?[\s.:]*"
    r"([A-Z]{1,3}(?:\.\s?(?:[A-Z]{1,3}|\d{1,4}))*\.\s?\d{1,3})\b",
    re.IGNORECASE,
)
# The form of 2014 and since, wherever it stands: prose about one party names others by it.
_UN_NUMBER = re.compile(r"\b([A-Z]{2}[ie])\s?\.\s?(\d{3})\b")
_UN_MENTION = re.compile(r"\bUN\W{0,2}Ref(?:erence)?\b", re.IGNORECASE)

_MARK = re.compile(
    r"(?:^|(?<=[\s,;.]))\(?(?P<a>[1-9][0-9]?|[a-z])\)(?:\s*-\s*\(?(?P<b>[1-9][0-9]?|[a-z])\))?\s*"
)
_DAY = r"(\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\.?\s+\d{4}|\d{1,2}[./]\d{1,2}[./]\d{4})"
_DAY_OR_YEAR = re.compile(rf"{_DAY}|\b(?:19|20)\d\d\b")
# "592667", "A-333602", "D 000857", "96/184442": letters may stand before the digits.
_NUMBER = re.compile(r"(?:\b[A-Z]{1,3} )?\b(?=(?:[\w/-]*\d){4})[A-Z0-9][A-Z0-9/.-]*[A-Z0-9]")
# Words in capitals that are no part of a number: "passport No D00000898", "ID 200801087".
_NO_PREFIX = re.compile(r"(?:NO|ID|NR|NI|CAR|UAE|USA|DRC) ")
_COUNTRY = re.compile(
    r"\s*\((?!Diplomatic)([A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+){0,3}?)(?: Diplomatic)?"
    r"(?: passport)?\)"
)
_COUNTRY_FIRST = re.compile(
    r"\((?!Diplomatic)([A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+){0,3})\)"
    r"|([A-Z][a-z]+(?: [A-Z][a-z]+){0,2}) (?:diplomatic )?(?:passport|number|national|identity)\b"
)
_ISSUED = re.compile(rf"\bissued\b[^\d;()]{{0,40}}?{_DAY}", re.IGNORECASE)
_EXPIRES = re.compile(rf"\bexpir(?:es|ed|y|ing)(?:\s+on)?:?\s*{_DAY}", re.IGNORECASE)


def wallets(text: str) -> Iterator[tuple[str, str]]:
    """(ticker as published or ``UNSTATED``, address) of every address in a text, once each."""
    seen: set[str] = set()
    for m in _LABELLED.finditer(text):
        address = m[2].rstrip(".,;)")
        if address not in seen:
            seen.add(address)
            yield m[1], address
    end, ticker = 0, None
    for m in _TOKEN.finditer(text):
        before = text[max(end, m.start() - _BEFORE) : m.start()]
        named = _TICKER.findall(before)
        if named:
            ticker = named[-1]
        elif not (end and _BETWEEN.fullmatch(text[end : m.start()])):
            ticker = None
        if not _is_address(m[0], ticker):
            continue
        end = m.end()
        if m[0] not in seen:
            seen.add(m[0])
            yield ticker or UNSTATED, m[0]


def _is_address(token: str, ticker: str | None) -> bool:
    try:
        found = canonical(token)
    except ValueError:
        return False
    if found.chains[0] == "ethereum":
        return token[:2] in ("0x", "0X")  # 40 bare hex digits may be any hash
    # Solana's have no checksum: a long word in base58 is one only where the text says so.
    return found.is_checksum_valid is True or (
        found.is_checksum_valid is None and ticker is not None and ticker.upper() in _UNCHECKED
    )


_UNCHECKED = frozenset({"SOL", "SOLANA", "USDC", "USDT", "TETHER"})


def un_reference(text: str) -> str | None:
    """The UN's reference of the party itself, as written: ``UN Ref QDe.004`` → ``QDe.004``."""
    m = _UN_REFERENCE.search(text)
    return "".join(m[1].split()) if m else None


def mentions_un_reference(text: str) -> bool:
    """Whether a text has the words of a reference, whatever follows them."""
    return bool(_UN_MENTION.search(text))


def un_references(text: str) -> list[str]:
    """Every reference number of the UN's present form in a text, each once, in its order."""
    return list(dict.fromkeys(f"{m[1]}.{m[2]}" for m in _UN_NUMBER.finditer(text)))


def enumerated(text: str) -> list[str]:
    """Items of ``(1) German (2) Moroccan``, ``a) … b) …``, ``1) …, 2) …``; else the text itself.

    ``(1)-(2) Indonesia`` is Indonesia twice. Marks count only in their order, from the first one
    at the text's beginning.
    """
    text = text.strip()
    marks: list[tuple[int, int, int]] = []  # start, end, how many items it stands for
    expected = 1
    for m in _MARK.finditer(text):
        number = _ordinal(m["a"])
        if number != expected or (not marks and m.start()):
            continue
        last = _ordinal(m["b"]) if m["b"] else number
        if last < number or last - number > 50:
            continue
        marks.append((m.start(), m.end(), last - number + 1))
        expected = last + 1
    if not marks:
        return [text] if text else []
    items: list[str] = []
    for (_, start, times), following in zip(marks, [*marks[1:], None], strict=True):
        end = following[0] if following else len(text)
        if item := text[start:end].strip(" ,;\r\n\t"):
            items += [item] * times
    return items


def _ordinal(mark: str) -> int:
    return int(mark) if mark.isdigit() else ord(mark) - ord("a") + 1


def paper(text: str) -> tuple[str | None, str | None]:
    """Number and country of a paper told in prose: "Passport No: 592667 (Qatari) issued …".

    No number where the text has none, or several that nobody can tell apart.
    """
    found = list(_NUMBER.finditer(_DAY_OR_YEAR.sub(lambda m: " " * len(m[0]), text)))
    if len(found) != 1:
        return None, None
    number = found[0][0]
    if _NO_PREFIX.match(number):
        number = number.partition(" ")[2]
    country = _COUNTRY.match(text, found[0].end())
    return number, country[1] if country else None


def country(note: str) -> str | None:
    """Country that a paper's particulars begin with: "(Afghan) (tazkira)", "Libya number, …"."""
    m = _COUNTRY_FIRST.match(note)
    return m[1] or m[2] if m else None


def issued_on(text: str) -> date | None:
    """Day of issue that a note states in full."""
    return _day(_ISSUED, text)


def expires_on(text: str) -> date | None:
    """Day of expiry that a note states in full."""
    return _day(_EXPIRES, text)


def _day(pattern: re.Pattern[str], text: str) -> date | None:
    m = pattern.search(text)
    if not m:
        return None
    try:
        text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", m[1])
        return read_date(text if " " in text else text.replace(".", "/")).day
    except ValueError:
        return None
