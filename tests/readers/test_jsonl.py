"""JSON lines by compiled code and by Python: whatever a line holds, both find the same."""

import io
import random
from collections.abc import Iterator

import pytest

from transforms.readers import jsonl
from transforms.readers.jsonl import JsonLines
from transforms.readers.records import Records

KEYS = ("hash", "value", "topics", "absent", "é")
LINES = (
    b'{"hash": "0xab", "value": %d, "topics": ["0xdd", "0x 1, [2]"], "input": "0x"}' % (2**256 - 1),
    b'{"value":18446744073709551616,"hash":null,"topics":[]}\r',
    b' { "hash" : "a" , "value" : -0 , "topics" : [ 1 , "b,c" , 2.50e+7 ] } ',
    b'{"hash": true, "value": 1.10, "topics": false, "hash": "last", "value": 1e400}',
    b'{"hash": "", "value": "", "topics": [""], "": "x", "hashes": "y"}',
    b'{"hash": "\\u00e9\\ud800\\"", "value": "\xc3\xa9", "\xc3\xa9": "e", "topics": [true, null]}',
    b'{"h\\u0061sh": "by escape", "value": {"a": [1.0]}, "topics": [[1], {"b": 2}]}',
    b'{"hash": NaN, "value": -Infinity, "topics": [Infinity]}',
    b'{"value": %b, "hash": "4,300 digits and more"}' % (b"9" * 5_000),
    b'{"value": %b1%b}' % (b"[" * 100_000, b"]" * 100_000),
    b'{"hash": "\x00", "value": 1}',
    b'{"hash": "\xff", "value": 1}',
    b'{"hash": "\xed\xa0\x80"}',
    b'{"hash": "a\tb", "value": 01}',
    b'{"hash": "a" "value": 1}',
    b'{"hash": "open, "value": 1',
    b'{"value": 1}{"value": 2}',
    b'{"value": 1.}',
    b'{"value": +1}',
    b'{"value": 1,}',
    b'{"value": -}',
    b'{"value": nul}',
    b'{"value": tru',
    b'{"value": [1,]}',
    b'{"value": [,1]}',
    b'{"value"}',
    b'{"value":',
    b"{,}",
    b"{}",
    b"{ ",
    b"[]",
    b"7",
    b"\x0b\x0c",
    b" \t\r",
    b"",
    b"\xef\xbb\xbf{}",
    b'{"value": 1}\x00',
    b"{\x00}\x00",
)


def read(monkeypatch: pytest.MonkeyPatch, lines: list[bytes], *, few: int) -> list[Records]:
    monkeypatch.setattr(jsonl, "FEW_BYTES", few)
    data = b'{"hash": "first"}\n' + b"\n".join(lines)
    sheet = JsonLines(io.BytesIO(data), "lines.json")
    return [sheet.records(part, KEYS) for part in sheet.slices()]


def told(found: list[Records]) -> Iterator[object]:
    for part in found:
        yield part.columns.to_pylist()
        yield part.lines.to_pylist()
        yield [part.raw(row) for row in range(part.columns.num_rows)]
        yield [(m.line, m.reason, m.raw) for m in part.malformed]


def damaged(line: bytes, chance: random.Random) -> bytes:
    line = line[:300]
    at = chance.randrange(len(line) + 1)
    other = chance.choice([*b'{}[]":,\\ \t\r\x00\x7f\x80-+.eE019ntf'])
    match chance.randrange(3):
        case 0:
            return line[:at] + line[at + 1 :]
        case 1:
            return line[:at] + bytes([other]) + line[at:]
        case _:
            return line[:at] + bytes([other]) + line[at + 1 :]


def assert_both_find_the_same(monkeypatch: pytest.MonkeyPatch, lines: list[bytes]) -> None:
    compiled, python = (list(told(read(monkeypatch, lines, few=few))) for few in (0, 10**9))
    assert compiled == python


def test_compiled_code_finds_what_python_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_both_find_the_same(monkeypatch, list(LINES))


@pytest.mark.slow
def test_compiled_code_finds_what_python_finds_in_damaged_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(7)
    lines = [damaged(chance.choice(LINES), chance) for _ in range(20_000)]
    assert_both_find_the_same(monkeypatch, lines)


def test_numbers_keep_every_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [2**53 + 1, 2**64 + 1, 2**256 - 1, 10**77 + 7]
    (found,) = read(monkeypatch, [b'{"value": %d}' % n for n in numbers], few=0)
    assert found.columns["value"].to_pylist() == ["", *map(str, numbers)]
