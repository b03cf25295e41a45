"""JSON of interfaces: arrays, envelopes and objects behind one another give the same records."""

import io
import json
from typing import Any

import pytest

from transforms.errors import InputRefused
from transforms.readers import documents
from transforms.readers.documents import JsonDocuments

RECORDS = [
    {"a": 2**200, "b": {"c": "x", "d": None}, "e": 1e-05},
    {"a": "0x", "b": {}, "f": [1, "2"]},
]
EXPECTED = [
    {"a": str(2**200), "b.c": "x", "e": "1e-05", "f": ""},
    {"a": "0x", "b.c": "", "e": "", "f": "1,2"},
]


def read(data: bytes, lists: tuple[str, ...] = ()) -> tuple[list[dict[str, str]], list[Any]]:
    found = JsonDocuments(io.BytesIO(data), "x.json", lists)
    rows, malformed = [], []
    for piece in found.slices():
        records = found.records(piece, ["a", "b.c", "e", "f"])
        rows += records.columns.to_pylist()
        malformed += records.malformed
    return rows, malformed


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=1),
        "\n".join(json.dumps(r) for r in RECORDS),
        "\ufeff\n" + "\n".join(json.dumps(r, indent=2) for r in RECORDS) + "\n\n",
        json.dumps({"success": True, "data": RECORDS, "meta": {"page": 1}}),
        json.dumps({"data": {"tron": {"transfers": RECORDS}}}),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_every_layout_gives_the_same_records(
    text: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_READ_BYTES", chunk)
    rows, malformed = read(text.encode(), ("data", "tron", "transfers"))
    assert (rows, malformed) == (EXPECTED, [])


def test_half_a_character_is_told_and_a_whole_one_in_halves_is_one() -> None:
    rows, malformed = read(b'[{"a": "\\ud83d\\ude00", "b": {"c": "x\\ud800"}}, "\\udc00"]')
    assert (rows[0]["a"], rows[0]["b.c"]) == ("\U0001f600", "x\ufffd")
    assert len(malformed) == 1
    malformed[0].raw.encode()


def test_an_item_that_is_no_object_is_malformed_by_itself() -> None:
    rows, malformed = read(b'[{"a": 1}, 7, null, [1], {"a": 2}]')
    assert [r["a"] for r in rows] == ["1", "2"]
    assert [(m.line, m.reason) for m in malformed] == [(n, "no JSON object") for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'[{"a": 1}', "no end of the array"),
        (b'[{"a": 1} {"a": 2}]', "no comma"),
        (b'[{"a": 1}] x', "behind the end"),
        (b'{"a": 1', "record 1"),
        (b'[{"a": 1},]', "record 2"),
        (b'[{"a": "\xff"}]', "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_cut_or_no_json_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        read(data)


def test_a_broken_line_among_lines_is_malformed_by_itself() -> None:
    rows, malformed = read(b'{"a": 1}\n{"a": \n{"a": 2}\nx\n{"a": 3}\n')
    assert [r["a"] for r in rows] == ["1", "2", "3"]
    assert [m.raw for m in malformed] == ['{"a": ', "x"]


def test_large_records_come_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LOOKED_AT_BYTES", 100)
    data = json.dumps([{"a": "x" * 60, f"k{n}": 1} for n in range(7)]).encode()
    found = JsonDocuments(io.BytesIO(data), "x.json")
    assert found.header == ("a", "k0", "k1")
    assert [len(piece) for piece in found.slices()] == [2, 2, 2, 1]


def test_no_bytes_are_no_records() -> None:
    assert JsonDocuments(io.BytesIO(b" \n"), "x.json").is_empty


def test_a_value_without_an_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_VALUE_BYTES", 1_000)
    monkeypatch.setattr(documents, "_READ_BYTES", 100)
    endless = io.BytesIO(b'[{"a": "' + b"x" * 100_000)
    with pytest.raises(InputRefused, match="record 1"):
        read(endless.getvalue())
