"""Amounts: exact integers in base units, as decimal text. No float ever touches them.

A uint256 has up to 78 digits, more than any number type of Parquet or DuckDB holds; the text is the
amount, everything else is a copy for convenience. What is not exact in the export (scientific
notation, a decimal point where base units belong) is refused, never rounded. The functions raise
``ValueError`` with the reason.
"""

import re
from decimal import Decimal

MAX_UINT256 = 2**256 - 1
# Digits that DECIMAL(38,0) takes.
D38_DIGITS = 38

_MAX_TEXT = str(MAX_UINT256)
_DIGITS = re.compile(r"[0-9]+").fullmatch
_DECIMAL = re.compile(r"\+?([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?").fullmatch
_SCIENTIFIC = re.compile(r"[+-]?[0-9]*\.?[0-9]*[eE][+-]?[0-9]+").fullmatch
_PRICE_DECIMALS = 18
_TOO_LARGE = "more than 2^256 - 1, the largest amount there is"
_SHOWN = 60


def base_units(text: str) -> str:
    """Amount that is given in base units already."""
    text = text.strip()
    if not _DIGITS(text):
        raise ValueError(_no_base_units(text))
    return _within_uint256(text.lstrip("0") or "0")


def scaled(text: str, decimals: int, *, may_truncate: bool = False) -> str:
    """Base units of an amount in whole units, exponents included: ``1e-05`` → 10 at 6 decimals.

    Digits behind the last base unit are refused unless the mapping says that they may be cut off.
    """
    text = text.strip()
    found = _DECIMAL(text)
    if not found or not (found[1] or found[2]):
        raise ValueError(_no_decimal(text))
    whole, fraction, exponent = found[1], found[2] or "", int(found[3] or 0)
    digits = (whole + fraction).lstrip("0")
    # Where the point stands in ``digits`` once the amount is counted in base units.
    point = len(digits) - len(fraction) + exponent + decimals
    if not digits:
        return "0"
    if point > len(_MAX_TEXT):
        raise ValueError(_TOO_LARGE)
    kept, cut = digits[: max(point, 0)], digits[max(point, 0) :]
    if cut.strip("0") and not may_truncate:
        raise ValueError(f"{_shown(text)} has more than {decimals} decimals")
    return _within_uint256(kept + "0" * (point - len(digits)))


def price(text: str) -> Decimal:
    """A positive price in US dollars, exact: up to 20 digits before the point and 18 behind it."""
    if not text.strip():
        raise ValueError("price is missing")
    units = scaled(text, _PRICE_DECIMALS)
    if units == "0":
        raise ValueError("price is zero")
    if not fits_d38(units):
        raise ValueError(f"{_shown(text.strip())} has more than 20 digits before the point")
    return Decimal(f"{units}e-{_PRICE_DECIMALS}")


def fits_d38(value: str) -> bool:
    """Whether an amount can also be given as DECIMAL(38,0)."""
    return len(value) <= D38_DIGITS


def _within_uint256(digits: str) -> str:
    if (len(digits), digits) > (len(_MAX_TEXT), _MAX_TEXT):
        raise ValueError(_TOO_LARGE)
    return digits or "0"


def _no_base_units(text: str) -> str:
    if not text:
        return "amount is missing"
    if text.startswith("-"):
        return f"negative amount {_shown(text)}"
    if _SCIENTIFIC(text):
        return f"scientific notation {_shown(text)}: its last digits are lost"
    return f"expected a whole number of base units, found {_shown(text)}"


def _no_decimal(text: str) -> str:
    if not text:
        return "amount is missing"
    if text.startswith("-"):
        return f"negative amount {_shown(text)}"
    return f"expected a decimal number, found {_shown(text)}"


def _shown(text: str) -> str:
    return repr(text[:_SHOWN])
