"""Damaged files of vendors: whatever is wrong with one, its books balance or it is refused."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

FIXTURES = Path(__file__).parents[1] / "fixtures"
SOURCES = ("bitcoin_etl", "bitquery", "label_csv", "solana", "tron")
CASES = sorted(
    p.parent
    for source in SOURCES
    for p in (FIXTURES / source).glob("*/input")
    if not (p.parent / "refused.txt").exists()
)
GARBAGE = (
    *("", "null", "-1", "1e400", "0x", "NaN", "9" * 90, "{}", "[]", '"', "\\ud800", "\x00"),
    *("41" * 21, "T" * 34, "\u202eabc", "true", "1.5", "a" * 300, "١٢٣", "=1+1"),
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one thing wrong."""
    at = chance.randrange(len(data) or 1)
    garbage = chance.choice(GARBAGE).encode("utf-8", "surrogatepass")
    match chance.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 2:
            return data[:at] + garbage + data[at:]
        case 3:
            lines = data.split(b"\n")
            return b"\n".join([*lines[: len(lines) // 2], garbage, *lines[len(lines) // 2 :]])
        case 4:
            return data + data.partition(b"\n")[2]
        case _:
            return exchanged(data, chance)


def exchanged(data: bytes, chance: random.Random) -> bytes:
    """Sound text with one value exchanged for another."""
    text = data.decode("utf-8", "replace")
    if text.lstrip().startswith(("{", "[")):
        found = [x for piece in (text, *text.splitlines()) if (x := parsed(piece)) is not None]
        if not found:
            return data
        found = found[:1] if parsed(text) is not None else found
        owner, key = chance.choice(list(places(found)))
        owner[key] = chance.choice([*GARBAGE[:10], None, [], {}, True, 1.5, -3, 10**40, [{}]])
        return "\n".join(json.dumps(x) for x in found).encode("utf-8", "replace")
    lines = text.split("\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(",")
    cells[chance.randrange(len(cells))] = chance.choice(GARBAGE)
    lines[row] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "replace")


def parsed(text: str) -> Any:
    """JSON that holds something, or None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) and found else None


def places(found: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in nested lists and objects that holds a value."""
    for key in found if isinstance(found, dict) else range(len(found)):
        if found is not None and isinstance(found, dict | list):
            yield found, key
            if isinstance(found[key], dict | list):
                yield from places(found[key])


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_a_damaged_file_is_booked_or_refused(
    case: Path, stage: Callable[..., Any], tmp_path: Path
) -> None:
    options = {}
    if (case / "options.json").exists():
        options = json.loads((case / "options.json").read_text("utf-8"))
    chance = random.Random(f"{case.parent.name} {case.name}")
    for attempt in range(25):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        inputs = sorted((case / "input").iterdir())
        victim = chance.choice(inputs)
        for file in inputs:
            data = file.read_bytes()
            (folder / file.name).write_bytes(damaged(data, chance) if file == victim else data)
        try:
            candidate = stage(case.parent.name, folder, **options).candidate
        except InputRefused as e:
            assert len(str(e)) > 20
            continue
        assert candidate.rows_read == candidate.rows_staged + candidate.rows_rejected
