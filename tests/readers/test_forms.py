"""Forms are told by their columns, however they are spelled and whatever they are written in."""

import io

import pytest

from transforms.errors import InputRefused
from transforms.readers.forms import Form, form_of, sheet

PAID = Form(
    "paid",
    ("hash", "amount"),
    ("note",),
    frozenset({"price*"}),
    {"hash": ("Txhash", "Transaction Hash"), "amount": ("Value(ETH)", "Value(BNB)")},
)
OTHER = Form("other", ("hash", "amount", "fee"), theirs={**PAID.theirs, "fee": ("Fee",)})


def test_columns_are_found_by_any_of_their_spellings_in_order() -> None:
    header = ("transaction hash", "TXHASH", "value(bnb)", "Price @ $5", "odd")
    assert PAID.columns(header) == {"hash": "TXHASH", "amount": "value(bnb)"}
    assert PAID.unknown(header) == ["odd"]


def test_the_form_that_asks_for_most_is_meant() -> None:
    assert form_of((PAID, OTHER), ("Txhash", "Value(ETH)", "Fee"), "x").name == "other"
    assert form_of((PAID, OTHER), ("Txhash", "Value(ETH)"), "x").name == "paid"


def test_a_header_that_fits_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputRefused, match="column Fee is missing; the header looks like other"):
        form_of((OTHER,), ("Txhash", "Value(ETH)"), "x")
    with pytest.raises(InputRefused, match="expected the header of one of paid"):
        form_of((PAID, OTHER), ("a", "b"), "x")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'a\tb\n"x\t1\n', ['"x', "1"]),
        (b'"a"\t"b"\n"x\t1"\t2\n', ["x\t1", "2"]),
        (b"\xef\xbb\xbfa,b\r\nx,1\r\n", ["x", "1"]),
        (b'{"a": "x", "b": 1}\n', ["x", "1"]),
    ],
)
def test_a_file_is_read_as_what_its_first_bytes_say(content: bytes, expected: list[str]) -> None:
    opened = sheet(io.BufferedReader(io.BytesIO(content)), "x")
    (piece,) = opened.slices()
    assert list(opened.records(piece, ["a", "b"]).columns.to_pylist()[0].values()) == expected
