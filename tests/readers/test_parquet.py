"""Parquet as records of text: exact, whole or refused, whatever the types."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.clean.amounts import MAX_UINT256
from transforms.clean.uint256 import amounts, words_of_hex
from transforms.errors import InputRefused
from transforms.readers import parquet
from transforms.readers.ordinals import Ordinals
from transforms.readers.parquet import ParquetRecords, hex_text


def written(table: pa.Table, **options: Any) -> io.BytesIO:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    out.seek(0)
    return out


def texts(table: pa.Table, **options: Any) -> list[dict[str, Any]]:
    opened = ParquetRecords(written(table, **options), "x.parquet")
    pieces = [opened.records(p, opened.header) for p in opened.slices(opened.header)]
    return [row for piece in pieces for row in piece.columns.to_pylist()]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, None, 2**62]), ["1", "", str(2**62)]),
        (pa.array([2**64 - 1], pa.uint64()), [str(2**64 - 1)]),
        (pa.array([b"\x00\xff", None, b""]), ["0x00ff", "", "0x"]),
        (pa.array([b"ab"], pa.binary(2)), ["0x6162"]),
        (pa.array([b"ab"], pa.large_binary()), ["0x6162"]),
        (pa.array(["a", None]).dictionary_encode(), ["a", ""]),
        (pa.array(["a"], pa.large_string()), ["a"]),
        (pa.array([b"a\xff", None]).cast(pa.string(), safe=False), ["a\\xff", ""]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.array([Decimal("0E-9"), Decimal(5)], pa.decimal128(38, 9)), ["0", "5"]),
        (pa.array([Decimal("0.5"), Decimal(10)], pa.decimal128(38, 9)), ["0.5", "10"]),
        (pa.array([Decimal("9" * 70)], pa.decimal256(76, 0)), ["9" * 70]),
        (pa.array([2.0, None, 2.0**53, 0.1]), ["2", "", f"{2.0**53:.16e}", f"{0.1:.16e}"]),
        (pa.array([["a", None], []], pa.list_(pa.string())), ["a,", ""]),
        (pa.array([[{"index": 1}]]), ['[{"index": 1}]']),
        (
            pa.array([dt.datetime(2023, 5, 2, 12, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
            ["1683028800"],
        ),
    ],
)
def test_a_column_says_exactly_what_the_file_holds(column: pa.Array, expected: list[str]) -> None:
    assert [r["c"] for r in texts(pa.table({"c": column}))] == expected


def test_rows_keep_their_numbers_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH_ROWS", 7)
    opened = ParquetRecords(written(pa.table({"n": list(range(50))}), row_group_size=20), "x")
    pieces = [opened.records(p, ["n"]) for p in opened.slices(["n"])]
    lines = [n for p in pieces for n in p.lines.to_pylist()]
    assert lines == list(range(1, 51))
    assert pieces[1].raw(0) == '{"n": 7}'


@pytest.mark.parametrize("cut", [3, 8, 100, 400])
def test_a_cut_file_is_refused(cut: int) -> None:
    whole = written(pa.table({"n": list(range(1_000))})).getvalue()
    with pytest.raises(InputRefused, match="expected a whole Parquet file"):
        ParquetRecords(io.BytesIO(whole[:-cut]), "x")


def test_a_damaged_page_is_refused() -> None:
    whole = bytearray(written(pa.table({"n": [str(n) for n in range(5_000)]})).getvalue())
    whole[100:4_000] = b"\xff" * 3_900
    opened = ParquetRecords(io.BytesIO(bytes(whole)), "x")
    with pytest.raises(InputRefused, match="expected a whole Parquet file"):
        list(opened.slices(["n"]))


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(InputRefused, match="'a' stands there twice"):
        ParquetRecords(written(table), "x")


def test_bytes_longer_than_any_word_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_MAX_BYTES", 100)
    with pytest.raises(InputRefused, match="found 101 bytes"):
        texts(pa.table({"c": [b"x" * 101]}))


@given(st.lists(st.integers(0, MAX_UINT256) | st.integers(0, 2**70), max_size=40))
def test_every_word_is_its_number(values: list[int]) -> None:
    expected = [str(v) for v in values]
    words = pa.array([v.to_bytes(32, "big") for v in values], pa.binary())
    hexes = pa.array([f"{v:064x}" for v in values], pa.string())
    assert amounts(words_of_hex(hexes, 1)).to_pylist() == expected
    assert hex_text(words).to_pylist() == [f"0x{v:064x}" for v in values]


@given(st.lists(st.lists(st.integers(0, 12), max_size=30), max_size=8))
def test_ordinals_count_each_transaction_across_slices(slices: list[list[int]]) -> None:
    ordinals = Ordinals()
    met: dict[int, int] = {}
    for numbers in slices:
        found = ordinals.of(pa.array([f"0x{n:064x}" for n in numbers], pa.string())).to_pylist()
        for n, ordinal in zip(numbers, found, strict=True):
            assert ordinal == met.get(n, 0)
            met[n] = ordinal + 1
