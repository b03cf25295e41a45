"""Values as people read them: amounts, dates, long texts, links. Pure functions, no HTML."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Context, Decimal
from urllib.parse import urlsplit

# Longer names and texts are cut and say by how much; the lake keeps the whole.
LONGEST = 200
# Python's default of 28 digits would round sums in silence.
_EXACT = Context(prec=100)
# Cents of cents: finer parts of a unit are worth nothing, and make columns unreadable.
_DIGITS = 6
_LEAST = Decimal(1).scaleb(-_DIGITS)
_NONE = "–"


def clip(text: str, longest: int = LONGEST) -> str:
    """Text up to a length; a longer one says how much is missing."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… (+{len(text) - longest:,} characters)"


def ellipsis(text: str, longest: int) -> str:
    """Text for a label; what is beside the drawing has the whole."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def exact(number: Decimal | int) -> str:
    """All digits, without separators, trailing zeros or an exponent."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int | None) -> str:
    """Whole number with thousands separators."""
    return _NONE if number is None else f"{number:,}"


def usd(number: Decimal | None) -> str:
    """US dollars to the cent."""
    if number is None:
        return "no price"
    if 0 < number < Decimal("0.005"):
        return "under 0.01"
    return f"{number:,.2f}"


def usd_short(number: Decimal) -> str:
    """US dollars without cents, for labels in drawings."""
    return f"${number:,.0f}" if number >= 1 else f"${number:.2f}"


def amount(number: Decimal | None) -> str:
    """Whole units: two decimals at least, six at most; ``≈`` where digits were left out."""
    if number is None:
        return "not known"
    if 0 < number < _LEAST:
        return f"under {_LEAST:f}"
    fraction = exact(number).partition(".")[2]
    if len(fraction) > _DIGITS:
        whole, _, rounded = f"{number:,.{_DIGITS}f}".partition(".")
        return f"≈ {whole}.{rounded.rstrip('0').ljust(2, '0')}"
    return f"{number:,.{max(2, len(fraction))}f}"


def day(value: date | datetime | None) -> str:
    """Calendar day."""
    if value is None:
        return "unknown"
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None) -> str:
    """Time to the second; all times of the warehouse are UTC."""
    return "unknown" if value is None else value.strftime("%Y-%m-%d %H:%M:%S")


def month(value: date | None) -> str:
    """Calendar month."""
    return "unknown" if value is None else value.strftime("%Y-%m")


def short(address: str) -> str:
    """Both ends of an address: eight and six letters, as poisoners imitate four or five."""
    return address if len(address) <= 18 else f"{address[:8]}…{address[-6:]}"


def asset_name(symbol: str | None, asset: str) -> str:
    """Symbol of an asset, or its contract where no symbol is known."""
    return ellipsis(symbol, 32) if symbol else contract(asset)


def contract(asset: str) -> str:
    """Both ends of what an asset id says after the chain."""
    return short(asset.partition(":")[2] or asset)


def words(identifier: str | None) -> str:
    """A word of ours (``not_yet``) as people write it."""
    return "unknown" if identifier is None else identifier.replace("_", " ")


def plural(number: int | None, noun: str) -> str:
    """``1 party``, ``1,204 parties``."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "ch", "sh")):
        noun += "es"
    elif noun.endswith("ty"):
        noun = noun.removesuffix("y") + "ies"
    else:
        noun += "s"
    return f"{count(number)} {noun}"


def web_link(url: str | None) -> str | None:
    """Return an address a reader may follow: plain http(s) and nothing hidden in it; else None."""
    if url is None or not url.isprintable() or "\N{REPLACEMENT CHARACTER}" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
        has_user = parts.username is not None or parts.password is not None
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or has_user:
        return None
    return url


def plus(a: Decimal, b: Decimal) -> Decimal:
    """Exact sum."""
    return _EXACT.add(a, b)


def total(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """Sum of what is known, exactly; None where nothing is."""
    result: Decimal | None = None
    for number in numbers:
        if number is not None:
            result = number if result is None else plus(result, number)
    return result


FILTERS: Mapping[str, Callable[..., object]] = {
    f.__name__: f
    for f in (
        amount, asset_name, clip, contract, count, day, exact, moment, month, plural, short, usd,
        usd_short, web_link, words,
    )
}  # fmt: skip
