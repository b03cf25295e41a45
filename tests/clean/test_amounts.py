"""Amounts stay exact from text to text."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.amounts import MAX_UINT256, base_units, fits_d38, price, scaled


@settings(max_examples=60)
@given(st.integers(0, MAX_UINT256), st.integers(0, 3))
def test_every_uint256_comes_back_as_it_was(value: int, zeros: int) -> None:
    assert base_units("0" * zeros + str(value)) == str(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("-1", "negative"),
        ("9.63e+20", "scientific notation"),
        ("1E5", "scientific notation"),
        ("1.0", "whole number"),
        ("0x10", "whole number"),
        ("1,000", "whole number"),
        ("٣", "whole number"),
        ("NaN", "whole number"),
        (str(MAX_UINT256 + 1), "2\\^256"),
        ("9" * 5_000, "2\\^256"),
    ],
)
def test_what_is_no_exact_amount_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        base_units(text)


@settings(max_examples=60)
@given(
    digits=st.integers(0, 10**40),
    places=st.integers(0, 30),
    exponent=st.integers(-30, 30),
    decimals=st.integers(0, 18),
)
def test_a_scaled_amount_is_what_decimal_arithmetic_gives(
    digits: int, places: int, exponent: int, decimals: int
) -> None:
    plain = str(digits).zfill(places + 1)
    text = f"{plain[: len(plain) - places]}.{plain[len(plain) - places :]}e{exponent:+d}"
    with localcontext() as exact:
        exact.prec = 400
        expected = int(Decimal(text) * 10**decimals)
        is_whole = Decimal(text) * 10**decimals == expected
    if expected > MAX_UINT256:
        with pytest.raises(ValueError, match="2\\^256"):
            scaled(text, decimals, may_truncate=True)
        return
    assert scaled(text, decimals, may_truncate=True) == str(expected)
    if is_whole:
        assert scaled(text, decimals) == str(expected)
    else:
        with pytest.raises(ValueError, match="more than"):
            scaled(text, decimals)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e-05", "10"), ("200000.0", "200000000000"), (".5", "500000"), ("0", "0"), ("0e9999", "0")],
)
def test_a_decimal_amount_becomes_base_units(text: str, expected: str) -> None:
    assert scaled(text, 6) == expected


@pytest.mark.parametrize(
    "text", ["", ".", "-1.5", "1_000", "inf", "1e99999", "1,5", "1.2.3", "1e90"]
)
def test_what_is_no_decimal_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        scaled(text, 6, may_truncate=True)


@pytest.mark.parametrize(
    "text", ["", "0", "0.000", "-1", "1e-19", "1e20", "nan", "0.0000000000000000001"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        price(text)


def test_a_price_keeps_its_18_decimals() -> None:
    assert price("0.000000000000000001") == Decimal("1E-18")
    assert price("1.50") == Decimal("1.5")
    assert price("1.234e-05") == Decimal("0.00001234")
    assert price("99999999999999999999.999999999999999999") == Decimal(
        "99999999999999999999.999999999999999999"
    )


def test_38_digits_fit_a_decimal_and_39_do_not() -> None:
    assert fits_d38("9" * 38)
    assert not fits_d38("1" + "0" * 38)
