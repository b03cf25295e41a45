"""Numbers, dates and links as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flowlake.report import wording


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, "not known"),
        ("0", "0.00"),
        ("1234567", "1,234,567.00"),
        ("25000.126543", "25,000.126543"),
        ("14.400000000000000001", "≈ 14.40"),
        ("0.1234567", "≈ 0.123457"),
        ("0.000001", "0.000001"),
        ("0.000000000000000001", "under 0.000001"),
        ("99999999999999999999.123450000000000000", "99,999,999,999,999,999,999.12345"),
    ],
)
def test_amounts_keep_their_digits_or_say_that_they_do_not(
    number: str | None, expected: str
) -> None:
    assert wording.amount(number and Decimal(number)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, "no price"),
        ("0", "0.00"),
        ("0.004", "under 0.01"),
        ("1899088.1", "1,899,088.10"),
        ("9" * 32 + ".999999", "100" + 10 * ",000" + ".00"),
    ],
)  # fmt: skip
def test_dollars_are_shown_to_the_cent(number: str | None, expected: str) -> None:
    assert wording.usd(number and Decimal(number)) == expected


def test_exact_numbers_have_all_digits() -> None:
    assert wording.exact(Decimal("12345678901234567890.123456789012345670")) == (
        "12345678901234567890.12345678901234567"
    )
    assert wording.exact(Decimal("1E+3")) == "1000"
    assert wording.exact(Decimal("100")) == "100"


def test_sums_are_exact_beyond_the_precision_of_python() -> None:
    parts = [Decimal("99999999999999999999"), None, Decimal("0.999999999999999999")]
    assert wording.total(parts) == Decimal("99999999999999999999.999999999999999999")
    assert wording.total([None]) is None


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org", True),
        (None, False),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("data:text/html,<script>", False),
        ("file:///etc/passwd", False),
        ("//example.org/", False),
        ("https://", False),
        ("https://user@example.org/", False),
        ("https://[::1", False),
        ("https://example.org/a b", False),
        ("https://example.org/\ufffd", False),
        ("https://example.org/\u202e", False),
        ("\thttps://example.org/", False),
    ],
)
def test_only_plain_web_addresses_are_links(url: str | None, is_link: bool) -> None:
    assert (wording.web_link(url) == url) if is_link else wording.web_link(url) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.day(date(2025, 8, 27)), "2025-08-27"),
        (wording.day(datetime(2025, 8, 27, 1, tzinfo=UTC)), "2025-08-27"),
        (wording.day(None), "unknown"),
        (wording.moment(datetime(2025, 8, 27, 1, 2, 3, tzinfo=UTC)), "2025-08-27 01:02:03"),
        (wording.month(date(2025, 8, 1)), "2025-08"),
        (wording.plural(1, "batch"), "1 batch"),
        (wording.plural(1_204, "batch"), "1,204 batches"),
        (wording.plural(0, "party"), "0 parties"),
        (wording.plural(2, "day"), "2 days"),
        (wording.short("0x" + "1234567890" * 4), "0x123456…567890"),
        (wording.contract("ethereum:eth"), "eth"),
        (wording.asset_name(None, "usd"), "usd"),
        (wording.words("not_yet"), "not yet"),
        (wording.usd_short(Decimal("0.5")), "$0.50"),
        (wording.clip("abc", 2), "ab… (+1 characters)"),
        (wording.ellipsis("abcdef", 3), "ab…"),
    ],
)  # fmt: skip
def test_words_read_well(said: Any, expected: str) -> None:
    assert said == expected
