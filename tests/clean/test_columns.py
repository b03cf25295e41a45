"""A cleaned column is what cleaning its values one by one gives."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean import columns
from transforms.clean.addresses import canonical_address
from transforms.clean.amounts import MAX_UINT256, base_units
from transforms.clean.hashes import created_address, hash32

HEX40 = st.text("0123456789abcdef", min_size=40, max_size=40)
ADDRESS = st.one_of(
    HEX40.map("0x".__add__),
    HEX40.map(lambda h: "0x" + h.upper()),
    HEX40.map(lambda h: "\\x" + h),
    HEX40,
    st.sampled_from(
        ["", "0x", "null", "0x" + "0" * 40, "0x" + "0" * 24 + "a" * 40, "0xg" + "1" * 39]
    ),
    st.text(max_size=50),
)
HASH = st.one_of(
    st.text("0123456789abcdef", min_size=64, max_size=64).map("0x".__add__),
    st.text("0123456789abcdefABCDEFx", max_size=66),
)
AMOUNT = st.one_of(
    st.integers(-5, 2 * MAX_UINT256).map(str),
    st.integers(0, 10**20).map(lambda n: f"00{n}"),
    st.sampled_from(["", "0", "1.5", "1e5", str(MAX_UINT256), "٣", " 7"]),
)


def check(
    texts: list[str],
    clean: Callable[[str], object],
    column: Callable[[pa.Array], columns.Cleaned],
) -> None:
    for array in (
        pa.array(texts, pa.string()),
        pa.array(["before", *texts, "behind"], pa.string()).slice(1, len(texts)),
    ):
        found = column(array)
        values = found.values.to_pylist()
        assert len(values) == len(texts)
        for row, text in enumerate(texts):
            try:
                expected = clean(text)
            except ValueError as e:
                assert found.faults[row] == str(e)
                assert values[row] is None
            else:
                assert row not in found.faults
                assert values[row] == expected


@settings(max_examples=60)
@given(st.lists(ADDRESS, max_size=12))
def test_addresses_are_those_of_canonical_address(texts: list[str]) -> None:
    check(
        texts,
        lambda t: canonical_address(t, "ethereum"),
        lambda a: columns.addresses(a, "ethereum"),
    )


def test_addresses_of_other_chains_go_through_their_own_rules() -> None:
    texts = ["TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "", "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"]
    texts += ["not an address"]
    check(texts, lambda t: canonical_address(t, "tron"), lambda a: columns.addresses(a, "tron"))


def test_a_letter_case_that_contradicts_the_checksum_is_counted() -> None:
    right = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
    wrong = "DAC17f958D2ee523a2206206994597C13D831ec7"
    lower = right.lower()
    texts = [right, "0x" + wrong, f" {wrong} ", "0x" + "0" * 24 + wrong, lower, "", "0xAb"]
    texts.append("0X" + lower[2:].upper())
    found = columns.addresses(pa.array(texts), "ethereum")
    assert found.odd == {columns.MISCASED: 3}
    assert found.values.to_pylist() == [*[lower] * 5, None, None, lower]
    assert not columns.addresses(pa.array([lower, right]), "ethereum").odd


@settings(max_examples=60)
@given(st.lists(HASH, max_size=12))
def test_hashes_are_those_of_hash32(texts: list[str]) -> None:
    check(texts, hash32, columns.hashes)


@settings(max_examples=60)
@given(st.lists(AMOUNT, max_size=12))
def test_amounts_are_those_of_base_units(texts: list[str]) -> None:
    check(texts, base_units, columns.amounts)


@settings(max_examples=60)
@given(st.lists(st.integers(0, MAX_UINT256).map(str), max_size=12))
def test_d38_holds_what_fits_and_says_what_does_not(values: list[str]) -> None:
    array = pa.array(values, pa.string())
    numbers = columns.d38(array).to_pylist()
    assert columns.is_wide(array).to_pylist() == [len(v) > 38 for v in values]
    assert [None if n is None else str(n) for n in numbers] == [
        v if len(v) <= 38 else None for v in values
    ]


def test_integers_are_null_where_empty_and_refused_beyond_the_limit() -> None:
    found = columns.integers(
        pa.array(["0", "12", "", "007", "1.0", "-1", "101", "9" * 30]), at_most=100
    )
    assert found.values.to_pylist() == [0, 12, None, 7, None, None, None, None]
    assert sorted(found.faults) == [4, 5, 6, 7]


def test_an_empty_column_stays_empty() -> None:
    empty = pa.array([], pa.string())
    for clean in (columns.hashes, columns.amounts, columns.integers):
        assert len(clean(empty).values) == 0
    assert len(columns.addresses(empty, "ethereum").values) == 0


def test_the_zero_address_is_nobody() -> None:
    values, was_zero = columns.without_zero_address(
        pa.array(["0x" + "0" * 40, None, "0x" + "1" * 40])
    )
    assert values.to_pylist() == [None, None, "0x" + "1" * 40]
    assert was_zero.to_pylist() == [True, False, False]


@pytest.mark.parametrize(
    ("nonce", "created"),
    [
        (0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
        (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
    ],
)
def test_a_creation_has_the_address_that_ethereum_gives_it(nonce: int, created: str) -> None:
    assert created_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce) == created
