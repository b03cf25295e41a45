"""CSV screening: every record is read or rejected, whatever the file looks like."""

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.errors import InputRefused
from transforms.readers import records as records_module
from transforms.readers.csv import CsvFile
from transforms.readers.records import in_order

Row = tuple[int, list[str]]


def read(data: bytes, **options: str) -> tuple[list[Row], list[tuple[int, str, str]]]:
    """(line, fields) of what was read, (line, reason, raw) of what was not."""
    file = CsvFile(io.BytesIO(data), "x.csv", **options)
    rows: list[Row] = []
    bad: list[tuple[int, str, str]] = []
    for part in file.slices():
        records = file.records(part, file.header)
        columns = [records.columns[c].to_pylist() for c in file.header]
        rows += zip(records.lines.to_pylist(), map(list, zip(*columns, strict=True)), strict=True)
        bad += [(m.line, m.reason, m.raw) for m in records.malformed]
    return rows, bad


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,2\n3,4\n", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"\xef\xbb\xbfa,b\n1,2", [(2, ["1", "2"])]),
        (b"a,b\r\n1,2\r\n3,4\r\n", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"a,b\n1,2\r\n3,4\n", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"a,b\n1,2\n\n\r\n3,4\n\n", [(2, ["1", "2"]), (5, ["3", "4"])]),
        (b'a,b\n"x,""y""",2\n,""\n', [(2, ['x,"y"', "2"]), (3, ["", ""])]),
        (b'a,b\n"two\nlines",2\n3,4\n', [(2, ["two\nlines", "2"]), (4, ["3", "4"])]),
        (b'a,b\n5" disk,2\n3,4\n', [(2, ['5" disk', "2"]), (3, ["3", "4"])]),
        ("a,b\né,2\n".encode(), [(2, ["é", "2"])]),
        (b"a\nx\n\ny\n", [(2, ["x"]), (4, ["y"])]),
        (b"a,b\n", []),
        (b"a,b", []),
    ],
)
def test_records_are_read_with_their_lines(data: bytes, rows: list[Row]) -> None:
    assert read(data) == (rows, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "expected 2 fields, found 1"),
        (b"1,2,3", "expected 2 fields, found 3"),
        (b"1,\x002", "NUL byte"),
        (b"1,\xff", "not UTF-8 at byte 3"),
        (b"1\r,2", "carriage return"),
        (b'"1,2', "quotes do not match"),
        (b'"1"x,2', "quotes do not match"),
        (b'1,"2', "quotes do not match"),
    ],
)
def test_a_broken_line_costs_only_itself(line: bytes, reason: str) -> None:
    rows, bad = read(b"a,b\n1,2\n" + line + b"\n3,4\n5,6\n")
    assert rows == [(2, ["1", "2"]), (4, ["3", "4"]), (5, ["5", "6"])]
    ((number, said, raw),) = bad
    assert (number, raw) == (3, line.decode("utf-8", "replace"))
    assert reason in said


def test_stray_quotes_in_many_lines_cost_only_those(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "SLICE_BYTES", 64)
    monkeypatch.setattr(records_module, "MAX_RECORD_BYTES", 256)
    lines = [b'"1,2' if n % 3 else b"3,4" for n in range(500)]
    rows, bad = read(b"a,b\n" + b"\n".join(lines))
    # Two of them in a row look like one field with a line break and then lack a second one.
    assert len(rows) + len(bad) == 500
    assert [r for _, r in rows] == [["3", "4"]] * 167


def test_an_over_long_line_is_skipped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "SLICE_BYTES", 1_000)
    monkeypatch.setattr(records_module, "MAX_RECORD_BYTES", 2_000)
    rows, bad = read(b"a,b\n1,2\n" + b"x" * 70_000 + b",\n3,4\n" + b"y" * 90_000)
    assert rows == [(2, ["1", "2"]), (4, ["3", "4"])]
    assert [(n, raw[:5]) for n, _, raw in bad] == [(3, "xxxxx"), (5, "yyyyy")]


def test_a_mark_in_the_middle_of_a_file_is_text_wherever_a_slice_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records_module, "SLICE_BYTES", 70_000)
    lines = [f"{n},\ufeff" if n % 2 else f"\ufeff{n},x" for n in range(40_000)]
    rows, bad = read("\n".join(["\ufeffa,b", *lines]).encode())
    assert not bad
    assert [f"{a},{b}" for _, (a, b) in rows] == lines


def test_blank_lines_and_short_lines_cost_only_themselves_in_a_file_without_quotes() -> None:
    assert read(b"a,b\n1,2\n\n3\n4,5,6\n7,8\n") == (
        [(2, ["1", "2"]), (6, ["7", "8"])],
        [(4, "expected 2 fields, found 1", "3"), (5, "expected 2 fields, found 3", "4,5,6")],
    )


def test_the_raw_text_of_a_record_is_its_line() -> None:
    file = CsvFile(io.BytesIO(b"a,b\r\n1,2\r\n3,4\r\n"), "x.csv")
    (part,) = file.slices()
    assert [file.records(part, ["b"]).raw(n) for n in range(2)] == ["1,2", "3,4"]


def test_other_encodings_and_delimiters_are_read_when_told() -> None:
    assert read("a;b\né;2\n".encode("latin-1"), delimiter=";", encoding="latin-1") == (
        [(2, ["é", "2"])],
        [],
    )
    assert read("a,b\né,2\n".encode("utf-16"), encoding="utf-16") == ([(2, ["é", "2"])], [])


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ("a,b\n1,2\n".encode("utf-16"), {}, "UTF-16"),
        (b"a,a\n1,2\n", {}, "'a' stands there twice"),
        (b"x" * 100_000, {}, "no line end"),
        (b'a,"b\n1,2\n', {}, "expected a CSV header"),
        (b"a,b\n", {"delimiter": "ab"}, "delimiter"),
        (b"a,b\n", {"encoding": "klingon"}, "unknown encoding"),
        (b"a,b\n\xff,1\n", {"encoding": "cp1252x"}, "unknown encoding"),
    ],
)
def test_what_is_no_csv_is_refused(data: bytes, options: dict[str, str], words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        read(data, **options)


FIELD = st.text(st.sampled_from('ab0,"\n\r é\0'), max_size=6)


@settings(max_examples=150)
@given(
    rows=st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=30),
    size=st.sampled_from([16, 40, 10_000]),
)
@example(rows=[('"', "", "")], size=16)
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, ...]], size: int) -> None:
    clean = [tuple(f.replace("\0", "").replace("\r", "") for f in r) for r in rows]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("a", "b", "c"), *clean])
    kept = records_module.SLICE_BYTES, records_module.MAX_RECORD_BYTES
    records_module.SLICE_BYTES, records_module.MAX_RECORD_BYTES = size, 10 * size
    try:
        found, bad = read(out.getvalue().encode())
    finally:
        records_module.SLICE_BYTES, records_module.MAX_RECORD_BYTES = kept
    assert [tuple(f) for _, f in found] == clean
    assert not bad


@settings(max_examples=150)
@given(
    data=st.binary(max_size=300) | st.text(st.sampled_from('a,"\n'), max_size=300).map(str.encode)
)
def test_no_line_is_lost_or_invented(data: bytes) -> None:
    rows, bad = read(b"a,b\n" + data)
    lines = [x for x in data.split(b"\n") if x not in (b"", b"\r")]
    spanned = sum(f.count("\n") for _, fields in rows for f in fields)
    blank_inside = sum(f.split("\n")[1:-1].count("") for _, fs in rows for f in fs)
    assert len(rows) + len(bad) + spanned - blank_inside == len(lines)


def test_slices_come_back_in_order_and_errors_come_through() -> None:
    def work(n: int) -> int:
        if n == 40:
            raise InputRefused("at 40")
        return n * n

    assert list(in_order(work, range(30))) == [n * n for n in range(30)]

    def until_refused() -> Iterable[int]:
        yield from in_order(work, range(100))

    done = []
    with pytest.raises(InputRefused, match="at 40"):
        for n in until_refused():
            done.append(n)  # noqa: PERF402 the list must survive the exception
    assert len(done) == 40
